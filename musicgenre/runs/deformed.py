"""Accuracies of runs on deformed test tracks, as measured by `musicgenre evaluate deform=...`."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from musicgenre.errors import MusicGenreError
from musicgenre.files import expanded
from musicgenre.runs.find import marked_folders
from musicgenre.runs.labels import label_of
from musicgenre.runs.read import damaged, read_table
from musicgenre.runs.rows import Row
from musicgenre.runs.run import Run
from musicgenre.shortened import told_apart
from musicgenre.visual.forest import forest_figure

NAME = "deformations.csv"
CLEAN = "as they are"
_WIDTH = 60  # most characters of a run's name in a figure
_MOST = 500  # most rows of a figure: pictures can hold some 1000
_ANY = re.compile(r".*", re.DOTALL)
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


def deformed_runs(root: Path, left_out: dict[Path, str], rows: Sequence[Row] = ()) -> pd.DataFrame:
    """Return the tables of all evaluations below a folder as one, with the run that was tested; shares are in %.

    A run is named after its row, or else by its path. Several evaluations of one run add the data to its name, and
    the folder if the data is the same too. Tables in folders that are not runs, such as a report's, are skipped.

    Args:
        root: The folder.
        left_out: Receives the reason why a table could not be read, by folder.
        rows: The rows of the report.
    """
    tables, about, called = [], [], _by_folder(rows)
    for folder in marked_folders(root, {NAME}, _ANY):
        run = Run(folder)
        reports = run.files.written_by() == "report"
        if reports or (not run.files.config_yaml.is_file() and not run.is_finished):
            continue
        try:
            table = read_deformations(folder / NAME)
            if "run" in table:  # a report's, in the folder of a run
                continue
            about.append((_called(str(run.config.get("run")), called), f" on {run.data}", f" ({folder})"))
        except MusicGenreError as error:
            left_out[folder] = str(error)
            continue
        table[list(SHARES)] *= 100
        tables.append(table[["deformation", "tracks", *SHARES]])
    for table, name in zip(tables, _names(about), strict=True):
        table.insert(0, "run", name)
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _by_folder(rows: Sequence[Row]) -> dict[Path, str]:
    """Return the names of the rows' runs by folder: the row's label, with the folder's name if it has several runs."""
    return {
        run.folder.resolve(): label_of(row, rows) + (f" ({run.folder.name})" if len(row.runs) > 1 else "")
        for row in rows
        for run in row.runs
    }


def _called(run: str, names: Mapping[Path, str]) -> str:
    """Return the name of a run that was tested, with that of the checkpoint if only one of its checkpoints was."""
    path = expanded(run).resolve()
    if path in names:
        return names[path]
    above = path.parent.parent
    return f"{names[above]}, {path.name}" if path.is_file() and above in names else run


def _names(about: Sequence[tuple[str, str, str]]) -> list[str]:
    """Return a name for each evaluation: its run, and whatever else tells it from others.

    Example:
        >>> _names([("net", " on tapes", " (a)"), ("net", " on discs", " (b)"), ("svm", " on discs", " (c)")])
        ['net on tapes', 'net on discs', 'svm']
    """
    names = [run for run, *_ in about]
    for place in (1, 2):
        counts = Counter(names)
        names = [name + more[place] * (counts[name] > 1) for name, more in zip(names, about, strict=True)]
    return names


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
