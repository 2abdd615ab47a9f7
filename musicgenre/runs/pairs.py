"""Which runs of two values make a pair: those with one seed and fold that agree in what has an effect on both."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from musicgenre.errors import MusicGenreError
from musicgenre.words import are, some

if TYPE_CHECKING:
    import pandas as pd

Settings = tuple[tuple[str, bool], ...]  # of a run: each with its value, and whether it has an effect on the run

KEYS = ("seed", "fold", "data", "split")  # columns that the runs of a pair share: data is a corpus, split its seed
_ONE_GRID = "compare one grid at a time, or list all side by side with musicgenre report."


def require_sides(runs: "pd.DataFrame", reference: str) -> None:
    """Make sure that runs can be paired.

    Args:
        runs: See `pairs_of`.
        reference: The value that the others are compared with.

    Raises:
        MusicGenreError: There is no such value or no other, or a value has two runs with equal seed (fold, settings).
    """
    values = [*dict.fromkeys(runs.value)]
    if reference not in values or len(values) < 2:
        raise MusicGenreError(f"{reference} cannot be compared: the runs have {', '.join(values)}.")
    if (again := runs.duplicated(["value", *_named(runs)])).any():
        twice = runs[again].iloc[0]
        raise MusicGenreError(
            f"{twice.value} has several runs with seed {twice.seed} that no setting tells apart, as in two sweeps: "
            f"{_ONE_GRID}"
        )


def pairs_of(runs: "pd.DataFrame", reference: str, value: str) -> "pd.DataFrame":
    """Return the pairs of runs of two values; a run that ignores a setting is in pairs with all values of it.

    Args:
        runs: Columns `value`, `seed` (and further `KEYS`, and `settings`: the `Settings` that the runs of a pair share
            as far as they have an effect on both), one row per run.
        reference: One value.
        value: The other value.

    Returns:
        One row per pair: seed (and further `KEYS`), row_own and row (those of the reference's run and of the other one,
        from 0), and settings: those with an effect on either run, as text.
    """
    keys = _keys(runs)
    each = runs[keys].assign(row=range(len(runs)), settings=runs.settings if "settings" in runs else "")
    pairs = each[runs.value == reference].merge(each[runs.value == value], on=keys, suffixes=("_own", ""))
    pairs["settings"] = [_shared(*both) for both in zip(pairs.settings_own, pairs.settings, strict=True)]
    return pairs.loc[pairs.settings.notna(), [*keys, "row_own", "row", "settings"]]


def _shared(own: Settings, other: Settings) -> str | None:
    """Return the settings with an effect on either of two runs; None if one with an effect on both differs."""
    both = [*zip(own, other, strict=True)]
    if any(a != b and of_own and of_other for (a, of_own), (b, of_other) in both):
        return None
    return " ".join(a if of_own else b for (a, of_own), (b, of_other) in both if of_own or of_other)


def paired(runs: "pd.DataFrame", metric: str, reference: str, value: str) -> "pd.DataFrame":
    """Return a metric in the runs of two values by seed (and fold), a mean over the settings in which pairs differ.

    Runs with one seed share its draws (split, weights, order): with other settings they are no independent pairs. The
    means are over the same settings everywhere, so that a lost run does not change what is compared: those that occur
    under every seed (and fold), or else under all that have the most frequent ones.

    Args:
        runs: See `pairs_of`, and the metric; pairs where a run has it undefined do not count.
        metric: Its name.
        reference: One value.
        value: The other value.

    Returns:
        Columns own (of the reference's runs) and other, by seed (and further `KEYS`).

    Raises:
        MusicGenreError: There is no pair.
    """
    keys, kept = _keys(runs), kept_pairs(runs, metric, reference, value)
    return kept.groupby([*keys, "settings"])[["own", "other"]].mean().groupby(keys).mean()


def counted_pairs(runs: "pd.DataFrame", metrics: Sequence[str], reference: str) -> dict[str, list["pd.DataFrame"]]:
    """Return for each other value its pairs that count, see `kept_pairs`, by metric."""
    others = [value for value in dict.fromkeys(runs.value) if value != reference]
    return {value: [kept_pairs(runs, metric, reference, value) for metric in metrics] for value in others}


def left_out(runs: "pd.DataFrame", kept: Mapping[str, Sequence["pd.DataFrame"]]) -> list[str]:
    """Say how many runs `paired` leaves out, and their values and settings; nothing if there are none.

    Args:
        runs: See `paired`.
        kept: The pairs that count, from `counted_pairs`.
    """
    by_metric = zip(*kept.values(), strict=True)
    counted = [{row for pairs in each for row in (*pairs.row_own, *pairs.row)} for each in by_metric]
    left = sorted({*range(len(runs))} - set.intersection(*counted))
    if not left:
        return []
    named = _names_of(runs, left)
    out = "left out" if all(rows == counted[0] for rows in counted) else "left out of some metrics"
    which = f"{len(left)} of {len(runs)} runs {are(len(left))} {out} ({some(named)})"
    return [f"{which}, as not every seed (and fold) has both runs of a pair."]


def _names_of(runs: "pd.DataFrame", rows: Sequence[int]) -> list[str]:
    """Return the values and settings of some runs, with the seed (and fold) of those where others of these remain."""
    settings = runs.settings if "settings" in runs else [()] * len(runs)
    names = [
        " ".join([value, *(text for text, has_effect in own if has_effect)])
        for value, own in zip(runs.value, settings, strict=True)
    ]
    remaining = {names[row] for row in {*range(len(runs))} - {*rows}}
    apart = [key for key in _keys(runs) if runs[key].nunique() > 1]
    said = (
        " ".join([names[row], *(f"{key}={runs[key].iloc[row]}" for key in apart if names[row] in remaining)])
        for row in rows
    )
    return [*dict.fromkeys(said)]


def kept_pairs(runs: "pd.DataFrame", metric: str, reference: str, value: str) -> "pd.DataFrame":
    """Return the pairs of two values that count in a metric, see `paired`, with it in both runs as own and other."""
    pairs, numbers = pairs_of(runs, reference, value), runs[metric].to_numpy(dtype=float)
    if pairs.empty:
        raise MusicGenreError(_why_none(runs, reference, value))
    found = pairs.assign(own=numbers[pairs.row_own], other=numbers[pairs.row]).dropna(subset=["own", "other"])
    if found.empty:
        raise MusicGenreError(
            f"{metric} is not defined in runs of {reference} and {value} that share a {' and '.join(_named(runs))}: "
            "choose other metrics=[...]."
        )
    return found.merge(_balanced(found[[*_keys(runs), "settings"]].drop_duplicates(), _keys(runs)))


def _balanced(each: "pd.DataFrame", keys: list[str]) -> "pd.DataFrame":
    """Return those of the seeds (and folds) that have the most frequent settings, with the settings of all these."""
    most = each.groupby("settings").size().idxmax()
    whole = each.loc[each.settings == most, keys]
    kept = each.merge(whole, on=keys)
    return kept[kept.groupby("settings")["settings"].transform("size") == len(whole)]


def _why_none(runs: "pd.DataFrame", reference: str, value: str) -> str:
    if "settings" not in runs:
        return f"{reference} and {value} have no {' and '.join(_named(runs))} in common."
    return (
        f"No run of {value} has the seed and the other settings of a run of {reference}, as in a search or in two "
        f"sweeps: {_ONE_GRID}"
    )


def _keys(runs: "pd.DataFrame") -> list[str]:
    return [name for name in KEYS if name in runs]


def _named(runs: "pd.DataFrame") -> list[str]:
    return [name for name in (*KEYS, "settings") if name in runs]


def are_folds_repeated(pairs: "pd.DataFrame") -> bool:
    """Return whether there are several folds with several seeds or splits, which test the same tracks again.

    Args:
        pairs: Columns `seed` and, if there are any, `fold` and `split`.
    """
    several = {name for name in ("seed", "fold", "split") if name in pairs and pairs[name].nunique() > 1}
    return "fold" in several and len(several) > 1


def how_paired(runs: "pd.DataFrame", pairs: "pd.DataFrame", within: Sequence[str], *, redrawn: bool) -> str:
    """Return what the pairs of two values are, and over what they are averaged, for a title.

    Args:
        runs: See `pairs_of`.
        pairs: From `kept_pairs`.
        within: The names of the runs' settings; those with one value in all pairs are not averaged over.
        redrawn: Whether each seed has folds of its own.
    """
    settings = [*runs.settings.iloc[[*pairs.row_own, *pairs.row]]] if within else []
    values = [{text for text, has_effect in each if has_effect} for each in zip(*settings, strict=True)]
    within = [name for name, found in zip(within, values, strict=True) if len(found) > 1]
    repeated = are_folds_repeated(pairs)
    several = [name for name in KEYS if name in pairs and (pairs[name].nunique() > 1 or name == "split")]
    over = ("seed", "split") if repeated else ("seed",) if "split" in pairs else ()
    again = [name for name in several if name in over]
    said = " and ".join([name for name in several if name not in again] or ["seed"])
    if again or within:
        said += f", averaged over {' and '.join([*(f'{name}s' for name in again), *within])}"
    return f"{said}, interval of one {again[-1]}" if repeated and redrawn else said
