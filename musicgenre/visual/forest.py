"""Forest plot: differences with their intervals, one below the other."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from musicgenre.shortened import told_apart
from musicgenre.visual.style import house_style, in_lines

_TIE, _DIFFERENT = "#717581", "#bd1f01"
_WIDTH, _TITLE = 64, 44  # characters per line of a label, and of the title, beside the longest labels
_MOST = 60  # differences in a figure that can still be read


def forest_figure(table: pd.DataFrame, title: str, xlabel: str = "difference, points", *, most: int = _MOST) -> Figure:
    """Draw a point with its interval for each difference, and a line at 0.

    Args:
        table: One row each, at least one: label (one line or two), difference, low, high (NaN: no interval), tie
            (whether it may be due to chance).
        title: What is compared.
        xlabel: Unit of the differences.
        most: Most differences to draw, from the first on; the title says so if there are more.

    Example:
        >>> table = pd.DataFrame({"label": ["SVM vs. CNN"], "difference": 3.0, "low": -1.0, "high": 7.0, "tie": True})
        >>> [text.get_text() for text in forest_figure(table, "by model").axes[0].get_yticklabels()]
        ['SVM vs. CNN']
    """
    shown = table.head(most)
    more = f", the first {most} of {len(table)}" if len(table) > most else ""
    places = np.arange(len(shown))
    in_label = [str(text).split("\n") for text in shown["label"]]
    brief = told_apart(tuple(dict.fromkeys(line for lines in in_label for line in lines)), _WIDTH)
    labels = ["\n".join(brief[line] for line in lines) for lines in in_label]
    above = in_lines(f"{title}{more}", _TITLE)
    with house_style():
        height = 1.3 + 0.13 * sum(label.count("\n") + 2 for label in labels) + 0.17 * above.count("\n")
        figure = Figure(figsize=(8.5, height), layout="constrained")
        axes = figure.add_subplot()
        axes.axvline(0, color="#999999", linewidth=1)
        for is_tie, colour, label in ((True, _TIE, "tie"), (False, _DIFFERENT, "differs")):
            rows = shown["tie"].to_numpy(bool) == is_tie
            if not rows.any():
                continue
            middle = shown["difference"].to_numpy(float)[rows]
            reach = np.abs(shown[["low", "high"]].to_numpy(float)[rows].T - middle)
            axes.errorbar(middle, places[rows], xerr=np.nan_to_num(reach), fmt="o", color=colour, markersize=4,
                          mfc="white" if is_tie else colour, elinewidth=1.2, capsize=2.5, label=label)  # fmt: skip
        axes.set_yticks(places, labels, fontsize=7)
        axes.set(title=above, xlabel=xlabel, ylim=(len(shown) - 0.4, -0.6))
        axes.tick_params(axis="y", length=0)
        axes.grid(visible=True, axis="x")
        figure.legend(loc="outside lower right", ncols=2)
    return figure
