"""The effect of one setting on the same test tracks, and all differences as tables and a forest plot."""

import logging
import math
import re
from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure
from rich.markup import escape
from rich.table import Table

from musicgenre.errors import MusicGenreError
from musicgenre.evaluation.metrics import genres_of
from musicgenre.evaluation.same_tracks import holm
from musicgenre.runs.comparisons import COLUMNS, LEVEL, compared, comparisons
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.rows import Row, check_predictions
from musicgenre.runs.run import Run
from musicgenre.runs.settings import data_of, split_of
from musicgenre.shortened import names
from musicgenre.transcript import empty_table
from musicgenre.visual.forest import forest_figure
from musicgenre.visual.render import draw, pdf_of
from musicgenre.words import p_text

log = logging.getLogger(__name__)

_SHARE = re.compile(r"(\w+_)?(accuracy|precision|recall|f1|share)(_low|_high)?")  # the end of a metric's name


def track_differences(
    runs: pd.DataFrame, reference: str, confidence: float = 0.95, within: Sequence[str] = ()
) -> tuple[pd.DataFrame, list[str]]:
    """Return each value's difference from the reference on the same test tracks, by mean probabilities.

    The means are over the runs with seeds and folds that both have, as five runs together beat one of them.

    Args:
        runs: Columns `run` and `value`, one row per run.
        reference: The value that the others are compared with.
        confidence: Confidence level of the intervals.
        within: Settings that tell runs of one value and seed apart; then there is no comparison, as a mean over them
            says nothing of either.

    Returns:
        The table of `comparisons`, with the reference as a and Holm's correction over its rows; and a sentence for each
        value that cannot be compared like this, or only by some of its runs.
    """
    if within:
        apart = " and ".join(within)
        said = f"Nothing is compared by test track, as mean probabilities would be over runs that differ in {apart}."
        return pd.DataFrame(columns=list(COLUMNS)), [said]
    rows = _rows_by_value(runs)
    notes = [] if rows else ["There are no test tracks to compare: the runs classify nothing or were not tested."]
    if reference not in rows:
        return pd.DataFrame(columns=list(COLUMNS)), notes
    tables = []
    for value, row in rows.items():
        if value == reference:
            continue
        both = (rows[reference], row)
        if (pair := compared(*both)) is None:
            why = _why_not(*both)
            notes.append(f"{value} and {reference} were tested on different {why}, so compared only over seeds.")
            continue
        tables.append(comparisons(pair, confidence=confidence))
        if any(part is not whole for part, whole in zip(pair, both, strict=True)):
            seeds = ", ".join(" fold ".join(filter(None, each)) for each in pair[0].seeds_and_folds)
            notes.append(f"{value} and {reference} are compared only by the runs that both have: seed {seeds}.")
    if not tables:
        return pd.DataFrame(columns=list(COLUMNS)), notes
    table = pd.concat(tables, ignore_index=True)
    table["p Holm"] = holm(table["p"].tolist())
    better = table["b"].where(table["difference %"] > 0, table["a"])
    return table.assign(verdict=better.where(table["p Holm"] < LEVEL, "tie")), notes


def _why_not(a: Row, b: Row) -> str:
    """Say how the test tracks of two rows differ."""
    if a.data != b.data:
        return f"data ({b.data}; {a.data})"
    if a.genres != b.genres:
        return f"genres ({', '.join(b.genres)}; {', '.join(a.genres)})"
    return "tracks"


def forest(seeds: pd.DataFrame, tracks: pd.DataFrame, title: str) -> Figure | None:
    """Draw all differences of shares, in points: over seeds, then over test tracks; None if there are none.

    Args:
        seeds: From `musicgenre.runs.compare.differences`.
        tracks: From `track_differences`.
        title: Title of the figure.
    """
    shares = seeds[seeds["metric"].map(_is_share)]
    lines = [
        {"label": f"{row['value']}: {row['metric']}, pairs", "difference": 100 * row["difference"]}
        | {"low": 100 * row["low"], "high": 100 * row["high"], "tie": not row["p_holm"] < LEVEL}
        for row in shares.to_dict("records")
    ]
    lines += [
        {"label": f"{row['b']}: test tracks", "difference": row["difference %"], "tie": row["verdict"] == "tie"}
        | {"low": row["difference % low"], "high": row["difference % high"]}
        for row in tracks.to_dict("records")
    ]
    return forest_figure(pd.DataFrame(lines), title) if lines else None


def write_forest(folder: RunFolder, figure: Figure, formats: Sequence[str]) -> None:
    """Write the forest plot in these formats.

    Args:
        folder: Output folder.
        figure: From `forest`.
        formats: Formats of the figure: "png", "pdf" or both.
    """
    if "png" in formats:
        folder.write_figure("forest", draw(figure))
    if "pdf" in formats:
        folder.write_pdf("forest", pdf_of(figure))


def tracks_table(table: pd.DataFrame, by: str, title: str, confidence: float) -> Table:
    """Lay out the differences on the same test tracks, in points.

    Args:
        table: From `track_differences`.
        by: The swept setting.
        title: Title of the table.
        confidence: Confidence level of the intervals.
    """
    shown = empty_table(title, (by,), ("points", f"{100 * confidence:g} % interval", "p", "p Holm", "tracks", ""))
    for name, row in zip(names(table["b"]), table.to_dict("records"), strict=True):
        interval = f"{row['difference % low']:+z.1f} to {row['difference % high']:+z.1f}"
        p_values = [p_text(row[name]) for name in ("p", "p Holm")]
        verdict = "tie" if row["verdict"] == "tie" else "differs"
        shown.add_row(name, f"{row['difference %']:+z.1f}", interval, *p_values, str(row["tracks"]), verdict)
    return shown


def seeds_table(table: pd.DataFrame, by: str, title: str, confidence: float) -> Table:
    """Lay out the differences over seeds; shares such as accuracy and F1 are in points (hundredths).

    Args:
        table: From `musicgenre.runs.compare.differences`.
        by: The swept setting.
        title: Title of the table.
        confidence: Confidence level of the intervals.
    """
    numbers = ("points", f"{100 * confidence:g} % interval", "p", "p Holm", "n")
    shown = empty_table(title, ("metric", by), numbers, whole=("metric",))
    shown.padding = (0, 1, 0, 0)  # within 80 columns
    for name, row in zip(names(table["value"]), table.to_dict("records"), strict=True):
        several = not math.isnan(row["p_value"])  # nor has a single pair an interval, or pairs that differ by the same
        share = _is_share(row["metric"])
        difference, low, high = (
            f"{100 * row[name]:+z.1f}" if share else f"{row[name]:+z.3f}" for name in ("difference", "low", "high")
        )
        interval = f"{low} to {high}" if several else ""
        p_values = [p_text(row[name]) if several else "" for name in ("p_value", "p_holm")]
        shown.add_row(escape(row["metric"]), name, difference, interval, *p_values, str(row["pairs"]))
    return shown


def _is_share(metric: str) -> bool:
    return bool(_SHARE.fullmatch(metric.rpartition("/")[2]))


def _rows_by_value(runs: pd.DataFrame) -> dict[str, Row]:
    """Return the tested runs of each value as a row; those with damaged predictions are named in the log."""
    members: dict[str, list[tuple[Run, pd.DataFrame]]] = {}
    for run, value in zip(runs["run"], runs["value"], strict=True):
        if not run.files.predictions_csv.is_file():
            continue
        try:
            table = check_predictions(run)
        except MusicGenreError as error:
            log.warning("%s is not compared by track: %s", run.folder, error)
            continue
        members.setdefault(value, []).append((run, table))
    rows = {}
    for value, found in members.items():
        own, tables = zip(*found, strict=True)
        if len({tuple(genres_of(table)) for table in tables}) == 1:
            rows[value] = Row(value, data_of(own[0]), split_of(own[0]), own, tables)
    return {value: row for value, row in rows.items() if len(row.tracks)}
