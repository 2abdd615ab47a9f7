"""How fast rows converge: validation curves, best epochs, and epochs to given accuracies."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from musicgenre.errors import MusicGenreError
from musicgenre.runs.labels import label_of
from musicgenre.runs.rows import Row
from musicgenre.runs.run import Run

MARKS = (50, 60, 70, 80, 90)  # validation accuracies in % up to which epochs are counted
ALMOST = 0.95  # share of the last epoch's validation accuracy up to which epochs and seconds are counted
LEVELS = ("track", "segment")  # the first one that the runs logged is shown


def curve_of(run: Run, level: str) -> pd.DataFrame | None:
    """Return a run's validation curve: epoch (from 1), loss, accuracy (a share), seconds; None if it kept none.

    The seconds are the fitting time up to the epoch's end, as if all epochs took the same time; NaN if not recorded.

    Args:
        run: Any run.
        level: "track" or "segment", for the accuracy; the loss is always that of segments.
    """
    try:
        history = run.history
    except MusicGenreError:
        return None
    columns = {"val/segment/loss": "loss", f"val/{level}/accuracy": "accuracy"}
    if not set(columns) <= set(history.columns):
        return None
    by_epoch = history.groupby("epoch")[list(columns)].last().rename(columns=columns).dropna()
    if not len(by_epoch):
        return None
    curve = by_epoch.reset_index().assign(epoch=lambda table: table["epoch"].astype(int) + 1)
    told = (run.metrics.get(name) for name in ("fit_seconds", "epochs"))
    total, epochs = (value if isinstance(value, int | float) and value > 0 else np.nan for value in told)
    return curve.assign(seconds=curve["epoch"] * total / epochs)


def curves_of(rows: Sequence[Row]) -> tuple[dict[str, list[pd.DataFrame]], str]:
    """Return the curves of each row's runs by row label, and their level; empty if no run kept any."""
    for level in LEVELS:
        every = [[curve for run in row.runs if (curve := curve_of(run, level)) is not None] for row in rows]
        found = {label_of(row, rows): curves for row, curves in zip(rows, every, strict=True) if curves}
        if found:
            return found, level
    return {}, LEVELS[0]


def convergence_table(curves: dict[str, list[pd.DataFrame]]) -> pd.DataFrame:
    """Return how many epochs runs take to converge.

    Args:
        curves: From `curves_of`: epoch, loss, accuracy and seconds.

    Returns:
        One row per label: run, runs, best epoch (with the lowest validation loss; mean), best loss (mean),
        highest accuracy % (of any epoch; mean), `to N %` (mean of the first epochs to reach N %; NaN unless all do)
        and `runs to N %` (how many do); `epochs to 95 % of last accuracy`, `seconds to 95 % of last accuracy` (means).

    Example:
        >>> run = pd.DataFrame({"epoch": [1, 2, 3], "loss": [2.0, 1.0, 1.5], "accuracy": [0.3, 0.58, 0.6]})
        >>> table = convergence_table({"adam": [run.assign(seconds=[5.0, 10.0, 15.0])]})
        >>> table[["best epoch", "to 50 %", "to 60 %", "seconds to 95 % of last accuracy"]].values.tolist()
        [[2.0, 2.0, 3.0, 10.0]]
    """
    rows = []
    for label, runs in curves.items():
        best = [run.sort_values("loss", kind="stable").iloc[0] for run in runs]
        row: dict[str, float | str] = {"run": label, "runs": len(runs)}
        row |= {"best epoch": float(np.mean([each["epoch"] for each in best]))}
        row |= {"best loss": float(np.mean([each["loss"] for each in best]))}
        row |= {"highest accuracy %": float(np.mean([100 * run["accuracy"].max() for run in runs]))}
        for mark in MARKS:
            first = [reached.iloc[0] for run in runs if len(reached := run["epoch"][run["accuracy"] >= mark / 100])]
            row[f"to {mark} %"] = float(np.mean(first)) if len(first) == len(runs) else np.nan
            row[f"runs to {mark} %"] = len(first)
        almost = [run.loc[(run["accuracy"] >= ALMOST * run["accuracy"].iloc[-1]).idxmax()] for run in runs]
        row["epochs to 95 % of last accuracy"] = float(np.mean([each["epoch"] for each in almost]))
        row["seconds to 95 % of last accuracy"] = float(np.mean([each["seconds"] for each in almost]))
        rows.append(row)
    return pd.DataFrame(rows)
