"""Figures of a search: its history, and the importance of its keys."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from musicgenre.visual.style import house_style


def history_figure(values: Sequence[float | None], last: Sequence[float | None], monitored: str, best: str) -> Figure:
    """Draw each job's value, and the best so far.

    Args:
        values: Value of each job, in order; None if it was pruned or failed.
        last: The last value that each pruned job reported; None for others.
        monitored: Name of the values.
        best: "min" or "max".

    Example:
        >>> figure = history_figure([0.9, None, 0.7], [None, 1.5, None], "val/segment/loss", "min")
        >>> figure.axes[0].lines[0].get_ydata().tolist()
        [0.9, 0.9, 0.7]
    """
    found = np.array([np.nan if value is None else value for value in values])
    pruned = np.array([np.nan if value is None else value for value in last])
    jobs = np.arange(1, len(found) + 1)
    so_far = (np.fmin if best == "min" else np.fmax).accumulate(found)
    with house_style():
        figure = Figure(figsize=(5.0, 3.4), layout="constrained")
        axes = figure.subplots()
        axes.step(jobs, so_far, where="post", color="#717581", label="best so far")
        axes.plot(jobs, found, "o", color="#3f90da", label="complete")
        if not np.isnan(pruned).all():
            axes.plot(jobs, pruned, "x", color="#bd1f01", label="pruned (last value)")
        axes.set(xlabel="job", ylabel=monitored)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(visible=True, axis="y")
        axes.legend()
    return figure


def importances_figure(shares: Mapping[str, float]) -> Figure:
    """Draw the share of the variance between jobs that each key explains (%).

    Example:
        >>> bars = importances_figure({"optimizer.lr": 0.9, "batch_size": 0.1}).axes[0].patches
        >>> [round(bar.get_width()) for bar in bars]
        [90, 10]
    """
    with house_style():
        figure = Figure(figsize=(5.0, 1.2 + 0.3 * len(shares)), layout="constrained")
        axes = figure.subplots()
        bars = axes.barh(list(shares), [100 * share for share in shares.values()], color="#3f90da", height=0.6)
        axes.bar_label(bars, fmt="%.0f", padding=3)
        axes.invert_yaxis()
        axes.set(xlabel="share of the variance between jobs (%)", xlim=(0, 110))
    return figure
