"""Runs under deformations of their test tracks, as `musicgenre evaluate deform=...` has measured them."""

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from musicgenre.errors import MusicGenreError
from musicgenre.runs.find import marked_folders
from musicgenre.runs.read import damaged, read_table
from musicgenre.runs.run import Run
from musicgenre.visual.forest import forest_figure

NAME = "deformations.csv"
CLEAN = "as they are"
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
        raise damaged(path, f"its column {words[0]} holds more than numbers")
    return table


def deformed_runs(root: Path, left_out: dict[Path, str]) -> pd.DataFrame:
    """Return the tables of all evaluations below a folder as one, with the run that was tested; shares are in %.

    Args:
        root: The folder.
        left_out: Gets the reason why a table could not be read, by folder.
    """
    found = []
    for folder in marked_folders(root, {NAME}):
        try:
            table = read_deformations(folder / NAME)
            run = str(Run(folder).config.get("run"))
        except MusicGenreError as error:
            left_out[folder] = str(error)
            continue
        table[list(SHARES)] *= 100
        table.insert(0, "run", run)
        found.append(table[["run", "deformation", "tracks", *SHARES]])
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()


def deformations_figure(table: pd.DataFrame, title: str) -> Figure:
    """Draw the difference that each deformation makes, with its interval.

    Args:
        table: From `deformed_runs`, or one run's with its shares in %.
        title: What is drawn.

    Example:
        >>> row = {"deformation": "noise_10", "accuracy": 40.0, "difference": -20.0, "difference_low": -30.0}
        >>> figure = deformations_figure(pd.DataFrame([row | {"difference_high": -10.0}]), "One run")
        >>> [text.get_text() for text in figure.axes[0].get_yticklabels()]
        ['noise_10: 40.0 %']
    """
    shown = table[table.deformation != CLEAN]
    labels = [f"{name}: {share:.1f} %" for name, share in zip(shown.deformation, shown.accuracy, strict=True)]
    if "run" in shown and shown.run.nunique() > 1:
        labels = [f"{Path(run).name}\n{label}" for run, label in zip(shown.run, labels, strict=True)]
    forest = pd.DataFrame({"label": labels, "difference": shown.difference.to_numpy()})
    forest["low"], forest["high"] = shown.difference_low.to_numpy(), shown.difference_high.to_numpy()
    forest["tie"] = ~((forest.low > 0) | (forest.high < 0))
    return forest_figure(forest, title, "difference in accuracy, points")
