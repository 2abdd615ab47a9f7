"""All runs below a folder, side by side: tables of all rows, figures, and a page with everything."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import classification_report

from musicgenre.cells import csv_text
from musicgenre.errors import MusicGenreError
from musicgenre.evaluation.metrics import genres_of, probabilities_of
from musicgenre.files import expanded, replace_text
from musicgenre.runs.comparisons import COLUMNS as PAIRS
from musicgenre.runs.deformed import deformed_runs
from musicgenre.runs.find import Runs, survey
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.identity import REPEATED
from musicgenre.runs.labels import label_of
from musicgenre.runs.ledger import COLUMNS as LEDGER
from musicgenre.runs.ledger import KEPT, kept_table, ledger, refuse_other_table
from musicgenre.runs.measured import keep_runs
from musicgenre.runs.repeats import without_copies
from musicgenre.runs.report_build import Report, build_report, tested_of
from musicgenre.runs.report_latex import latex_tables
from musicgenre.runs.report_page import report_page
from musicgenre.runs.report_text import (
    COLUMNS,
    PAIRS_SAID,
    SYSTEMS,
    cells,
    explained,
    gap_tables,
    markdown,
    pair_cells,
    plain_cells,
    screen_tables,
    system_cells,
    versus,
)
from musicgenre.runs.rows import Row, check_predictions, rows_of
from musicgenre.runs.settings import check_over
from musicgenre.transcript import console
from musicgenre.visual.render import check_formats
from musicgenre.words import counted

_PAGE = "report.html"
_KEPT = {"kept.csv": (KEPT, kept_table), "reproduction.csv": (LEDGER, ledger)}  # tables of measured/


def report(
    runs: str | Path,
    folder: str | Path,
    *,
    over: Sequence[str] = REPEATED,
    audio: str | Path | None = None,
    keep: str | Path | None = None,
    formats: Sequence[str] = ("png",),
) -> pd.DataFrame:
    """Write tables, figures and a page about all runs below a folder, only from what the runs kept, and print tables.

    Runs that differ only in the keys of `over`, by default the seed and the fold, are one row. Rows are grouped by data
    and split and sorted by validation accuracy; rows on the same test tracks are compared. Runs that are unfinished or
    damaged are listed but not counted.

    Args:
        runs: A folder with run folders anywhere below it, from any number of sweeps.
        folder: Output folder for results.csv, .md and .tex, runs.csv, comparisons.csv and more, figures/ and
            report.html.
        over: Keys to average over.
        audio: A folder of genre folders, with the tracks that the page plays; None for the runs' own data.
        keep: Output folder for every row's test probabilities as measured/NAME.npz, for kept.csv, the figures of
            everything in measured/, and for reproduction.csv, the ledger of published systems over it; None for none.
        formats: Formats of the figures: "png", "pdf" or both.

    Returns:
        The table of results.csv.

    Raises:
        MusicGenreError: No run can be read, or `over` is not a list of keys or has one that no run has, or `keep` holds
            another kept.csv or reproduction.csv, or a format is unknown.
    """
    check_formats(formats)
    if isinstance(over, str) or not all(over):
        raise MusicGenreError(f"over is {over!r}: give a list of keys, such as over=[seed,split.fold].")
    below, written = expanded(runs), RunFolder(expanded(folder))
    heard, kept = (None if path is None else expanded(path) for path in (audio, keep))
    if kept is not None:
        for name, (columns, _) in _KEPT.items():
            refuse_other_table(kept / name, columns)
    whole, rows, left_out = _read(below, over)
    made = build_report(rows, left_out, deformed_runs(rows, left_out), over, formats)
    written.write_table("runs.csv", whole.frame)
    _write_tables(made, written)
    for name, pixels in made.figures.items() if "png" in formats else ():
        written.write_figure(name, pixels)
    for name, content in made.vectors.items():
        written.write_pdf(name, content)
    replace_text(written.path / _PAGE, report_page(made, below, heard))
    if kept is not None:
        _keep(rows, kept)
    _show(made, written)
    return made.results


def _read(below: Path, over: Sequence[str]) -> tuple[Runs, list[Row], dict[Path, str]]:
    """Return the runs below a folder, as they are and in rows, and why others are left out, by folder."""
    found, left_out = survey(below, check_predictions)
    found, copies = without_copies(found)
    whole = [run for run, _ in found]
    check_over(whole, over)
    return Runs(whole), rows_of(whole, [table for _, table in found], over), left_out | copies


def _keep(rows: Sequence[Row], folder: Path) -> None:
    keep_runs(rows, folder / "measured")
    for name, (_, made_of) in _KEPT.items():
        replace_text(folder / name, csv_text(made_of(folder / "measured")))


def _write_tables(report: Report, folder: RunFolder) -> None:
    folder.write_table("results.csv", report.results)
    folder.write_table("comparisons.csv", report.pairs)
    if len(report.gap):
        folder.write_table("leak_gap.csv", report.gap)
    if len(report.convergence):
        folder.write_table("convergence.csv", report.convergence)
    if len(report.deformed):
        folder.write_table("deformations.csv", report.deformed)
    left_out = [(str(path), reason) for path, reason in report.left_out.items()]
    folder.write_table("left_out.csv", pd.DataFrame(left_out, columns=["folder", "reason"]))
    replace_text(folder.path / "results.md", _markdown(report))
    replace_text(folder.path / "results.tex", latex_tables(report.results, report.pairs, report.notes))
    texts = [
        f"{label_of(row, report.rows)}: test {what} of {counted(len(row.runs), 'run')}\n\n{_genre_report(table)}"
        for row in report.rows
        for what, table in tested_of(row).items()
    ]
    replace_text(folder.path / "classification_reports.txt", "\n\n".join(texts) + "\n")


def _genre_report(predictions: pd.DataFrame) -> str:
    """Return scikit-learn's classification report over the genres that have examples, always with the accuracy."""
    labels, answers = predictions["label"].to_numpy(), probabilities_of(predictions).argmax(axis=1)
    there, genres = np.unique(labels), genres_of(predictions)
    names = [genres[label] for label in there]
    text = str(classification_report(labels, answers, labels=there, target_names=names, zero_division=0, digits=3))
    accuracy = "" if np.isin(answers, there).all() else f"\naccuracy {(labels == answers).mean():.3f}\n"
    return text + accuracy  # which it leaves out if a genre without examples is among the answers


def _markdown(report: Report) -> str:
    parts = []
    for (data, split), rows in report.results.groupby(["data", "split"], sort=False):
        parts += [f"## {data}, {split}", markdown(COLUMNS, [cells(row) for _, row in rows.iterrows()])]
    parts += [*versus(report.results, "vs. first"), *report.notes]
    if systems := system_cells(report.results):
        parts += ["## Published systems", markdown(SYSTEMS, systems)]
    if len(report.pairs):
        parts += ["## Same test tracks", PAIRS_SAID, markdown(PAIRS, pair_cells(report.pairs))]
    for title, table in report.more.items():
        parts += [f"## {title}", markdown(list(table.columns), plain_cells(table))]
    if report.left_out:
        parts += ["## Not counted", "\n".join(f"- `{path}`: {reason}" for path, reason in report.left_out.items())]
    return "\n\n".join(parts) + "\n"


def _show(report: Report, folder: RunFolder) -> None:
    screen = console()
    for table in [*screen_tables(report.results), *gap_tables(report.gap)]:
        screen.print(table)
    for note in [*explained(report.results), *report.notes]:
        screen.print(note, highlight=False, markup=False)
    if report.left_out:
        screen.print(f"{counted(len(report.left_out), 'folder')} not counted: see left_out.csv", highlight=False)
    screen.print(f"Report: {folder.path / _PAGE}", soft_wrap=True, highlight=False, markup=False)
