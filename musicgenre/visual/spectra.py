"""Spectra of recordings: spectrum, spectrograms on three scales, MFCC."""

from collections.abc import Mapping
from typing import Literal

import librosa
import matplotlib
import numpy as np
import torch
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray

from musicgenre.features import MFCC, LogMel
from musicgenre.shortened import told_apart
from musicgenre.visual.inputs import count_hertz, hertz_label
from musicgenre.visual.style import COLUMN, draw_picture, house_style, in_lines

Waveform = NDArray[np.float32]

N_FFT, HOP = 2048, 512
_FINE = 8192  # samples per frame, for frequencies 2.7 Hz apart; a shorter recording is padded with zeros
_RANGE = 80.0  # dB shown below the loudest point
_COLOUR = "#3f90da"
_LINES = 3  # most lines of a panel's title, but for one that breaks early
_LINE = 0.17  # height of each further one, inches
_TICKS = (50, 100, 200, 500, 1000, 2000, 5000, 10000)  # Hz


def spectrum_figure(waveform: Waveform, sample_rate: int, title: str) -> Figure:
    """Draw a recording's mean spectrum in dB below its strongest frequency, by Welch's method of averaged frames.

    Source: Welch 1967, "The use of fast Fourier transform for the estimation of power spectra".

    Example:
        >>> tone = np.sin(2 * np.pi * 441 * np.arange(22050) / 22050).astype(np.float32)
        >>> hertz, level = spectrum_figure(tone, 22050, "tone").axes[0].lines[0].get_data()
        >>> round(float(hertz[level.argmax()]))  # frequencies lie 2.7 Hz apart
        441
    """
    long = librosa.util.fix_length(waveform, size=max(len(waveform), _FINE))
    power = np.square(np.abs(librosa.stft(long, n_fft=_FINE))).mean(axis=1)  # (4097,)
    hertz = librosa.fft_frequencies(sr=sample_rate, n_fft=_FINE)
    level = librosa.power_to_db(power, ref=np.max, top_db=100)
    with house_style():
        figure = Figure(figsize=(COLUMN, 2.6), layout="constrained")
        axes = figure.add_subplot()
        axes.fill_between(hertz[1:], level[1:], level.min(), color=_COLOUR, alpha=0.25, linewidth=0)
        axes.plot(hertz[1:], level[1:], color=_COLOUR, linewidth=0.8)
        axes.set_xscale("log", base=2)
        ticks = _ticks(50, sample_rate / 2)
        axes.set_xticks(ticks, [hertz_label(tick) for tick in ticks])
        axes.set(title=in_lines(title), xlabel="frequency (Hz)", ylabel="level (dB)", xlim=(20, sample_rate / 2))
        axes.set_ylim(level.min(), 3)
        axes.grid(visible=True)
    return figure


def spectrograms_figure(waveform: Waveform, sample_rate: int, title: str) -> Figure:
    """Draw a recording's spectrogram with frequency on a linear, a logarithmic and a mel scale; levels in dB.

    0 dB is the loudest point of each picture.

    Example:
        >>> noise = np.random.default_rng(0).normal(size=22050).astype(np.float32)
        >>> [axes.get_title() for axes in spectrograms_figure(noise, 22050, "noise").axes[:3]]
        ['linear scale', 'logarithmic scale', 'mel scale']
    """
    power = np.square(np.abs(librosa.stft(waveform, n_fft=N_FFT, hop_length=HOP)))
    mel = librosa.feature.melspectrogram(S=power, sr=sample_rate, n_mels=128)
    hertz = librosa.fft_frequencies(sr=sample_rate, n_fft=N_FFT)
    bands = librosa.mel_frequencies(128, fmax=sample_rate / 2)
    seconds = np.arange(power.shape[1]) * HOP / sample_rate
    with house_style():
        figure = Figure(figsize=(COLUMN, 7), layout="constrained")
        grid = figure.subplots(3, 1, sharex=True)
        for axes, name in zip(grid, ("linear", "logarithmic", "mel"), strict=True):
            shown, rows = (mel, np.arange(128.0)) if name == "mel" else (power, hertz)
            level = librosa.power_to_db(shown, ref=np.max, top_db=_RANGE)
            picture = axes.pcolormesh(
                seconds, rows, level, cmap="magma", vmin=-_RANGE, vmax=0, shading="nearest", rasterized=True
            )
            axes.set(title=f"{name} scale", ylabel="frequency (Hz)")
        grid[0].yaxis.set_major_formatter(lambda value, _: hertz_label(value))
        grid[1].set_yscale("log", base=2)
        grid[1].set_ylim(hertz[2], sample_rate / 2)
        few, some = _ticks(50, sample_rate / 2)[::2], _ticks(200, sample_rate / 2)
        grid[1].set_yticks(few, [hertz_label(tick) for tick in few])
        grid[2].set_yticks(np.interp(some, bands, np.arange(128)), [hertz_label(tick) for tick in some])
        grid[2].set_xlabel("time (s)")
        figure.colorbar(picture, ax=list(grid), label="level (dB)", shrink=0.6)
        figure.suptitle(in_lines(title))
    return figure


def stft_lines_figure(waveform: Waveform, sample_rate: int, title: str) -> Figure:
    """Draw the magnitude spectrum of every frame of a recording as a line over frequency, in one plot (S2).

    Example:
        >>> tone = np.sin(2 * np.pi * 441 * np.arange(22050) / 22050).astype(np.float32)
        >>> len(stft_lines_figure(tone, 22050, "tone").axes[0].collections[0].get_segments())  # a line a frame
        44
    """
    magnitude = np.abs(librosa.stft(waveform, n_fft=N_FFT, hop_length=HOP)).T  # (frames, bins)
    hertz = librosa.fft_frequencies(sr=sample_rate, n_fft=N_FFT)
    colours = matplotlib.colormaps["viridis"](np.linspace(0, 1, len(magnitude)))
    lines = [np.column_stack([hertz, line]) for line in magnitude]
    with house_style():
        figure = Figure(figsize=(COLUMN, 3), layout="constrained")
        axes = figure.add_subplot()
        axes.add_collection(LineCollection(lines, colors=colours, linewidths=0.5, rasterized=True))
        axes.set(title=in_lines(f"{title}: {len(magnitude)} frames"), xlabel="frequency (Hz)", ylabel="magnitude")
        axes.set(xlim=(0, sample_rate / 2), ylim=(0, float(magnitude.max()) * 1.03 or 1.0))
        seconds = len(waveform) / sample_rate
        figure.colorbar(ScalarMappable(Normalize(0, seconds), "viridis"), ax=axes, label="time (s)")
    return figure


def side_by_side_figure(waveforms: Mapping[str, Waveform], sample_rate: int, kind: Literal["mel", "mfcc"]) -> Figure:
    """Draw recordings side by side, with one time axis and one colour scale for all.

    Args:
        waveforms: By title, such as the genre, a recording `(T,)`.
        sample_rate: Their rate in Hz.
        kind: "mel" for levels of 128 mel bands in dB below the loudest point of all, "mfcc" for 20 coefficients.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> noise = {name: rng.normal(size=22050).astype(np.float32) for name in ("jazz", "rock")}
        >>> figure = side_by_side_figure(noise, 22050, "mfcc")
        >>> [axes.get_title() for axes in figure.axes[:2]], len({axes.images[0].get_clim() for axes in figure.axes[:2]})
        (['jazz', 'rock'], 1)
    """
    front_end = MFCC(sample_rate, n_mfcc=20) if kind == "mfcc" else LogMel(sample_rate, ref=1.0)
    with torch.inference_mode():
        found = {name: front_end(torch.tensor(wave)[None])[0, 0].numpy() for name, wave in waveforms.items()}
    top = max(float(values.max()) for values in found.values())
    limit = max(float(np.quantile(np.abs(values[1:]), 0.999)) for values in found.values())  # the level dominates
    low, high, colours = (-limit, limit, "RdBu_r") if kind == "mfcc" else (-_RANGE, 0.0, "magma")
    columns = min(3, len(found))
    rows, wide = -(-len(found) // columns), (COLUMN - 1.2) / columns  # inches
    signs = round(11 * wide)  # that fit a panel
    titles = [in_lines(name, signs) for name in told_apart(tuple(found), _LINES * signs).values()]
    above = _LINE * max(title.count("\n") for title in titles)
    with house_style():
        figure = Figure(figsize=(COLUMN, (min(wide, 1.9) + above) * rows + 0.8), layout="constrained")
        grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        for axes in grid.flat[len(found) :]:
            axes.set_axis_off()
        for axes, title, (name, values) in zip(grid.flat, titles, found.items(), strict=False):
            shown = values if kind == "mfcc" else values - top
            end, first = len(waveforms[name]) / sample_rate, int(kind == "mfcc")  # coefficients are numbered from 1
            image = draw_picture(axes, shown, end, first, cmap=colours, vmin=low, vmax=high, interpolation="auto")
            axes.set_title(title)
        if isinstance(front_end, LogMel):
            count_hertz(grid[0, 0], front_end.hertz)  # shared by the others
        grid[0, 0].set_xlim(0, max(map(len, waveforms.values())) / sample_rate)
        figure.supxlabel("time (s)", fontsize=9)
        figure.supylabel("coefficient" if kind == "mfcc" else "frequency (Hz)", fontsize=9)
        label, beyond = ("value", "both") if kind == "mfcc" else ("level (dB)", "neither")
        figure.colorbar(image, ax=grid, label=label, extend=beyond, shrink=0.8)
    return figure


def mfcc_figure(waveform: Waveform, sample_rate: int, title: str, n_mfcc: int = 20) -> Figure:
    """Draw a recording's MFCC unscaled, and with each coefficient scaled to mean 0 and deviation 1 over time.

    Unscaled, the first coefficient, the level, dominates the rest; scaled, all can be read.

    Example:
        >>> noise = np.random.default_rng(0).normal(size=22050).astype(np.float32)
        >>> mfcc_figure(noise, 22050, "noise", n_mfcc=13).axes[0].images[0].get_array().shape
        (13, 44)
    """
    with torch.inference_mode():
        values = MFCC(sample_rate, n_mfcc=n_mfcc)(torch.tensor(waveform)[None])[0, 0].numpy()  # (n_mfcc, frames)
    deviation = values.std(axis=1, keepdims=True)
    scaled = (values - values.mean(axis=1, keepdims=True)) / np.where(deviation > 0, deviation, 1)
    end = len(waveform) / sample_rate
    with house_style():
        figure = Figure(figsize=(COLUMN, 5), layout="constrained")
        grid = figure.subplots(2, 1, sharex=True)
        limit = float(np.abs(values).max())
        for axes, picture, most, name in zip(grid, (values, scaled), (limit, 3), ("unscaled", "scaled"), strict=True):
            image = draw_picture(axes, picture, end, first=1, cmap="RdBu_r", vmin=-most, vmax=most)
            axes.set(title=f"MFCC, {name}", ylabel="coefficient")
            figure.colorbar(image, ax=axes, label="value" if name == "unscaled" else "scaled value")
        grid[1].set_xlabel("time (s)")
        figure.suptitle(in_lines(title))
    return figure


def _ticks(lowest: float, highest: float) -> list[int]:
    """Return the frequencies (Hz) to mark on an axis that ends at the highest."""
    return [tick for tick in _TICKS if lowest <= tick <= highest]
