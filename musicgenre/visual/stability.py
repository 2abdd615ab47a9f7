"""Comparison of front ends in short floating-point formats."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from musicgenre.visual.style import house_style

_COLOURS = ("#3f90da", "#e76300", "#832db6")  # one per front end
_PANELS = {
    "feature_error": "largest relative error of a power",
    "gradient_error": "largest relative error of a gradient",
    "bad_features": "levels that are not finite (%)",
    "bad_steps": "training steps that fail (%)",
}
_SHARES = ("bad_features", "bad_steps")


def stability_figure(table: pd.DataFrame) -> Figure:
    """Draw errors and failures of each front end in each format; errors are on a logarithmic scale.

    Args:
        table: See `musicgenre.explore.stability.stability_table`; an infinite error has a label instead of a bar.

    Example:
        >>> row = {"front_end": "log-mel", "format": "float16", "feature_error": 0.1, "gradient_error": np.inf}
        >>> figure = stability_figure(pd.DataFrame([row | {"bad_features": 0.0, "bad_steps": 0.5}]))
        >>> [axes.get_title() for axes in figure.axes][2:]
        ['levels that are not finite (%)', 'training steps that fail (%)']
    """
    with house_style():
        figure = Figure(figsize=(8.4, 5.2), layout="constrained")
        for axes, (column, title) in zip(figure.subplots(2, 2).flat, _PANELS.items(), strict=True):
            _bars(axes, table, column)
            axes.set_title(title)
        handles, labels = figure.axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=len(labels))
    return figure


def _bars(axes: Axes, table: pd.DataFrame, column: str) -> None:
    formats, names = list(dict.fromkeys(table.format)), list(dict.fromkeys(table.front_end))
    width = 0.8 / len(names)
    finite = table[column][np.isfinite(table[column]) & (table[column] > 0)]
    if column in _SHARES:
        axes.set_ylim(0, 110)
    elif len(finite):
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_minor_formatter(NullFormatter())
        axes.set_ylim(finite.min() / 3, max(1.0, finite.max() * 3))
    for number, name in enumerate(names):
        values = table[table.front_end == name].set_index("format")[column].reindex(formats).to_numpy(dtype=float)
        shown = 100 * values if column in _SHARES else values
        at = np.arange(len(formats)) + (number - (len(names) - 1) / 2) * width
        heights = np.where(np.isfinite(shown), shown, 0)
        axes.bar(at, heights, width=width, label=name, color=_COLOURS[number % len(_COLOURS)])
        for x, value in zip(at, shown, strict=True):
            if not np.isfinite(value):
                above = axes.get_xaxis_transform()
                axes.text(x, 0.03, "not finite", transform=above, rotation=90, fontsize=7, ha="center")
            elif column in _SHARES and value > 0:
                axes.annotate(f"{value:.3g}", (x, value), (0, 2), ha="center", fontsize=7, textcoords="offset points")
    axes.set_xticks(range(len(formats)), formats)
    axes.grid(visible=True, axis="y")
