"""Generated sequences, side by side."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from musicgenre.visual.style import genre_colour, house_style

_SHOWN = 4  # sequences of a genre


def samples_figure(features: NDArray[np.floating], labels: NDArray[np.integer], genres: tuple[str, ...]) -> Figure:
    """Draw up to four sequences of each genre, a row a genre, all on one colour scale.

    Args:
        features: Standardised sequences `(N, C, F, T)`; the first channel is drawn.
        labels: Their genres `(N,)`.
        genres: Names, in the order of the labels.

    Example:
        >>> features = np.random.default_rng(0).normal(size=(3, 1, 13, 130))
        >>> figure = samples_figure(features, np.array([0, 0, 1]), ("jazz", "rock"))
        >>> [figure.axes[place].get_ylabel() for place in (0, 2)]  # two rows of two
        ['jazz', 'rock']
    """
    present = np.unique(labels)
    columns = min(_SHOWN, int(np.bincount(labels).max()))
    limit = float(np.quantile(np.abs(features), 0.995))
    with house_style():
        figure = Figure(figsize=(2.6 * columns + 0.8, 1.3 * len(present) + 0.6), layout="constrained")
        grid = figure.subplots(len(present), columns, sharex=True, sharey=True, squeeze=False)
        for row, label in zip(grid, present, strict=True):
            shown = features[labels == label][:columns, 0]
            for axes, sequence in zip(row, shown, strict=False):
                image = axes.imshow(
                    sequence, origin="lower", aspect="auto", interpolation="nearest", cmap="RdBu_r", vmin=-limit,
                    vmax=limit,
                )  # fmt: skip
                axes.yaxis.set_major_locator(MaxNLocator(integer=True))
            for axes in row[len(shown) :]:
                axes.set_axis_off()
            row[0].set_ylabel(genres[label], color=genre_colour(genres[label]))
        for axes in grid[-1]:
            axes.set_xlabel("frame")
        figure.supylabel("coefficient", fontsize=9)
        figure.colorbar(image, ax=grid, label="deviations from the training mean", shrink=0.6)
    return figure
