"""How well each genre is recognised: the confusion matrix; precision, recall and F1 as points."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from musicgenre.visual.style import genre_labels, house_style, in_lines

_WIDE = 1000  # a count that needs smaller type
_LETTERS = 10  # of a title, per inch
_SHORT = 9  # characters of a genre's name that need no extra room
# Shape, colour, size: all are visible where values are equal.
MARKS = {"precision": (">", "#3f90da", 8), "recall": ("<", "#e76300", 8), "f1": ("D", "#222222", 3.5)}


def confusion_figure(matrix: NDArray[np.integer], genres: Sequence[str], title: str) -> Figure:
    """Draw how often each true genre was predicted as each genre.

    A cell's colour is its share of the row, so that the diagonal shows recall; its text is the count.

    Args:
        matrix: Counts (K, K), true genres in rows, predicted ones in columns.
        genres: The K genres' names.
        title: What was predicted, such as "test, tracks".

    Example:
        >>> figure = confusion_figure(np.array([[9, 1], [3, 7]]), ["jazz", "rock"], "test, tracks")
        >>> [text.get_text() for text in figure.axes[0].texts]
        ['9', '1', '3', '7']
    """
    totals = matrix.sum(axis=1, keepdims=True)
    shares = matrix / np.maximum(totals, 1)  # a genre without examples has a blank row
    labels = genre_labels(genres)
    side = max(2.6, 1.6 + 0.32 * len(genres))  # inches
    room = 0.06 * max(0, max(map(len, labels)) - _SHORT)
    with house_style():
        figure = Figure(figsize=(side + 0.8 + room, side + room), layout="constrained")
        axes = figure.add_subplot()
        image = axes.imshow(100 * shares, cmap="Blues", vmin=0, vmax=100)
        axes.set_xticks(range(len(genres)), labels, rotation=45, ha="right", rotation_mode="anchor")
        axes.set_yticks(range(len(genres)), labels)
        axes.set(xlabel="predicted genre", ylabel="true genre", title=in_lines(title, int(_LETTERS * side)))
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        _write_counts(axes, matrix, shares)
        figure.colorbar(image, ax=axes, label="% of the true genre", shrink=0.8)
    return figure


def _write_counts(axes: Axes, matrix: NDArray[np.integer], shares: NDArray[np.floating]) -> None:
    size = 8 if matrix.max(initial=0) < _WIDE else 6
    for (row, column), count in np.ndenumerate(matrix):
        colour = "white" if shares[row, column] > 0.5 else "black" if count else "#bbbbbb"
        axes.text(column, row, f"{count}", ha="center", va="center", color=colour, fontsize=size)


def genres_figure(table: pd.DataFrame, title: str) -> Figure:
    """Draw precision, recall and F1 in %, a row per genre, a marker per metric; a genre without examples has a dash.

    Args:
        table: One row per genre with columns genre, precision, recall, f1 (0 to 1) and support.
        title: What was predicted, such as "test, tracks".

    Example:
        >>> table = pd.DataFrame({"genre": ["jazz"], "precision": [0.8], "recall": [0.5], "f1": [0.6], "support": [20]})
        >>> [float(line.get_xdata()[0]) for line in genres_figure(table, "test, tracks").axes[0].lines]
        [80.0, 50.0, 60.0]
    """
    names = genre_labels(table["genre"].tolist())
    labels = [f"{genre} ({support})" for genre, support in zip(names, table["support"], strict=True)]
    places = np.arange(len(table))
    with house_style():
        figure = Figure(figsize=(5.5, 1.4 + 0.28 * len(table)), layout="constrained")
        axes = figure.add_subplot()
        spread = table[["precision", "recall", "f1"]].agg(["min", "max"], axis=1)
        axes.hlines(places, 100 * spread["min"], 100 * spread["max"], color="#bbbbbb", linewidth=1, zorder=1)
        for metric, (marker, colour, size) in MARKS.items():
            label = metric.replace("f1", "F1")
            axes.plot(
                100 * table[metric],
                places,
                marker,
                color=colour,
                label=label,
                markersize=size,
                alpha=0.9,
                clip_on=False,
            )
        for index in np.flatnonzero(table["support"] == 0):
            axes.text(1, float(index), "-", va="center")
        axes.set_yticks(places, labels)
        axes.tick_params(axis="y", length=0)
        axes.set(title=title, xlim=(-3, 103), ylim=(len(table) - 0.4, -0.6), xlabel="%", ylabel="genre (examples)")
        axes.grid(visible=True)
        figure.legend(loc="outside lower center", ncols=3, handletextpad=0.1)
    return figure
