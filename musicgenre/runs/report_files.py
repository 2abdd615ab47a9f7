"""The files of a report: tables over all runs, and what their test tracks come to when equal runs are pooled."""

import logging
import re

import pandas as pd
from rich.console import Console

from musicgenre.evaluation.metrics import confusion, genres_of, probabilities_of, track_probabilities
from musicgenre.evaluation.summary import genre_report, summarise
from musicgenre.files import replace_text
from musicgenre.runs.find import Runs, readable
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.run import Run
from musicgenre.visual.accuracies import accuracies_figure
from musicgenre.visual.confusion import confusion_figure
from musicgenre.visual.render import Pixels, draw
from musicgenre.visual.tables import report_table

log = logging.getLogger(__name__)

_ABOUT = ["data", "split", "seed"]  # columns that are no metrics
_LONGEST = 120  # characters of a figure's name: file systems take some 250 bytes


def write_report(runs: Runs, folder: RunFolder) -> pd.DataFrame:
    """Write runs.csv, report.csv, classification_reports.txt and figures; print the table of equal runs.

    Args:
        runs: One or more; those whose predictions are damaged are named in the log and left out.
        folder: Gets the files.

    Returns:
        The table of report.csv: one row for all runs of one name.

    Raises:
        MusicGenreError: No run's predictions can be read.
    """
    tested = readable(runs, _tested)
    whole = Runs(run for run, _ in tested)
    summary = summarise(whole.frame.drop(columns=_ABOUT))
    folder.write_table("runs.csv", whole.frame)
    folder.write_table("report.csv", summary)
    folder.write_figure("accuracies", draw(accuracies_figure(whole.frame, summary)))
    texts, taken = [], {"accuracies"}
    for name, count in zip(summary.run, summary.runs, strict=True):
        tables = [table for (_, table), label in zip(tested, whole.labels, strict=True) if label == name]
        if len(pooled := _pooled(tables, name)):
            texts.append(f"{name}: test tracks of {count} runs\n\n{genre_report(pooled)}")
            folder.write_figure(_file_name(f"confusion_{name}", taken), _confusion(pooled, name))
    replace_text(folder.path / "classification_reports.txt", "\n\n".join(texts) + "\n")
    console = Console()
    console.print(report_table(summary))
    console.print(f"Report: {folder.path}", soft_wrap=True, highlight=False, markup=False)
    return summary


def _tested(run: Run) -> pd.DataFrame:
    """Return a run's test tracks."""
    return track_probabilities(run.predictions[run.predictions.split == "test"])


def _pooled(tables: list[pd.DataFrame], name: str) -> pd.DataFrame:
    """Return several runs' test tracks, one table below the other; none where the runs know different genres."""
    if len({tuple(genres_of(table)) for table in tables}) > 1:
        log.warning("%s: the runs know different genres, and their test tracks are not pooled.", name)
        return pd.DataFrame()
    return pd.concat(tables, ignore_index=True)


def _confusion(tested: pd.DataFrame, name: str) -> Pixels:
    genres = genres_of(tested)
    matrix = confusion(probabilities_of(tested), tested.label.to_numpy(), len(genres))
    return draw(confusion_figure(matrix, genres, f"{name}\ntest tracks"))


def _file_name(text: str, taken: set[str]) -> str:
    """Return a name for a file that no other has, and remember it.

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
