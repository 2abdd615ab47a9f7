"""The content of a report, made from its rows: results, comparisons, figures."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from musicgenre.evaluation.calibration import calibration_error, reliability
from musicgenre.evaluation.metrics import confusion, probabilities_of
from musicgenre.runs.comparisons import comparable, comparisons, not_comparable, unequal
from musicgenre.runs.convergence import convergence_table, curves_of
from musicgenre.runs.deformed import deformations_figure
from musicgenre.runs.identity import REPEATED
from musicgenre.runs.labels import label_of
from musicgenre.runs.leak_gap import leak_gap
from musicgenre.runs.published import published_of
from musicgenre.runs.repeats import doubts, lacking
from musicgenre.runs.rows import Row
from musicgenre.runs.settings import shared_settings
from musicgenre.visual.accuracies import accuracies_figure
from musicgenre.visual.calibration import reliability_figure
from musicgenre.visual.confusion import confusion_figure
from musicgenre.visual.convergence import COSTS, convergence_figure, cost_figure
from musicgenre.visual.forest import forest_figure
from musicgenre.visual.leak_gap import leak_gap_figure
from musicgenre.visual.render import Pixels, draw, pdf_of
from musicgenre.words import counted

_LONGEST = 120  # most characters of a figure's name: file systems take some 250 bytes
_NAMED = 5  # most rows that a note names
_MOST_DIAGRAMS = 24  # most rows whose reliability is drawn


@dataclass(frozen=True)
class Report:
    """The content of a report, before it is written.

    Attributes:
        rows: The rows, in the order of the tables.
        results: The table of results.csv, with one line per row.
        pairs: Every pair of rows with runs that were tested on the same tracks.
        notes: Sentences to go with the tables.
        gap: What splits leak; empty if no model was tested under several.
        convergence: Epochs to given accuracies; empty if no run kept curves.
        deformed: Accuracies on deformed test tracks; empty if none were measured.
        left_out: Why a folder is not counted, by folder.
        figures: Drawn figures, by name.
        vectors: The same as PDF; empty if not asked for.
    """

    rows: Sequence[Row]
    results: pd.DataFrame
    pairs: pd.DataFrame
    notes: Sequence[str]
    gap: pd.DataFrame
    convergence: pd.DataFrame
    deformed: pd.DataFrame
    left_out: Mapping[Path, str]
    figures: Mapping[str, Pixels]
    vectors: Mapping[str, bytes]

    @property
    def more(self) -> dict[str, pd.DataFrame]:
        """The non-empty tables that follow results and comparisons, by title."""
        tables = {"Leak gap": self.gap, "Epochs": self.convergence, "Deformed test tracks": self.deformed}
        return {title: table for title, table in tables.items() if len(table)}


def results_table(rows: Sequence[Row]) -> pd.DataFrame:
    """Return one line per row: `Row.summary`, the published figure, and the difference from the first row of its group.

    Args:
        rows: The rows of a report, the best of each group by validation first.
    """
    pairs = comparisons(rows)
    places = {(id(a), id(b)): place for place, (a, b) in enumerate(comparable(rows))}
    firsts = {row.group: row for row in reversed(rows)}
    found = []
    for row in rows:
        published = published_of(row)
        found.append(
            row.summary()
            | {"genres": len(row.genres), "to first": _to_first(firsts[row.group], row, pairs, places)}
            | {"published %": published.accuracy if published and published.accuracy else np.nan}
            | {"published level": published.level if published else ""}
            | {"published differs": "; ".join(published.differences) if published else ""}
        )
    return pd.DataFrame(found)


def _to_first(first: Row, row: Row, pairs: pd.DataFrame, places: Mapping[tuple[int, int], int]) -> str:
    """Say how a row compares with the first of its group: "first", "tie", the points, or why it cannot be compared."""
    if row is first:
        return "first"
    if (place := places.get((id(first), id(row)))) is None:
        return "other tracks" if len(row.tracks) else "not tested"
    pair = pairs.iloc[place]
    return "tie" if pair["verdict"] == "tie" else f"{pair['difference %']:+z.1f}"


def build_report(
    rows: Sequence[Row],
    left_out: Mapping[Path, str],
    deformed: pd.DataFrame,
    over: Sequence[str] = REPEATED,
    formats: Sequence[str] = ("png",),
) -> Report:
    """Return the content of a report about rows, with its figures drawn.

    Args:
        rows: From `rows_of`.
        left_out: Why a folder is not counted, by folder.
        deformed: From `deformed_runs`.
        over: Keys that were averaged over.
        formats: Formats of the figures.
    """
    results, pairs = results_table(rows), comparisons(rows)
    curves, level = curves_of(rows)
    gap = leak_gap(rows)
    convergence = convergence_table(curves)
    figures = _figures(rows, results, pairs, gap)
    if curves:
        figures["convergence"] = convergence_figure(curves, level, [label_of(row, rows) for row in rows])
    if len(deformed):
        figures["deformations"] = deformations_figure(deformed, "Deformed test tracks")
    shared = shared_settings([run for row in rows for run in row.runs], over)
    notes = [f"Same in all trained runs: {shared}."] if shared else []
    notes += [*not_comparable(rows), *unequal(rows)]
    notes += [f"{label_of(row, rows)}: {said}" for row in rows for said in doubts(row, over)]
    notes += lacking(rows)
    if early := [f"{label_of(row, rows)} (epoch {row.pruned_epochs})" for row in rows if row.pruned_epochs]:
        more = f" and {counted(len(early) - _NAMED, 'other')}" if len(early) > _NAMED else ""
        named = f"{', '.join(early[:_NAMED])}{more}"
        notes.append(f"Pruned by a search, so the results are not those of a full training: {named}.")
    drawn = {name: draw(figure) for name, figure in figures.items()}
    vectors = {name: pdf_of(figure) for name, figure in figures.items()} if "pdf" in formats else {}
    return Report(rows, results, pairs, notes, gap, convergence, deformed, left_out, drawn, vectors)


def _figures(rows: Sequence[Row], results: pd.DataFrame, pairs: pd.DataFrame, gap: pd.DataFrame) -> dict[str, Figure]:
    figures: dict[str, Figure] = {}
    tested = [place for place, row in enumerate(rows) if len(row.tracks)]
    if tested:
        shown = results.iloc[tested].reset_index(drop=True)
        for level in ("track", "segment"):
            dots = [(100 * rows[place].accuracies[f"test/{level}/accuracy"]).tolist() for place in tested]
            name = "accuracies" if level == "track" else "accuracies_segments"
            figures[name] = accuracies_figure(shown, dict(enumerate(dots)), level)
        named = shown.assign(run=[label_of(rows[place], rows) for place in tested]).set_axis(tested)
        if (costs := _costs(named))[[*COSTS]].gt(0).any(axis=None):  # unknown of evaluations, say
            figures["cost"] = cost_figure(costs)
        diagrams = {label_of(rows[place], rows): rows[place].tracks for place in tested[:_MOST_DIAGRAMS]}
        tables = {name: reliability(*_answers(table)) for name, table in diagrams.items()}
        errors = {name: 100 * calibration_error(*_answers(table)) for name, table in diagrams.items()}
        figures["reliability"] = reliability_figure(tables, errors, len(tested))
    if len(pairs):
        figures["differences"] = forest_figure(_forest(pairs), "Pairs of rows on the same test tracks")
    if len(gap):
        figures["leak_gap"] = leak_gap_figure(gap)
    taken = {*figures, "confusion_val", "confusion_test"}  # the latter two are a run's own, in whose folder it may be
    for place in tested:
        name = label_of(rows[place], rows)
        for what, table in tested_of(rows[place]).items():
            matrix = confusion(*_answers(table), len(rows[place].genres))
            title = f"{name}\ntest {what} of {counted(len(rows[place].runs), 'run')}"
            file = _file_name(f"confusion_{'' if what == 'tracks' else f'{what}_'}{name}", taken)
            figures[file] = confusion_figure(matrix, rows[place].genres, title)
    return figures


def tested_of(row: Row) -> dict[str, pd.DataFrame]:
    """Return tables of test probabilities: "tracks" and, if these have several each, "segments"."""
    if not len(row.tracks):
        return {}
    return {"tracks": row.tracks} | ({"segments": row.segments} if len(row.segments) > len(row.tracks) else {})


def _answers(tracks: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    return probabilities_of(tracks), tracks["label"].to_numpy()


def _costs(results: pd.DataFrame) -> pd.DataFrame:
    name = "track accuracy %"
    found = results[["run", "seconds"]].assign(
        accuracy=results[name], low=results[f"{name} low"], high=results[f"{name} high"]
    )
    return found.assign(parameters=[float(str(text).partition("-")[0] or "nan") for text in results["parameters"]])


def _forest(pairs: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "label": [f"{b}\nvs. {a}" for a, b in zip(pairs["a"], pairs["b"], strict=True)],
            "difference": pairs["difference %"],
            "low": pairs["difference % low"],
            "high": pairs["difference % high"],
            "tie": pairs["verdict"] == "tie",
        }
    )


def _file_name(text: str, taken: set[str]) -> str:
    """Return a file name that is not taken, and remember it.

    Example:
        >>> taken = set()
        >>> [_file_name(text, taken) for text in ("net1 lr=0.1", "net1/lr=0.1")]
        ['net1_lr=0.1', 'net1_lr=0.1_2']
    """
    base = re.sub(r"[^\w.=-]+", "_", text)[:_LONGEST]
    name, number = base, 1
    while name in taken:
        number += 1
        name = f"{base}_{number}"
    taken.add(name)
    return name
