"""The settings that tell runs of one value, seed and fold apart, as in a grid."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from musicgenre.runs.run import Run
from musicgenre.runs.settings import has_setting, settings_besides

if TYPE_CHECKING:
    import pandas as pd


def told_apart(found: "pd.DataFrame", by: str) -> tuple["pd.DataFrame", list[str]]:
    """Return the runs with what tells those of one value, seed and fold apart, and the names of these settings.

    Args:
        found: Columns `run`, `value`, `seed` and `fold`, one row per run.
        by: The compared setting.

    Returns:
        The runs with further columns, as far as needed: `data` and `split`, under which draws are others, and
        `settings`, see `pairs_of`; and the names of the latter.
    """
    import pandas as pd

    besides, same = pd.DataFrame(settings_besides([*found.run], by)), [found.value, found.seed, found.fold]
    where = [name for name in ("data", "split") if name in besides and _several(besides[[name]], same)]
    found = found.assign(**{name: besides[name] for name in where})
    within = _several(besides.drop(columns=where), [*same, *(besides[name] for name in where)])
    heeded = {name: _heeded(found, name) for name in within}
    told = [
        tuple((f"{name}={own[name]}" if own[name] else f"no {name}", heeded[name][row]) for name in within)
        for row, own in enumerate(besides.to_dict("records"))
    ]
    return (found.assign(settings=pd.Series(told)) if within else found), within


def _several(besides: "pd.DataFrame", same: Sequence["pd.Series"]) -> list[str]:
    """Return the names of what has several values in runs that are otherwise the same."""
    several = besides.groupby([*same]).nunique().gt(1).any()
    return [*besides.columns[several]]


def _heeded(found: "pd.DataFrame", name: str) -> list[bool]:
    """Return whether a setting has an effect on each run: not if all of its value lack it, as only others have it."""
    runs, lacks = [*found.run], found.run.map(lambda run: _lacks(run, name))
    mixed = bool(lacks.groupby(found.value).nunique().gt(1).any())
    return [not (run.ignores(name) or (lacking and not mixed)) for run, lacking in zip(runs, lacks, strict=True)]


def _lacks(run: Run, name: str) -> bool:
    return "." in name and not has_setting(run, name)


def without_effect(found: "pd.DataFrame", within: Sequence[str]) -> list[str]:
    """Say which of the settings that tell runs apart have no effect on some of them.

    Args:
        found: The runs, from `told_apart`.
        within: Their names.
    """
    names = [name for place, name in enumerate(within) if not all(own[place][1] for own in found.settings)]
    which = " or ".join(names)
    return [f"A run on which {which} has no effect is paired with runs of every value of it."] if names else []
