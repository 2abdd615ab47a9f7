"""Inside a net: activation maps, saliency of a prediction, learnt filters."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from torch import Tensor

from musicgenre.visual.inputs import count_hertz, in_deviations
from musicgenre.visual.style import COLUMN, draw_picture, house_style, in_lines

_MOST = 32  # maps or filters in one picture


def activations_figure(activation: Tensor, title: str) -> Figure:
    """Draw a layer's output for one input.

    Args:
        activation: `(C, H, W)`, a picture per channel (the first 32); or `(C, T)`, channels over time.
        title: Which layer, which input.

    Example:
        >>> import torch
        >>> figure = activations_figure(torch.rand(4, 32, 33), "conv1, one input")
        >>> figure.get_suptitle(), len(figure.axes)  # four pictures and the colour scale
        ('conv1, one input (one picture per channel)', 5)
    """
    values = activation.detach().cpu().float()
    if values.ndim == 3 and 1 in values.shape[1:]:
        values = values.flatten(1)  # (C, T)
    if values.ndim == 3:
        return _pictures(values, title, "magma", "channel")
    rows = values if values.ndim == 2 else values.flatten()[None]
    with house_style():
        figure = Figure(figsize=(COLUMN, 3), layout="constrained")
        axes = figure.add_subplot()
        image = axes.imshow(rows.numpy(), aspect="auto", origin="lower", cmap="magma", interpolation="nearest")
        axes.set(title=in_lines(title), xlabel="position", ylabel="channel")
        figure.colorbar(image, ax=axes, label="activation")
    return figure


def filters_figure(filters: Tensor, title: str) -> Figure:
    """Draw a layer's filters `(N, H, W)`, the first 32: red is positive, blue negative. Row 0 is at the bottom.

    Example:
        >>> import torch
        >>> filters_figure(torch.randn(4, 3, 3), "first layer").get_suptitle()
        'first layer (one picture per filter)'
    """
    return _pictures(filters.detach().cpu().float(), title, "RdBu_r", "filter")


def filterbank_figure(responses: Tensor, sample_rate: int, title: str) -> Figure:
    """Draw the frequency responses of a filterbank.

    Args:
        responses: Squared responses `(n_filters, n_fft // 2 + 1)`, see `musicgenre.features.Gabor.responses`.
        sample_rate: Sample rate of the waveforms in Hz.
        title: Whose filters.

    Example:
        >>> from musicgenre.features import Gabor
        >>> figure = filterbank_figure(Gabor(8000, n_fft=512, n_filters=32).responses(), 8000, "a bank")
        >>> figure.axes[0].images[0].get_extent()
        [0, 4000.0, -0.5, 31.5]
    """
    values = responses.detach().cpu().float()
    values = values[values.argmax(dim=1).argsort(stable=True)]  # by their centres
    with house_style():
        figure = Figure(figsize=(6, 4), layout="constrained")
        axes = figure.add_subplot()
        image = draw_picture(axes, values.numpy(), sample_rate / 2, cmap="magma")
        axes.set(title=title, xlabel="frequency (Hz)", ylabel="filter")
        figure.colorbar(image, ax=axes, label="squared response")
    return figure


def saliency_figure(
    picture: Tensor,
    saliency: Tensor,
    seconds: float | None,
    title: str,
    bins: str = "mel bin",
    hertz: Sequence[float] | None = None,
    *,
    standardised: bool = True,
) -> Figure:
    """Draw an input, and beside it how strongly the prediction depends on each of its points.

    Args:
        picture: One input `(F, T)`, its first bin at the bottom.
        saliency: Its saliency, of the same shape, see `musicgenre.nets.inspection.saliency`.
        seconds: Length of the input in s; None for a picture of unknown length, with numbered columns.
        title: Which input, which genre.
        bins: Meaning of the F axis: "mel bin" or "coefficient".
        hertz: Centre of each of the F bins in Hz, ascending; None shows bin numbers.
        standardised: Whether the input is in standard deviations; some systems use it unscaled.

    Example:
        >>> import torch
        >>> figure = saliency_figure(torch.rand(128, 130), torch.rand(128, 130), 3.0, "a.wav, jazz")
        >>> [axes.get_ylabel() for axes in figure.axes]
        ['mel bin', '', 'input (standardised)', 'saliency']
    """
    strongest = saliency.flatten().quantile(0.995).clamp(min=1e-12)  # so that a few outliers do not hide the rest
    shown = (saliency / strongest).clamp(max=1)
    end, across = (picture.shape[1], "column") if seconds is None else (seconds, "time (s)")
    first = int(bins == "coefficient")  # these are numbered from 1
    with house_style():
        figure = Figure(figsize=(COLUMN, 5), layout="constrained")
        grid = figure.subplots(2, 1, sharex=True, sharey=len(picture) > 1)
        parts = (
            (picture, "magma", in_deviations("input", standardised)),
            (shown, "viridis", "saliency"),
        )
        for axes, (values, colours, label) in zip(grid, parts, strict=True):
            if len(values) == 1:  # a waveform
                axes.plot(np.linspace(0, end, values.shape[1]), values[0].numpy(), linewidth=0.4)
                axes.set_title(label)
                continue
            figure.colorbar(draw_picture(axes, values.numpy(), end, first, cmap=colours), ax=axes, label=label)
        grid[-1].set_xlabel(across)
        grid[0].set_ylabel(bins if hertz is None else "frequency (Hz)")
        if hertz is not None:
            count_hertz(grid[0], hertz)
        figure.suptitle(in_lines(title))
    return figure


def _pictures(pictures: Tensor, title: str, colours: str, name: str) -> Figure:
    """Draw pictures `(N, H, W)` side by side on one colour scale, centred on 0 if values have both signs."""
    shown = pictures[:_MOST].numpy()
    columns = min(6, len(shown))
    rows = math.ceil(len(shown) / columns)
    high = float(np.abs(shown).max()) or 1.0
    low = -high if colours == "RdBu_r" else float(shown.min())
    wide = min(2.0, max(0.8, shown.shape[2] / shown.shape[1]))  # a picture's width relative to its height
    with house_style():
        height = rows * (4.4 / wide + 0.4) / columns + 0.8
        figure = Figure(figsize=(COLUMN, height), layout="constrained")
        grid = figure.subplots(rows, columns, squeeze=False)
        for axes in grid.flat:
            axes.set_axis_off()
        for number, (axes, picture) in enumerate(zip(grid.flat, shown, strict=False)):
            image = axes.imshow(
                picture, origin="lower", aspect="auto", cmap=colours, vmin=low, vmax=high, interpolation="nearest"
            )
            axes.set_title(f"{number}", fontsize=7, pad=2)
        more = f", the first {_MOST} of {len(pictures)}" if len(pictures) > _MOST else ""
        figure.suptitle(in_lines(f"{title} (one picture per {name}{more})"))
        figure.colorbar(image, ax=grid, shrink=0.8)
    return figure
