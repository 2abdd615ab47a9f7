"""Pictures of a collection, a row per genre."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from musicgenre.visual.style import genre_colours, house_style, in_lines, row_label

Picture = NDArray[np.float32]  # (C, H, W) in [0, 1]


def mosaic_figure(pictures: Mapping[str, Sequence[Picture]], title: str) -> Figure:
    """Draw pictures of each genre side by side, unscaled: black is 0 and white is 1 in all of them.

    Args:
        pictures: By genre, pictures `(C, H, W)` in [0, 1], grey or in three colours.
        title: What they show.

    Example:
        >>> grey = np.zeros((1, 20, 30), np.float32)
        >>> figure = mosaic_figure({"jazz": [grey, grey], "rock": [grey]}, "pictures")
        >>> [figure.axes[place].get_ylabel() for place in (0, 2)], len(figure.axes)
        (['jazz', 'rock'], 4)
    """
    columns = max(len(some) for some in pictures.values())
    height, width = next(some[0] for some in pictures.values() if len(some)).shape[1:]
    wide = float(np.clip(width / height, 0.6, 2.0))
    colours = genre_colours(pictures)
    with house_style():
        figure = Figure(figsize=(0.95 * wide * columns + 0.6, 1.0 * len(pictures) + 0.4), layout="constrained")
        grid = figure.subplots(len(pictures), columns, squeeze=False)
        for row, (genre, some) in zip(grid, pictures.items(), strict=True):
            for axes in row:
                axes.set(xticks=[], yticks=[])
                axes.spines[:].set_visible(False)
            for axes, picture in zip(row, some, strict=False):
                shown = picture[0] if len(picture) == 1 else picture.transpose(1, 2, 0)
                axes.imshow(shown, cmap="gray", vmin=0, vmax=1, aspect="auto", interpolation="nearest")
            row[0].set_ylabel(row_label(genre), color=colours[genre])
        figure.suptitle(in_lines(title, max(12, int(10 * figure.get_figwidth()))))
    return figure
