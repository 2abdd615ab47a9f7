"""The effect of one setting, over runs with the same seed and over the same test tracks."""

import logging
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from musicgenre.errors import MusicGenreError
from musicgenre.files import expanded
from musicgenre.runs.find import find_runs, is_milestone, readable
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.identity import FOLD, value_text
from musicgenre.runs.pairs import KEYS, are_folds_repeated, counted_pairs, how_paired, left_out, paired, require_sides
from musicgenre.runs.read import path_of
from musicgenre.runs.run import Run
from musicgenre.runs.settings import data_of, differing, repeat_of, setting_text, split_of
from musicgenre.runs.tested import file_tested_by
from musicgenre.runs.told_apart import are_redrawn, told_apart, without_effect
from musicgenre.transcript import console

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)

_BY_PAIR = (
    "points: difference in percentage points, or the plain one of what is not a share, such as a loss; interval and p: "
    "Student's t over n pairs; p Holm: corrected for all rows."
)
_BY_TRACK = (
    "points: difference in accuracy by mean probabilities over the seeds that both have; interval and p (McNemar's "
    "test): over test tracks; tie: p Holm is not below 0.05."
)
_ONE_PAIR = "A single pair gives no interval: train the runs with several seeds, such as seed=1,2,3."
_NO_SPREAD = (
    "Several pairs without interval and p all differ by the same, as can happen with few test tracks: a spread of zero "
    "does not say what other seeds would give."
)
_SEED = (
    "by is seed, but runs that differ only in their seed are repeats of one setting: set by to what was swept besides "
    "it, or average them with musicgenre report."
)
_EPOCHS = "trainer.max_epochs"
METRICS = ("test/segment/accuracy", "test/track/accuracy", "test/track/macro_f1", "val/track/accuracy")


def compare(
    runs: str | Path,
    by: str,
    folder: str | Path,
    *,
    metrics: Sequence[str] | None = None,
    reference: object = None,
    confidence: float = 0.95,
    formats: Sequence[str] = ("png",),
) -> "pd.DataFrame":
    """Pair the runs by seed and fold, and by test track, and write the differences as tables and a forest plot.

    Where runs of one value have the same seed and fold, as in a grid of several settings, the runs of a pair also agree
    in the settings that tell these apart, as far as they have an effect on both, and all with one seed and fold are
    averaged; then nothing is compared by test track.

    Args:
        runs: A folder with run folders anywhere below it; those that cannot be read are named in the log. Milestones
            count only if epochs are compared.
        by: The setting swept besides seed and fold: a group ("optimizer") or a dotted config key ("optimizer.lr").
        folder: Output folder for differences.csv (over seeds), tracks.csv (mean probabilities over the test tracks,
            where both sides have the same ones) and figures/forest.png.
        metrics: One or more names in metrics.json; None takes those of `METRICS` that all runs have.
        reference: The value of `by` that the others are compared with; None takes "none" or "null" if a run has it,
            else the value of the first run.
        confidence: Confidence level of the intervals.
        formats: Formats of the forest plot: "png", "pdf" or both.

    Returns:
        The table of differences.csv, see `differences`.

    Raises:
        MusicGenreError: There are no runs with two or more values, or they cannot be paired (`by` is the seed), or a
            format is unknown.
    """
    below, written = path_of(runs, "runs"), RunFolder(path_of(folder, "folder"))
    if by == "seed":
        raise MusicGenreError(_SEED)
    found, metrics = _read(below, by, metrics)
    chosen = _reference([*found.value.unique()], reference, by)

    from musicgenre.runs import compare_tracks as by_track  # only once there are runs
    from musicgenre.visual.render import check_formats

    check_formats(formats)
    found, within = told_apart(_without_copies(found), by)
    where, redrawn = [name for name in KEYS[2:] if name in found], are_redrawn(found)
    table = differences(found, metrics, chosen, confidence, redrawn=redrawn)
    tracks, notes = by_track.track_differences(found, chosen, confidence, [*where, *within])
    written.write_table("differences.csv", table)
    written.write_table("tracks.csv", tracks)
    if (forest := by_track.forest(table, tracks, f"By {by}: difference from {chosen}")) is not None:
        by_track.write_forest(written, forest, formats)
    screen = console()
    counted = counted_pairs(found, metrics, chosen)
    pairs = (each for of_value in counted.values() for each in of_value)
    how = ", or by ".join(dict.fromkeys(how_paired(found, each, within, redrawn=redrawn) for each in pairs))
    screen.print(by_track.seeds_table(table, by, f"By {by}: difference from {chosen}, paired by {how}", confidence))
    screen.print(_BY_PAIR, highlight=False, markup=False)
    if (table["pairs"] == 1).all():
        screen.print(_ONE_PAIR, highlight=False, markup=False)
    if ((table["pairs"] > 1) & table["p_value"].isna()).any():
        screen.print(_NO_SPREAD, highlight=False, markup=False)
    if len(tracks):
        title = f"Difference from {chosen} on the same test tracks, by mean probabilities"
        screen.print(by_track.tracks_table(tracks, by, title, confidence))
        screen.print(_BY_TRACK, highlight=False, markup=False)
    notes += [*left_out(found, counted), *without_effect(found, within)]
    for note in [*notes, *_other_differences(found, by, chosen, counted, within)]:
        screen.print(note, highlight=False, markup=False)
    screen.print(f"Differences: {written.path / 'differences.csv'}", soft_wrap=True, highlight=False, markup=False)
    return table


def differences(
    runs: "pd.DataFrame", metrics: Sequence[str], reference: str, confidence: float = 0.95, *, redrawn: bool = False
) -> "pd.DataFrame":
    """Return each value's paired difference from the reference in every metric, over the seeds (and folds) of both.

    Runs that other settings tell apart share the draws of their seed: their pairs are averaged, over the same settings
    under every seed, and count as one. Where both have several folds with several seeds, which test the same tracks
    again, the pairs are folds, averaged over seeds; and where one seed has several splits, they are these.

    Args:
        runs: Columns `value`, `seed` (and `fold`, `data`, `split` and `settings`, see `pairs_of`) and the metrics, one
            row per run.
        metrics: Names of the metrics.
        reference: The value that the others are compared with.
        confidence: Confidence level of the intervals.
        redrawn: Whether each seed has folds of its own, as several splits have; then the intervals are those of one
            seed, with its folds as pairs.

    Returns:
        Columns metric, value, mean (of the value's runs), reference, difference, low, high, p_value, p_holm (adjusted
        for all differences in the table), pairs.

    Raises:
        MusicGenreError: There is no such value or no other, or a value has two runs with equal seed (fold, settings).

    Example:
        >>> import pandas as pd
        >>> runs = pd.DataFrame({"value": ["adam"] * 2 + ["sgd"] * 2, "seed": [1, 2] * 2, "loss": [0.5, 0.7, 0.8, 1.2]})
        >>> differences(runs, ["loss"], "adam")[["value", "difference", "pairs"]].round(3).to_dict("records")
        [{'value': 'sgd', 'difference': 0.4, 'pairs': 2}]
    """
    import pandas as pd

    from musicgenre.evaluation.paired import paired_difference
    from musicgenre.evaluation.same_tracks import holm

    require_sides(runs, reference)
    others = [value for value in dict.fromkeys(runs.value) if value != reference]
    rows = []
    for metric, value in product(metrics, others):
        pair = paired(runs, metric, reference, value)
        repeated, levels = are_folds_repeated(pair.index.to_frame()), list(pair.index.names)
        if "split" in levels or (repeated and not redrawn):  # seeds that test the same tracks again
            pair = pair.groupby(level=[name for name in levels if name != "seed"]).mean()
        repeats = _repeats(pair.index) if repeated else None
        found = paired_difference(pair.own, pair.other, repeats=repeats, confidence=confidence)
        rows.append(
            {"metric": metric, "value": value, "mean": pair.other.mean(), "reference": pair.own.mean()}
            | {"difference": found.mean, "low": found.low, "high": found.high}
            | {"p_value": found.p_value, "pairs": found.pairs}
        )
    table = pd.DataFrame(rows)
    known = table["p_value"].notna()
    table.insert(len(table.columns) - 1, "p_holm", float("nan"))
    table.loc[known, "p_holm"] = holm(table["p_value"][known].tolist())
    return table


def _repeats(pairs: "pd.Index") -> list[str] | None:
    """Return the repeat of a cross-validation that each pair belongs to: its split, or else its seed; None if one."""
    return next(([*map(str, pairs.get_level_values(name))] for name in ("split", "seed") if name in pairs.names), None)


def _without_copies(found: "pd.DataFrame") -> "pd.DataFrame":
    """Return the runs without copies of others; runs of two values are no copies of each other."""
    from musicgenre.runs.repeats import without_copies

    copies: set[Path] = set()
    for _, own in found.groupby("value", sort=False):
        tested = [(run, None) for run in own.run if run.files.predictions_csv.is_file()]
        copies |= set(without_copies(tested)[1])
    return found[[run.folder not in copies for run in found.run]].reset_index(drop=True)


def _read(root: Path, by: str, metrics: Sequence[str] | None) -> tuple["pd.DataFrame", list[str]]:
    """Return every finished run below the folder, with its `value` of `by`, `seed`, `fold` and metrics; and which."""
    finished = []
    for run in map(Run, find_runs(expanded(root))):
        if is_milestone(run.folder) and by != _EPOCHS:  # it has the same settings and seed as the run that trained on
            continue
        if run.is_finished:
            finished.append(run)
        else:
            log.warning("%s is left out: it is not finished.", run.folder)
    if not finished:
        raise MusicGenreError(f"{root} holds no finished run: give the folder of a sweep, runs=multirun/DATE/TIME.")
    paired = [run for run, _ in readable(finished, lambda run: _row(run, by, ()))]  # those that have `by` and a seed
    paired = _without_tested_again(paired, by)
    wanted = metrics or [name for name in METRICS if all(name in run.metrics for run in paired)] or METRICS
    import pandas as pd

    rows = [row for _, row in readable(paired, lambda run: _row(run, by, wanted))]
    if by == "run":  # of which one may have been typed in several ways
        first: dict[str, str] = {}
        rows = [row | {"value": first.setdefault(file_tested_by(row["run"]), row["value"])} for row in rows]
    return pd.DataFrame(rows), [*dict.fromkeys(wanted)]


def _without_tested_again(runs: list[Run], by: str) -> list[Run]:
    """Return the runs without evaluations that have `by` from their run, if trained runs have it: one model is one."""
    again = [run for run in runs if run.inherits(by)]
    if len(again) == len(runs):
        return runs
    for run in again:
        log.warning("%s is left out: it tested a run again, beside runs that were trained with %s.", run.folder, by)
    return [run for run in runs if not run.inherits(by)]


def _row(run: Run, by: str, metrics: Sequence[str]) -> dict[str, Any]:
    numbers = {name: value for name, value in run.metrics.items() if isinstance(value, int | float)}
    if missing := [name for name in metrics if name not in numbers]:
        raise MusicGenreError(f"{run.files.metrics_json} has no {', '.join(missing)}: choose other metrics=[...].")
    if by == "run" and not run.evaluated:  # its tags and notes are no run
        raise MusicGenreError(f"{run.folder} did not test another run, by which evaluations are compared.")
    value = run.value(by)
    if run.ignores(by):
        raise MusicGenreError(f"{run.folder} has a classical model, on which {by} has no effect.")
    if run.seed is None and not run.evaluated:
        raise MusicGenreError(f"{run.files.config_yaml} has no seed, by which runs are paired.")
    seed, fold = _repeat(run, by)
    _ = (data_of(run), split_of(run))  # raises if a damaged run lacks them
    keys = {"run": run, "value": value_text(value, by), "seed": seed, "fold": (fold if by != FOLD else "") or "0"}
    return keys | {name: numbers[name] for name in metrics}


def _repeat(run: Run, by: str) -> tuple[str, ...]:
    """Return a run's seed and fold; of an evaluation those of its run, or the folder of one that is gone."""
    seed, fold = repeat_of(run)
    return seed or ("unknown" if by == "run" else setting_text(run, "run")), fold


def _other_differences(
    found: "pd.DataFrame", by: str, reference: str, counted: Mapping[str, list["pd.DataFrame"]], within: Sequence[str]
) -> list[str]:
    """Return a sentence for each value whose runs also differ in other settings from those of the reference.

    What only one of both options can have, `model.width` by model, is part of it.
    """
    notes = []
    for value, of_value in counted.items():
        rows = dict.fromkeys(row for pairs in of_value for row in zip(pairs.row_own, pairs.row, strict=True))
        names = differing([(found.run.iloc[own], found.run.iloc[other]) for own, other in rows], by)
        if names := [name for name in names if name not in within or not name.startswith(f"{by}.")]:
            also = f"{', '.join(names)}: this affects the difference too"
            notes.append(f"The runs of {value} and {reference} also differ in {also}.")
    return notes


def _reference(values: list[str], asked: object, by: str) -> str:
    """Return the value that the others are compared with: the one asked for, "none", "null", or the first run's."""
    if len(values) < 2:
        raise MusicGenreError(f"All runs have {by}={values[0]}: a comparison needs runs with two or more values.")
    first = next((value for value in ("none", "null") if value in values), values[0])
    reference = first if asked is None else value_text(asked, by)
    if reference not in values:
        raise MusicGenreError(f"No run has {by}={reference}: set reference to one of {', '.join(values)}.")
    return reference
