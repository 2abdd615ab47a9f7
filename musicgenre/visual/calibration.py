"""Reliability diagrams: accuracy as a function of confidence."""

import math
from collections.abc import Mapping
from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from musicgenre.visual.style import house_style

_BAR, _EDGE = "#3f90da", "#bd1f01"
_COLUMNS = 4


def reliability_figure(tables: Mapping[str, pd.DataFrame], errors: Mapping[str, float], among: int = 0) -> Figure:
    r"""Draw a diagram for each name: accuracy over confidence, a bar per bin; on the diagonal it is calibrated.

    Args:
        tables: By name, a row per bin: low, high, count, confidence, accuracy (fractions), from `reliability`.
        errors: The expected calibration errors in %, by name.
        among: Total number, of which these are the first; 0 if these are all.

    Example:
        >>> table = pd.DataFrame({"low": [0.8], "high": [0.9], "count": [10], "confidence": [0.85], "accuracy": [0.7]})
        >>> reliability_figure({"CNN": table}, {"CNN": 15.0}).axes[0].get_title()
        'CNN\nECE 15.0 %'
    """
    columns = min(_COLUMNS, len(tables))
    rows = math.ceil(len(tables) / columns)
    with house_style():
        figure = Figure(figsize=(2.7 * columns + 0.5, 3.1 * rows + 0.4), layout="constrained")
        for place, (name, table) in enumerate(tables.items(), start=1):
            axes = figure.add_subplot(rows, columns, place)
            _draw(axes, table)
            axes.set_title(f"{fill(name, 30, max_lines=3, placeholder='...')}\nECE {errors[name]:.1f} %", fontsize=8)
        if among > len(tables):
            figure.suptitle(f"the first {len(tables)} of {among}", fontsize=9)
        figure.supxlabel("confidence, % (numbers: % of all answers)", fontsize=9)
        figure.supylabel("accuracy, %", fontsize=9)
    return figure


def _draw(axes: Axes, table: pd.DataFrame) -> None:
    width = 100 * (table["high"] - table["low"])
    share = table["count"] / table["count"].sum()
    axes.plot([0, 100], [0, 100], color="#999999", linewidth=1)
    axes.bar(100 * table["low"], 100 * table["accuracy"], width, align="edge", color=_BAR, edgecolor="white")
    axes.plot(100 * table["confidence"], 100 * table["accuracy"], ".", color=_EDGE, markersize=4)
    for low, wide, accuracy, part in zip(table["low"], width, table["accuracy"], share, strict=True):
        if part >= 0.01:
            axes.text(100 * low + wide / 2, min(100 * accuracy + 2, 93), f"{100 * part:.0f}", ha="center", fontsize=6)
    axes.set(xlim=(0, 100), ylim=(0, 100), box_aspect=1)
    axes.set_xticks(np.arange(0, 101, 25))
    axes.set_yticks(np.arange(0, 101, 25))
