"""How well each genre is recognised: the confusion matrix; precision, recall and F1 as bars."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from musicgenre.visual.style import genre_colour, house_style

STRENGTH = {"precision": 0.35, "recall": 0.65, "f1": 1.0}  # the genre says the colour, the metric how strong
WIDTH = 0.27  # of one bar; three stand side by side


def confusion_figure(matrix: NDArray[np.integer], genres: Sequence[str], title: str) -> Figure:
    """Draw how often each true genre was taken for each genre.

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
    shares = matrix / np.maximum(totals, 1)  # a genre with no example has a blank row
    side = 2.0 + 0.5 * len(genres)  # inches
    with house_style():
        figure = Figure(figsize=(side + 0.8, side), layout="constrained")
        axes = figure.add_subplot()
        image = axes.imshow(100 * shares, cmap="Blues", vmin=0, vmax=100)
        axes.set_xticks(range(len(genres)), genres, rotation=45, ha="right", rotation_mode="anchor")
        axes.set_yticks(range(len(genres)), genres)
        axes.set(xlabel="predicted genre", ylabel="true genre", title=title)
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        _write_counts(axes, matrix, shares)
        figure.colorbar(image, ax=axes, label="% of the true genre", shrink=0.8)
    return figure


def _write_counts(axes: Axes, matrix: NDArray[np.integer], shares: NDArray[np.floating]) -> None:
    for (row, column), count in np.ndenumerate(matrix):
        colour = "white" if shares[row, column] > 0.5 else "black" if count else "#bbbbbb"
        axes.text(column, row, f"{count}", ha="center", va="center", color=colour, fontsize=8)


def genres_figure(table: pd.DataFrame, title: str) -> Figure:
    """Draw three bars a genre, in %; a genre without an example has a dash.

    Args:
        table: One row a genre with columns genre, precision, recall, f1 (0 to 1) and support.
        title: What was predicted, such as "test, tracks".

    Example:
        >>> table = pd.DataFrame({"genre": ["jazz"], "precision": [0.8], "recall": [0.5], "f1": [0.6], "support": [20]})
        >>> [round(float(bar.get_height()), 2) for bar in genres_figure(table, "test, tracks").axes[0].patches]
        [80.0, 50.0, 60.0]
    """
    labels = [f"{genre}\n({support})" for genre, support in zip(table["genre"], table["support"], strict=True)]
    with house_style():
        figure = Figure(figsize=(1.5 + 0.75 * len(table), 3.4), layout="constrained")
        axes = figure.add_subplot()
        for offset, (metric, strength) in enumerate(STRENGTH.items(), start=-1):
            places = [index + offset * WIDTH for index in range(len(table))]
            shades = [_on_white(genre_colour(genre), strength) for genre in table["genre"]]
            axes.bar(places, 100 * table[metric], WIDTH, color=shades, label=metric)
        for index in np.flatnonzero(table["support"] == 0):
            axes.text(float(index), 1, "-", ha="center")
        axes.set_xticks(range(len(table)), labels)
        axes.tick_params(axis="x", length=0)
        axes.set(title=title, ylim=(0, 100), ylabel="%", xlabel="genre (examples)")
        axes.grid(visible=True, axis="y")
        handles = [
            Patch(color=_on_white("black", strength), label=metric.replace("f1", "F1"))
            for metric, strength in STRENGTH.items()
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=3)
    return figure


def _on_white(colour: str, strength: float) -> tuple[float, float, float]:
    """Return the colour as it looks on white at this opacity, without the grid shining through."""
    red, green, blue = (1 - strength * (1 - value) for value in to_rgb(colour))
    return red, green, blue
