"""What a net eats: example inputs before and after augmentation."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from musicgenre.visual.style import genre_colour, house_style

if TYPE_CHECKING:
    from torch import Tensor


def inputs_figure(
    before: "Tensor",
    after: "Tensor",
    genres: Sequence[str],
    titles: Sequence[str],
    *,
    bins: str = "mel bin",
    rows: tuple[str, str] = ("before", "after"),
) -> Figure:
    """Draw N inputs, a column each: as they come from the front end above, augmented below.

    The two pictures of an input share one colour scale, so that what augmentation did is all that differs.

    Args:
        before: Inputs (N, C, F, T); the first channel is drawn, or all three as red, green and blue.
        after: The same inputs augmented (N, C, F, T).
        genres: Genre of each input.
        titles: What each input is, such as its track.
        bins: What the F axis counts: "mel bin" or "coefficient".
        rows: What the upper and the lower inputs are, where they are not these.

    Example:
        >>> import torch
        >>> x = torch.rand(2, 1, 128, 130)
        >>> figure = inputs_figure(x, x.flip(-1), ["jazz", "rock"], ["a.wav", "b.wav"])
        >>> len(figure.axes), figure.axes[1].get_title().splitlines()
        (4, ['b.wav', 'rock'])
    """
    import torch  # here, so that figures of results alone do not wait for it

    n_inputs = len(before)
    with house_style():
        figure = Figure(figsize=(2.4 * n_inputs + 0.6, 4.8), layout="constrained")
        grid = figure.subplots(2, n_inputs, squeeze=False)
        for column in range(n_inputs):
            pair = torch.stack([before[column], after[column]]).detach().cpu().float()  # (2, C, F, T)
            for axes, picture in zip(grid[:, column], pair, strict=True):
                _draw(axes, picture, float(pair.min()), float(pair.max()))
            _head(grid[0, column], titles[column], genres[column])
            grid[1, column].set_xlabel("sample" if before.shape[2] == 1 else "frame")
        for axes in grid[:, 1:].flat:
            axes.set_yticks([])
        for axes, row in zip(grid[:, 0], rows, strict=True):
            axes.set_ylabel(f"{row}\n{bins}")
    return figure


def _head(axes: Axes, title: str, genre: str) -> None:
    axes.set_title(f"{title}\n{genre}")
    axes.spines["top"].set(visible=True, color=genre_colour(genre), linewidth=4)
    axes.set_xticks([])  # as below; ticks are what takes time to draw


def _draw(axes: Axes, picture: "Tensor", low: float, high: float) -> None:
    """Show one input (C, F, T), its first bin at the bottom; a waveform as a line."""
    if picture.shape[:2] == (1, 1):
        axes.plot(picture[0, 0].numpy(), linewidth=0.4)
        axes.set_ylim(low, high)
        return
    colours = (picture - low) / max(high - low, 1e-12)  # (C, F, T), from 0 to 1
    shown = colours.permute(1, 2, 0) if len(picture) == 3 else picture[0]  # (F, T, 3) or (F, T)
    axes.imshow(
        shown.numpy(),
        origin="lower",
        aspect="auto",
        interpolation="nearest",
        cmap="magma",
        vmin=low,
        vmax=high,
    )
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
