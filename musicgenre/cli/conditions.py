"""Conditions on a sweep's jobs, written like overrides: `model=cnn,fcnn optimizer.lr=interval(0.01,1)`."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import IntervalSweep, Override, QuotedString
from hydra.errors import HydraException
from omegaconf import DictConfig, ListConfig, OmegaConf

from musicgenre.cli.hints import explain_option
from musicgenre.errors import MusicGenreError
from musicgenre.runs.identity import equal_numbers, value_text

_BEFORE_A_KEY = re.compile(r"\s+(?=[\w./@]+=)")
_OPTION = re.compile(r"[\w.-]+")  # one option, not a list of them, nor one in a folder
_ABSENT = object()

Options = Callable[[str], list[str]]


@dataclass(frozen=True)
class Condition:
    """Keys that have certain values at the same time.

    Attributes:
        text: The condition as typed.
        wanted: The values that meet it, by key: one of several, or within an interval.
    """

    text: str
    wanted: tuple[tuple[str, tuple[object, ...] | IntervalSweep], ...]

    def holds(self, config: DictConfig) -> bool:
        """Return whether a job's config has these values: the chosen option of a group, the setting of a key."""
        return all(_is_one_of(key, value_in(config, key), values) for key, values in self.wanted)


def read_conditions(asked: object, parser: OverridesParser) -> list[Condition]:
    """Read conditions.

    Args:
        asked: A condition, a list of them, or None.
        parser: Parser that knows the options of groups, for `model=glob(cnn*)`.

    Raises:
        MusicGenreError: A condition cannot be read.

    Example:
        >>> parser = OverridesParser.create()
        >>> [condition] = read_conditions("optimizer.lr=interval(0.1,1) batch_size=16,32", parser)
        >>> [condition.holds(OmegaConf.create({"optimizer": {"lr": lr}, "batch_size": 32})) for lr in (0.01, 0.2)]
        [False, True]
    """
    if asked is None:
        return []
    texts = list(asked) if isinstance(asked, ListConfig | list) else [asked]
    return [_read(text, parser) for text in texts]


def require_known(conditions: Sequence[Condition], configs: Sequence[DictConfig], options: Options) -> None:
    """Make sure that every key of the conditions is in some job's config, and every option in its group.

    Args:
        conditions: The conditions.
        configs: The configs of all jobs.
        options: Returns the options of a group; none for what is no group.

    Raises:
        MusicGenreError: A key is in no config, or an option in no group.
    """
    keys = {key: condition.text for condition in conditions for key, _ in condition.wanted}
    for config in configs:
        keys = {key: text for key, text in keys.items() if value_in(config, key) is _ABSENT}
    if keys:
        key, text = next(iter(keys.items()))
        raise MusicGenreError(
            f"sweep.leave_out={text}: no job of the sweep has a setting {key}. musicgenre COMMAND --help lists them."
        )
    for condition in conditions:
        for key, values in condition.wanted:
            known = options(key)
            there = {*known, *(str(value_in(config, key)) for config in configs)}
            for value in values if known and not isinstance(values, IntervalSweep) else ():
                if isinstance(value, str) and _OPTION.fullmatch(value) and value not in there:
                    raise MusicGenreError(f"sweep.leave_out={condition.text}: {explain_option(key, value, known)}")


def unmet(condition: Condition, configs: Sequence[DictConfig]) -> str:
    """Return the first setting of a condition that no job has, and those that the jobs have; empty if there is none."""
    for key, values in condition.wanted:
        found = [value for config in configs if (value := value_in(config, key)) is not _ABSENT]
        there = dict.fromkeys(value_text(value, key) for value in found)
        if not any(_is_one_of(key, value_in(config, key), values) for config in configs):
            return f"no job has this {key}, only {', '.join(there)}"
    return ""


def value_in(config: DictConfig, key: str) -> object:
    """Return the option of a group, or the value of a key; if there is neither, an object that equals no value."""
    choices: Any = OmegaConf.select(config, "hydra.runtime.choices")
    if choices is not None and key in choices:
        return choices[key]
    return OmegaConf.select(config, key, default=_ABSENT)


def _read(text: object, parser: OverridesParser) -> Condition:
    parts = re.split(_BEFORE_A_KEY, text.strip()) if isinstance(text, str) else []
    try:
        overrides = parser.parse_overrides(parts)
        wanted = tuple((each.get_key_element(), _values(each)) for each in overrides)
    except HydraException as error:
        raise MusicGenreError(_unreadable(text)) from error
    if not wanted or not all(re.fullmatch(r"[\w./@]+", key) for key, _ in wanted):
        raise MusicGenreError(_unreadable(text))
    return Condition(str(text), wanted)


def _unreadable(text: object) -> str:
    return (
        f"sweep.leave_out={text} cannot be read: write the settings of the jobs to leave out, such as "
        "'sweep.leave_out=model=cnn optimizer=sgd,rmsprop', or a list of such conditions."
    )


def _values(override: Override) -> tuple[object, ...] | IntervalSweep:
    value = override.value()
    if isinstance(value, IntervalSweep):
        return value
    found = override.sweep_iterator() if override.is_sweep_override() else [value]
    return tuple(each.text if isinstance(each, QuotedString) else each for each in found)


def _is_one_of(key: str, value: object, wanted: tuple[object, ...] | IntervalSweep) -> bool:
    if not isinstance(wanted, IntervalSweep):
        return _text(key, value) in {_text(key, each) for each in wanted}
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return float(wanted.start or 0) <= value <= float(wanted.end or 0)


def _text(key: str, value: object) -> str:
    return str(equal_numbers(value, key) if isinstance(value, float) else value)
