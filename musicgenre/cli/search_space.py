"""The space of a search: the ranges and choices in its overrides, as Optuna distributions."""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import IntervalSweep, Override, RangeSweep, Transformer

from musicgenre.cli.known_values import takes_whole_numbers
from musicgenre.cli.sweep import EVERY_FOLD, require_values
from musicgenre.errors import MusicGenreError

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution


def search_space(
    texts: Sequence[str], parser: OverridesParser | None = None
) -> "tuple[dict[str, BaseDistribution], list[str]]":
    """Divide overrides into the search space by key, and the overrides shared by all jobs.

    Raises:
        MusicGenreError: A range or a pattern cannot be searched.
    """
    space, fixed = dict[str, "BaseDistribution"](), dict[str, str]()
    overrides = (parser or OverridesParser.create()).parse_overrides(list(texts))
    require_values(overrides)
    for override in overrides:
        key = override.get_key_element()
        space.pop(key, None)  # the command line, which comes last, wins
        fixed.pop(key, None)
        if override.is_sweep_override():
            space[key] = _checked_distribution(override)
        else:
            fixed[key] = str(override.input_line)
    return space, list(fixed.values())


def refuse_what_is_for_a_grid(space: Collection[str], fixed: Collection[str], leave_out: object) -> None:
    """Make sure that a search is not over folds or seeds, of which it would choose the luckiest, nor has `leave_out`.

    Raises:
        MusicGenreError: It is, or has.
    """
    if "split.fold" in space or EVERY_FOLD in fixed:
        raise MusicGenreError(
            "A search takes no mean over folds and would choose the easiest fold: search on one (split.fold=0), then "
            "run what it found on all of them, without hydra/sweeper=optuna."
        )
    if seeds := [key for key in ("seed", "split.seed") if key in space]:
        raise MusicGenreError(
            f"A search over {seeds[0]} would choose the luckiest seed: search with one ({seeds[0]}=0), then run what "
            "it found with several, without hydra/sweeper=optuna."
        )
    if leave_out is not None:
        raise MusicGenreError(
            "sweep.leave_out is for a sweep over every combination, which a search is not: leave it out, or remove "
            "values from what is searched."
        )


def require_whole(space: "Mapping[str, BaseDistribution]", command: str) -> None:
    """Make sure that a setting which takes whole numbers alone is given no others.

    Args:
        space: The search space by key.
        command: The command that is searched with.

    Raises:
        MusicGenreError: It would be.
    """
    from optuna.distributions import FloatDistribution

    for key, found in space.items():
        if not isinstance(found, FloatDistribution) or not takes_whole_numbers(key, command):
            continue
        if found.step is None:
            written = f"interval({math.ceil(found.low)},{math.floor(found.high)})"
            written = f"int(tag(log,{written}))" if found.log else f"int({written})"
            raise MusicGenreError(f"{key} takes whole numbers alone: write '{key}={written}'.")
        if not (found.low.is_integer() and found.step.is_integer()):
            raise MusicGenreError(f"{key} takes whole numbers alone: give the range such ends and steps.")


def _checked_distribution(override: Override) -> "BaseDistribution":
    try:
        return _distribution(override)
    except ValueError as error:
        raise MusicGenreError(
            f"{override.input_line} cannot be searched: give the lower end first, and one above 0 if the scale is "
            "logarithmic."
        ) from error


def _distribution(override: Override) -> "BaseDistribution":
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    value: Any = override.value()
    if isinstance(value, IntervalSweep):
        ends = value.start, value.end
        logarithmic = "log" in value.tags
        if all(isinstance(end, int) for end in ends):
            return IntDistribution(int(ends[0] or 0), int(ends[1] or 0), log=logarithmic)
        return FloatDistribution(float(ends[0] or 0), float(ends[1] or 0), log=logarithmic)
    if isinstance(value, RangeSweep) and not value.shuffle:
        values = list(value.range())
        if all(isinstance(one, int) for one in values):
            return IntDistribution(int(values[0]), int(values[-1]), step=int(value.step))
        return FloatDistribution(float(values[0]), float(values[-1]), step=float(value.step))
    return CategoricalDistribution([str(one) for one in override.sweep_iterator(transformer=Transformer.encode)])
