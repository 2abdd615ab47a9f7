"""Genre over time: a classifier's probabilities throughout a recording."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter
from numpy.typing import NDArray

from musicgenre.visual.style import genre_colours, genre_labels, house_style, in_lines

_REST = 0.1  # s; a shorter rest of a recording is not shown
_PALE = 0.45  # opacity of a doubtful answer
_DOUBTS = {
    "unsure": "\nunsure: no genre is likelier than all others together",
    "unlike": "\nunlike the training music",
}
_LETTER, _LINE = 0.02, 0.1  # shares of the axes taken by a letter and a line of text
_ENTRY = 0.145  # inches: height of a name in the legend
_SIGNS = 53  # per line of a title, above axes that leave room for a legend
_MINUTE = 120.0  # s; longer recordings are labelled in minutes


def timeline_figure(timeline: pd.DataFrame, title: str, *, doubt: str = "", seconds: float | None = None) -> Figure:
    """Draw each genre's probability as a band, stacked to 1; silence is left blank.

    Args:
        timeline: Index time (s), one column per genre, NaN in silence; a row holds until the next one's time.
        title: Title, such as the file's name.
        doubt: "unsure" or "unlike" if the answer is; it is added to the title, and the bands are paler.
        seconds: Length of the recording in s; the rest after the last segment is hatched.

    Example:
        >>> timeline = pd.DataFrame({"rock": [0.1, 0.4, 0.4], "jazz": [0.9, 0.6, 0.6]}, index=[0.0, 3.0, 6.0])
        >>> [text.get_text() for text in timeline_figure(timeline, "a.wav").axes[0].get_legend().get_texts()]
        ['rock', 'jazz']
    """
    colours = genre_colours(timeline.columns)
    order = list(timeline.mean().sort_values(ascending=False, kind="stable").index)
    with house_style():
        height = max(2.6, 0.6 + _ENTRY * len(order))
        figure = Figure(figsize=(5.4, height), layout="constrained")
        axes = figure.add_subplot()
        shares = timeline[order].to_numpy()[:-1]  # (N, K)
        edges, tops = timeline.index.to_numpy(), shares.cumsum(axis=1)
        bands: list[Patch] = [
            axes.stairs(top, edges, baseline=bottom, fill=True, color=colours[genre], ec="white", lw=0.4)
            for genre, top, bottom in zip(order, tops.T, (tops - shares).T, strict=True)
        ]
        if doubt:
            for band in bands:
                band.set_alpha(_PALE)
        axes.set_title(in_lines(f"{title}{_DOUBTS.get(doubt, '')}", _SIGNS))
        _name_the_leading(axes, order, edges, shares)
        heard = float(timeline.index[-1])
        end = max(heard, seconds or 0.0)
        names = genre_labels(order)
        if end - heard > _REST:
            rest = axes.axvspan(heard, end, facecolor="none", edgecolor="#777777", hatch="///", linewidth=0)
            bands.append(rest)
            names.append("not heard")
        axes.set(ylim=(0, 1), xlim=(0, end), ylabel="probability")
        axes.yaxis.set_major_formatter(PercentFormatter(1))
        _label_time(axes, end)
        axes.legend(bands, names, loc="center left", bbox_to_anchor=(1.0, 0.5), labelspacing=0.25, reverse=True)
    return figure


def _name_the_leading(
    axes: Axes, order: Sequence[str], edges: NDArray[np.floating], shares: NDArray[np.floating]
) -> None:
    """Write a genre's name into its band where it leads for long enough: not everybody can distinguish the colours."""
    leads = np.where(np.isnan(shares).any(axis=1), -1, np.nan_to_num(shares).argmax(axis=1))
    stretches = np.split(np.arange(len(leads)), np.flatnonzero(np.diff(leads)) + 1)
    for rows in stretches:
        genre, (begin, end) = int(leads[rows[0]]), (edges[rows[0]], edges[rows[-1] + 1])
        if genre < 0 or end - begin < _LETTER * len(order[genre]) * edges[-1]:
            continue
        lengths = np.diff(edges)[rows]
        below, above = (np.average(shares[rows, :upto].sum(axis=1), weights=lengths) for upto in (genre, genre + 1))
        if above - below >= _LINE:
            text = axes.text((begin + end) / 2, (below + above) / 2, order[genre], ha="center", va="center", fontsize=7)
            text.set_path_effects([withStroke(linewidth=2, foreground="white")])


def _label_time(axes: Axes, seconds: float) -> None:
    if seconds < _MINUTE:
        axes.set_xlabel("time (s)")
        return
    axes.set_xlabel("time (min:s)")
    axes.xaxis.set_major_locator(MaxNLocator(nbins=8, steps=[1, 1.5, 3, 6, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{int(value) // 60}:{int(value) % 60:02}"))
