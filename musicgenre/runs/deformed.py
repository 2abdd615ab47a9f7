"""Accuracies of runs on deformed test tracks, as measured by `musicgenre evaluate deform=...`."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from musicgenre.errors import MusicGenreError
from musicgenre.runs.labels import label_of
from musicgenre.runs.read import damaged, read_table
from musicgenre.runs.rows import Row
from musicgenre.shortened import told_apart
from musicgenre.visual.forest import forest_figure

NAME = "deformations.csv"
CLEAN = "as they are"
_WIDTH = 60  # most characters of a run's name in a figure
_MOST = 500  # most rows of a figure: pictures can hold some 1000
SHARES = ("accuracy", "low", "high", "difference", "difference_low", "difference_high")


def read_deformations(path: Path) -> pd.DataFrame:
    """Return a table of accuracies under deformations: deformation, tracks, and `SHARES`, from 0 to 1.

    Raises:
        MusicGenreError: There is no such file, or it holds no such table.
    """
    table = read_table(path)
    if missing := [name for name in ("deformation", "tracks", *SHARES) if name not in table.columns]:
        raise damaged(path, f"it lacks the column {missing[0]}")
    if words := [name for name in ("tracks", *SHARES) if table[name].dtype.kind not in "iuf"]:
        raise damaged(path, f"its column {words[0]} is not numeric")
    return table


def deformed_runs(rows: Sequence[Row], left_out: dict[Path, str]) -> pd.DataFrame:
    """Return the tables of all evaluations in a report's rows as one, named after their rows; shares are in %.

    In a row of several runs the folder follows the name: a table does not say which tracks it is of, so that those of
    several folds cannot be pooled.

    Args:
        rows: The rows of the report.
        left_out: Receives the reason why a table could not be read, by folder.
    """
    tables = []
    for row in rows:
        names = _names(row, label_of(row, rows))
        for run in row.runs:
            if not (run.folder / NAME).is_file():
                continue
            try:
                table = read_deformations(run.folder / NAME)
            except MusicGenreError as error:
                left_out[run.folder] = str(error)
                continue
            if "run" in table:  # a report's, in the folder of a run
                continue
            table[list(SHARES)] *= 100
            table.insert(0, "run", names[run.folder])
            tables.append(table[["run", "deformation", "tracks", *SHARES]])
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _names(row: Row, label: str) -> dict[Path, str]:
    """Return a name for each run of a row, by folder: the label, and the folder if there are several runs."""
    if len(row.runs) == 1:
        return {row.runs[0].folder: label}
    counts = Counter(run.folder.name for run in row.runs)
    shown = {run.folder: run.folder.name if counts[run.folder.name] == 1 else run.folder for run in row.runs}
    return {folder: f"{label} ({name})" for folder, name in shown.items()}


def deformations_figure(table: pd.DataFrame, title: str) -> Figure:
    """Draw the difference that each deformation makes, with its interval.

    Args:
        table: From `deformed_runs`, or one run's table with shares in %.
        title: Title of the figure.

    Example:
        >>> row = {"deformation": "noise_10", "accuracy": 40.0, "difference": -20.0, "difference_low": -30.0}
        >>> figure = deformations_figure(pd.DataFrame([row | {"difference_high": -10.0}]), "One run")
        >>> [text.get_text() for text in figure.axes[0].get_yticklabels()]
        ['noise_10: 40.0 %']
    """
    shown = table[table.deformation != CLEAN]
    labels = [f"{name}: {share:.1f} %" for name, share in zip(shown.deformation, shown.accuracy, strict=True)]
    if "run" in shown and shown.run.nunique() > 1:
        names = told_apart(tuple(dict.fromkeys(shown.run)), _WIDTH)
        labels = [f"{names[run]}\n{label}" for run, label in zip(shown.run, labels, strict=True)]
    forest = pd.DataFrame({"label": labels, "difference": shown.difference.to_numpy()})
    forest["low"], forest["high"] = shown.difference_low.to_numpy(), shown.difference_high.to_numpy()
    forest["tie"] = ~((forest.low > 0) | (forest.high < 0))
    return forest_figure(forest, title, "difference in accuracy, points", most=_MOST)
