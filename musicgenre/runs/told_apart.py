"""The settings that tell runs of one value, seed and fold apart, as in a grid.

Runs of two values make a pair if they tested the same data and if what they tested was trained on the same data, with
the same split and settings: but for what `by` names. Its data are, of an evaluation, those that it tested, and `run` is
all of what it tested. Nothing keeps runs apart that is the same within each value.
"""

import re
from collections.abc import Sequence
from itertools import compress
from pathlib import Path
from typing import TYPE_CHECKING

from musicgenre.runs.identity import REPEATED
from musicgenre.runs.run import Run
from musicgenre.runs.settings import data_of, has_setting, setting_text, settings_besides, split_of

if TYPE_CHECKING:
    import pandas as pd

_DRAW, _CORPUS = "split.seed", "data.corpus_seed"
_CORPUS_WORD = re.compile(r" corpus_seed=(\S+)")  # in the data's name with its settings
_SPLIT, _DATA = "tested run's split", "tested run's data"
_LAST = ("tested split", _DATA, "checkpoint", "tested epoch", "run")  # each only where nothing else tells runs apart


def told_apart(found: "pd.DataFrame", by: str) -> tuple["pd.DataFrame", list[str]]:
    """Return the runs with what tells those of one value, seed and fold apart, and the names of these settings.

    Args:
        found: Columns `run`, `value`, `seed` and `fold`, one row per run.
        by: The compared setting.

    Returns:
        The runs with further columns, as far as needed: `data` (another corpus) and `split` (its seed), under which
        draws are others, and `settings`, see `pairs_of`; and the names of the latter.
    """
    import pandas as pd

    runs, same = [*found.run], [found.value, found.seed, found.fold]
    besides = pd.DataFrame(settings_besides(runs, by)).assign(**_of_evaluations(runs))
    found, besides = _with_corpora(found, besides, same, by)
    found, besides = _with_draws(found, besides, same, by)
    if any(run.evaluated for run in runs):
        besides = besides.rename(columns={"data": "tested data", "split": _SPLIT})
    same += [found[name] for name in ("data", "split") if name in found]
    within = _several(besides.drop(columns=[*_LAST], errors="ignore"), same)
    for name in (each for each in _LAST if each in besides):
        if name == "run":  # by its place, as folders have other names under other seeds
            folders = besides["run"].groupby([*same[1:], *(besides[each] for each in within)])
            besides["run"] = folders.transform(lambda each: pd.factorize(each, sort=True)[0] + 1).astype(str)
        within += _several(besides[[name]], [*same, *(besides[each] for each in within)])
    heeded = {name: _heeded(found, name) for name in within}
    told = [
        tuple((f"{name}={own[name]}" if own[name] else f"no {name}", heeded[name][row]) for name in within)
        for row, own in enumerate(besides.to_dict("records"))
    ]
    return (found.assign(settings=pd.Series(told)) if within else found), within


def are_redrawn(found: "pd.DataFrame") -> bool:
    """Return whether the runs, or those that evaluations tested again, have splits of several seeds.

    Args:
        found: The runs, from `told_apart`.
    """
    return "split" in found or len({*map(_draw, _sources([*found.run]))}) > 1


def _sources(runs: Sequence[Run]) -> list[Run]:
    """Return the runs, in place of each evaluation the one that it tested again, if this is still there."""
    return [run.tested or run for run in runs]


def _with_corpora(
    found: "pd.DataFrame", besides: "pd.DataFrame", same: Sequence["pd.Series"], by: str
) -> tuple["pd.DataFrame", "pd.DataFrame"]:
    """Return both with the corpus that each was trained on as `data`, and not in the settings, if one seed has several.

    Other data of an evaluation remains a setting: what a run gets right on two corpora are no independent draws. Where
    none was tested on all data that any was, as runs on the corpora of the others, corpora are settings too.
    """
    sources = _sources([*found.run])
    own, trained = [data_of(run, (*REPEATED, by)) for run in found.run], [*map(data_of, sources)]
    corpora = ["" if each.evaluated else _corpus(each, text, by) for each, text in zip(sources, trained, strict=True)]
    rest = [
        _without_corpus(data) if corpus and (data == text or _corpus(run, data, by) == corpus) else data
        for run, data, text, corpus in zip(found.run, own, trained, corpora, strict=True)
    ]
    alike = _are_tested_alike([*found.run], corpora, rest)
    if "data" in besides and alike and _several(found.assign(data=corpora)[["data"]], same):  # else it is compared
        found, besides = found.assign(data=corpora), besides.assign(data=rest)
        trained = [_without_corpus(text) if corpus else text for text, corpus in zip(trained, corpora, strict=True)]
    if by.partition(".")[0] == "data":  # of all but evaluations, what they were trained on
        trained = [text if run.tested else "" for run, text in zip(found.run, trained, strict=True)]
    return found, besides.assign(**{_DATA: trained})


def _are_tested_alike(runs: Sequence[Run], corpora: Sequence[str], rest: Sequence[str]) -> bool:
    """Return whether the runs of one corpus were tested again on all data that any were, of which its own is one."""
    tested: dict[str, set[str]] = {}
    for run, corpus, data in zip(runs, corpora, rest, strict=True):
        if corpus and run.evaluated:
            tested.setdefault(corpus, set()).add(data)
    return set[str]().union(*tested.values()) in [*tested.values(), set()]


def _without_corpus(data: str) -> str:
    return _CORPUS_WORD.sub("", data).removeprefix(_data_name(data)).strip()


def _corpus(run: Run, data: str, by: str) -> str:
    recorded = _CORPUS_WORD.search(data)
    seed = setting_text(run, _CORPUS) or (recorded[1] if recorded else "")
    return f"{_data_name(data)} {seed if by != _CORPUS else ''}".strip()


def _data_name(data: str) -> str:
    return re.split(r" [\w.]+=", data)[0]


def _with_draws(
    found: "pd.DataFrame", besides: "pd.DataFrame", same: Sequence["pd.Series"], by: str
) -> tuple["pd.DataFrame", "pd.DataFrame"]:
    """Return both with `split.seed` as the runs' `split` if one seed has several of a split, and how each was split.

    A test has a split of its own, as far as this is not the one that its run was trained with.
    """
    import pandas as pd

    sources = _sources([*found.run])
    over: Sequence[str] = (*REPEATED, _DRAW, by)
    kinds = pd.Series([split_of(source, over) for source in sources])
    draws = pd.DataFrame({"split": [*map(_draw, sources)]})
    drawn = bool(_several(draws, [*same, *([found["data"]] if "data" in found else []), kinds]))
    over = over if drawn else (*REPEATED, by)
    own, trained = ([split_of(run, over) for run in each] for each in (found.run, sources))
    besides["tested split"] = ["" if one == other else one for one, other in zip(own, trained, strict=True)]
    besides = besides.assign(split=trained) if "split" in besides else besides
    return (found.assign(split=draws["split"]) if drawn else found), besides


def _draw(run: Run) -> str:
    """Return the seed of a run's split; of an evaluation whose run is gone, as far as it was recorded."""
    recorded = re.search(r" seed=(\S+)", run.split) if run.evaluated else None
    return recorded[1] if recorded else setting_text(run, _DRAW)


def _of_evaluations(runs: Sequence[Run]) -> dict[str, list[str]]:
    """Return what tells evaluations of equal runs apart, each empty for a trained run."""
    folders = [setting_text(run, "run") if run.evaluated else "" for run in runs]
    epochs = [str(run.metrics.get("tested_epoch", "")) if run.evaluated else "" for run in runs]
    checkpoints = [name if (name := Path(folder).name).endswith(".ckpt") else "" for folder in folders]
    return {"checkpoint": checkpoints, "tested epoch": epochs, "run": folders}


def _several(besides: "pd.DataFrame", same: Sequence["pd.Series"]) -> list[str]:
    """Return the names of what has several values in runs that are otherwise the same."""
    keys = [*zip(*same, strict=True)]
    several = (len({*zip(keys, values, strict=True)}) > len({*keys}) for _, values in besides.items())
    return [*compress(besides.columns, several)]


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
