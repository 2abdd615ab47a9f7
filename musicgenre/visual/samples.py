"""Generated sequences beside real ones of the same genres."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from musicgenre.visual.style import draw_picture, genre_colours, house_style, row_label

_GENERATED, _REAL = 4, 2  # sequences of a genre

Sequences = tuple[NDArray[np.floating], NDArray[np.integer]]  # (N, C, F, T) and their genres (N,)


def samples_figure(
    features: NDArray[np.floating],
    labels: NDArray[np.integer],
    genres: tuple[str, ...],
    real: Sequences | None = None,
    seconds: float | None = None,
    bins: str = "coefficient",
    *,
    standardised: bool = True,
) -> Figure:
    """Draw up to four sequences of each genre, a row per genre, all on one colour scale.

    Args:
        features: Sequences `(N, C, F, T)`, standardised; the first channel is drawn.
        labels: Their genres `(N,)`.
        genres: Names, in the order of the labels.
        real: Real sequences, standardised, and their genres: up to two are drawn on the left of each genre's row.
        seconds: Length of a sequence in s; None shows frames.
        bins: Meaning of the F axis: "mel bin" or "coefficient".
        standardised: Whether sequences are standardised; some systems use them unscaled.

    Example:
        >>> features = np.random.default_rng(0).normal(size=(3, 1, 13, 130))
        >>> figure = samples_figure(features, np.array([0, 0, 1]), ("jazz", "rock"), (features[1:], np.array([0, 1])))
        >>> [axes.get_title() for axes in figure.axes[:3]], [figure.axes[place].get_ylabel() for place in (0, 3)]
        (['real', 'generated', 'generated'], ['jazz', 'rock'])
    """
    present = np.unique(labels)
    parts = [("real", *real, _REAL)] if real is not None and len(real[1]) else []
    parts += [("generated", features, labels, _GENERATED)]
    widths = [min(most, int(np.bincount(its).max())) for _, _, its, most in parts]
    limit = float(np.quantile(np.abs(np.concatenate([some for _, some, _, _ in parts])), 0.995))
    lowest = int(bins == "coefficient")  # these are numbered from 1
    scale = "standardised value" if standardised else "value"
    colours = genre_colours(genres)
    with house_style():
        figure = Figure(figsize=(2.2 * sum(widths) + 0.9, max(2.6, 1.2 * len(present) + 0.9)), layout="constrained")
        grid = figure.subplots(len(present), sum(widths), sharex=True, sharey=True, squeeze=False)
        images: list[AxesImage] = []
        for row, label in zip(grid, present, strict=True):
            first = 0
            for (_, some, its, _), width in zip(parts, widths, strict=True):
                images += _draw(row[first : first + width], some[its == label][:width, 0], limit, seconds, lowest)
                first += width
            row[0].set_ylabel(row_label(genres[label]), color=colours[genres[label]])
        heads = [name for (name, *_), width in zip(parts, widths, strict=True) for _ in range(width)]
        for top, bottom, head in zip(grid[0], grid[-1], heads, strict=True):
            top.set_title(head)
            bottom.set_xlabel("frame" if seconds is None else "time (s)")
        figure.supylabel(bins, fontsize=9)
        figure.colorbar(images[0], ax=grid, label=scale, shrink=min(1, 3 / len(present)))
    return figure


def _draw(
    row: NDArray[np.object_], shown: NDArray[np.floating], limit: float, seconds: float | None, lowest: int
) -> list[AxesImage]:
    """Draw sequences `(n, F, T)` from the left; the rest of the row stays empty."""
    for axes in row:
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    for axes in row[len(shown) :]:
        axes.set_axis_off()
    look = {"cmap": "RdBu_r", "vmin": -limit, "vmax": limit}
    end = shown.shape[-1] if seconds is None else seconds
    return [draw_picture(axes, each, end, lowest, **look) for axes, each in zip(row, shown, strict=False)]
