"""Example inputs of a net, before and after augmentation."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.ticker import MaxNLocator

from musicgenre.shortened import shortened
from musicgenre.visual.style import draw_picture, genre_colour, house_style

if TYPE_CHECKING:
    from torch import Tensor

_RGB = 3  # channels of a colour picture
_FEW, _LONGEST = 2, 16  # most inputs that are drawn large; characters per line of a title
_TICKS = (100, 300, 1000, 3000, 10000)  # Hz


def inputs_figure(
    before: "Tensor",
    after: "Tensor",
    genres: Sequence[str],
    titles: Sequence[str],
    *,
    bins: str = "mel bin",
    rows: tuple[str, str] = ("before", "after"),
    seconds: float | None = None,
    hertz: Sequence[float] | None = None,
    standardised: bool = True,
) -> Figure:
    """Draw N inputs, one per column: as they come from the front end above, augmented below; only above if equal.

    All pictures share one colour scale, so that a pair differs only by augmentation.

    Args:
        before: Inputs (N, C, F, T); the first channel is drawn, or all three as red, green and blue.
        after: The same inputs augmented (N, C, F, T), or a window of each, with the rest left empty.
        genres: Genre of each input.
        titles: Title of each input, such as its track.
        bins: Meaning of the F axis: "mel bin" or "coefficient".
        rows: Labels of the upper and the lower row.
        seconds: Length of an input in s, for the time axis; None shows frames.
        hertz: Centre of each of the F bins in Hz, ascending; None shows bin numbers.
        standardised: Whether inputs are in standard deviations; some systems use them unscaled.

    Example:
        >>> import torch
        >>> x = torch.rand(2, 1, 128, 130)
        >>> figure = inputs_figure(x, x.flip(-1), ["jazz", "rock"], ["a.wav", "b.wav"])
        >>> len(figure.axes), figure.axes[1].get_title().splitlines()  # and the colour bar
        (5, ['b.wav', 'rock'])
    """
    import torch  # here: not needed for figures of results

    lacking = before.shape[-1] - after.shape[-1]
    after = torch.nn.functional.pad(after.detach().cpu().float(), (0, lacking), value=torch.nan)
    both = torch.stack([before.detach().cpu().float(), after])  # (2, N, C, F, T)
    low, high = (float(bound) for bound in both[~both.isnan()].aminmax())
    if torch.equal(both[0], both[1]):
        both, rows = both[:1], ("", "")  # nothing was augmented
    n_rows, n_inputs = both.shape[:2]
    first = int(bins == "coefficient")  # these are numbered from 1
    is_line = both.shape[3] == 1
    with house_style():
        wide = 2.2 if n_inputs <= _FEW else 1.15  # inches; many inputs stay readable in a column of text
        figure = Figure(figsize=(wide * n_inputs + 1.3, min(wide + 0.35, 2.2) * n_rows + 0.4), layout="constrained")
        grid = figure.subplots(n_rows, n_inputs, squeeze=False)
        image = None
        for place, axes in enumerate(grid.flat):
            row, column = divmod(place, n_inputs)
            image = _draw(axes, both[row, column], low, high, seconds, first)
            if row < n_rows - 1:
                axes.set_xticks([])  # as below; drawing ticks takes most of the time
        for column in range(n_inputs):
            _head(grid[0, column], titles[column], genres[column], None if n_inputs <= _FEW else 8)
            grid[-1, column].set_xlabel("time (s)" if seconds is not None else "sample" if is_line else "frame")
        for axes in grid[:, 1:].flat:
            axes.set_yticks([])
        for axes, name in zip(grid[:, 0], rows, strict=False):
            axes.set_ylabel(f"{name}\n{bins if hertz is None else 'frequency (Hz)'}".strip())
            if hertz is not None and not is_line:
                count_hertz(axes, hertz)
        if image is not None and both.shape[2] != _RGB:
            figure.colorbar(image, ax=grid, label=in_deviations("value", standardised), shrink=0.8, aspect=30)
    return figure


def count_hertz(axes: Axes, hertz: Sequence[float]) -> None:
    """Label an axis of bins with their centre frequencies (Hz, ascending)."""
    places: dict[int, float] = {}
    for tick in reversed([tick for tick in _TICKS if hertz[0] <= tick <= hertz[-1]]):
        place = float(np.interp(tick, hertz, np.arange(len(hertz))))
        if not places or min(places.values()) - place > len(hertz) / 12:  # room for a label
            places[tick] = place
    rising = sorted(places)
    axes.set_yticks([places[tick] for tick in rising], [hertz_label(tick) for tick in rising])


def in_deviations(what: str, standardised: bool) -> str:
    """Return a label of values, with their unit if they have one.

    Example:
        >>> in_deviations("value", True), in_deviations("value", False)
        ('value (standardised)', 'value')
    """
    return f"{what} (standardised)" if standardised else what


def hertz_label(hertz: float) -> str:
    """Return the axis label of a frequency.

    Example:
        >>> hertz_label(500), hertz_label(2000)
        ('500', '2k')
    """
    return f"{hertz / 1000:g}k" if hertz >= 1000 else f"{hertz:g}"


def _head(axes: Axes, title: str, genre: str, size: int | None) -> None:
    axes.set_title(f"{shortened(title, _LONGEST)}\n{shortened(genre, _LONGEST)}", fontsize=size)
    axes.spines["top"].set(visible=True, color=genre_colour(genre), linewidth=4)


def _draw(
    axes: Axes, picture: "Tensor", low: float, high: float, seconds: float | None, first: int
) -> AxesImage | None:
    """Draw one input (C, F, T), its first bin at the bottom, numbered from `first`; a waveform as a line."""
    end = picture.shape[-1] if seconds is None else seconds
    axes.xaxis.set_major_locator(MaxNLocator(3))
    if picture.shape[:2] == (1, 1):
        axes.plot(np.linspace(0, end, picture.shape[-1]), picture[0, 0].numpy(), linewidth=0.4)
        axes.set_ylim(low, high)
        return None
    colours = (picture - low) / max(high - low, 1e-12)  # (C, F, T), from 0 to 1
    shown = colours.permute(1, 2, 0) if len(picture) == _RGB else picture[0]  # (F, T, 3) or (F, T)
    image = draw_picture(axes, shown.numpy(), end, first, cmap="magma", vmin=low, vmax=high)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    return image
