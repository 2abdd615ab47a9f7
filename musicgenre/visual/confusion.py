"""Confusion matrix as a picture."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from musicgenre.visual.style import house_style


def confusion_figure(matrix: NDArray[np.integer], genres: Sequence[str], title: str) -> Figure:
    """Draw how often each true genre was taken for each genre.

    A cell's colour is its share of the row, so that the diagonal shows recall; its text is the count.

    Args:
        matrix: counts (K, K), true genres in rows, predicted ones in columns.
        genres: the K genres' names.
        title: what was predicted, such as "test, tracks".

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
        image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        axes.set_xticks(range(len(genres)), genres, rotation=45, ha="right", rotation_mode="anchor")
        axes.set_yticks(range(len(genres)), genres)
        axes.set(xlabel="predicted genre", ylabel="true genre", title=title)
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        _write_counts(axes, matrix, shares)
        figure.colorbar(image, ax=axes, label="share of the true genre", shrink=0.8)
    return figure


def _write_counts(axes: Axes, matrix: NDArray[np.integer], shares: NDArray[np.floating]) -> None:
    for (row, column), count in np.ndenumerate(matrix):
        colour = "white" if shares[row, column] > 0.5 else "black" if count else "#bbbbbb"
        axes.text(column, row, f"{count}", ha="center", va="center", color=colour, fontsize=8)
