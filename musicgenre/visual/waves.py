"""Waveforms of recordings: by genre, with zero crossings, separated into parts, with beats."""

from collections.abc import Mapping

import librosa
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from musicgenre.features.harmonic import harmonic_percussive
from musicgenre.visual.style import COLUMN, genre_colour, genre_colours, genre_labels, house_style, in_lines

Waveform = NDArray[np.float32]

_COLUMNS = 2
_POINTS = 1000  # columns of a drawn waveform; a figure has no pixels for more
_BESIDE = 36  # characters per line of a title beside a legend
_HARMONIC, _PERCUSSIVE = "#3f90da", "#e76300"


def waveforms_figure(waveforms: Mapping[str, Waveform], sample_rate: int, title: str = "") -> Figure:
    """Draw one recording per genre, on one scale.

    Args:
        waveforms: By genre, a recording `(T,)` in [-1, 1].
        sample_rate: Their rate in Hz.
        title: Title above all of them; none by default.

    Example:
        >>> waves = {"jazz": np.zeros(22050, np.float32), "rock": np.ones(22050, np.float32)}
        >>> [axes.get_title() for axes in waveforms_figure(waves, 22050).axes]
        ['jazz', 'rock']
    """
    rows = -(-len(waveforms) // _COLUMNS)
    with house_style():
        figure = Figure(figsize=(COLUMN, 0.6 + 1.1 * rows), layout="constrained")
        grid = figure.subplots(rows, min(_COLUMNS, len(waveforms)), sharex=True, sharey=True, squeeze=False)
        for axes in grid.flat[len(waveforms) :]:
            axes.set_axis_off()
        labels, colours = genre_labels(list(waveforms)), genre_colours(waveforms)
        for axes, (genre, wave), label in zip(grid.flat, waveforms.items(), labels, strict=False):
            _envelope(axes, wave, sample_rate, colours[genre])
            axes.set(title=label, ylim=(-1, 1))
        grid[0, 0].set_xlim(0, max(map(len, waveforms.values())) / sample_rate)  # shared by the others
        if title:
            figure.suptitle(title)
        figure.supxlabel("time (s)", fontsize=9)
        figure.supylabel("amplitude", fontsize=9)
    return figure


def waveform_figure(waveform: Waveform, sample_rate: int, title: str, genre: str) -> Figure:
    """Draw one recording's waveform.

    Args:
        waveform: The waveform `(T,)` in [-1, 1].
        sample_rate: Its sample rate in Hz.
        title: What is drawn.
        genre: Its genre, for the colour.

    Example:
        >>> waveform_figure(np.zeros(22050, np.float32), 22050, "silence", "jazz").axes[0].get_title()
        'silence: 1.0 s at 22050 Hz'
    """
    with house_style():
        figure = Figure(figsize=(COLUMN, 2.4), layout="constrained")
        axes = figure.add_subplot()
        _envelope(axes, waveform, sample_rate, genre_colour(genre))
        axes.set(title=in_lines(f"{title}: {len(waveform) / sample_rate:.1f} s at {sample_rate} Hz"))
        axes.set(xlabel="time (s)", ylabel="amplitude", ylim=(-1, 1))
    return figure


def zero_crossings_figure(waveform: Waveform, sample_rate: int, title: str, window: float = 0.02) -> Figure:
    """Draw how often a recording crosses zero over time, and the crossings in a short section in its middle.

    Args:
        waveform: The waveform `(T,)`.
        sample_rate: Its sample rate in Hz.
        title: What is drawn.
        window: Length of the section in s.

    Example:
        >>> tone = np.cos(2 * np.pi * 100 * np.arange(22050) / 22050).astype(np.float32)  # 100 Hz, 1 s
        >>> zero_crossings_figure(tone, 22050, "tone").axes[0].get_title()
        'tone: 200 zero crossings'
    """
    rate = librosa.feature.zero_crossing_rate(waveform, frame_length=2048, hop_length=512)[0] * sample_rate
    first = max(0, len(waveform) // 2 - round(window * sample_rate / 2))
    part = waveform[first : first + max(2, round(window * sample_rate))]
    at = np.flatnonzero(librosa.zero_crossings(part, pad=False))
    n_crossings = int(librosa.zero_crossings(waveform, pad=False).sum())
    with house_style():
        figure = Figure(figsize=(COLUMN, 3.8), layout="constrained")
        whole, close = figure.subplots(2, 1)
        whole.plot(np.arange(len(rate)) * 512 / sample_rate, rate, color=_HARMONIC, linewidth=0.8)
        whole.set(title=in_lines(f"{title}: {n_crossings} zero crossings"))
        whole.set(xlabel="time (s)", ylabel="crossings per s", ylim=(0, None))
        whole.margins(x=0)
        milliseconds = 1000 * np.arange(len(part)) / sample_rate
        close.axhline(0, color="#999999", linewidth=0.6)
        close.plot(milliseconds, part, color=_HARMONIC)
        close.plot(milliseconds[at], part[at], "|", color=_PERCUSSIVE, markersize=12, markeredgewidth=1.5)
        close.set_title(f"{1000 * window:g} ms from {first / sample_rate:.2f} s on: {len(at)} crossings")
        close.set(xlabel="time (ms)", ylabel="amplitude")
        close.margins(x=0)
    return figure


def harmonic_percussive_figure(waveform: Waveform, sample_rate: int, title: str) -> Figure:
    """Draw the harmonic and the percussive part of a recording.

    They come from librosa's median-filtering separation (Fitzgerald 2010, "Harmonic/percussive separation using median
    filtering").

    Example:
        >>> tone = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050).astype(np.float32)
        >>> harmonic_percussive_figure(tone, 22050, "tone").axes[0].get_title()
        'harmonic: 100 % of the energy'
    """
    parts = {
        name: librosa.istft(spectrum, length=len(waveform))
        for name, spectrum in zip(("harmonic", "percussive"), harmonic_percussive(librosa.stft(waveform)), strict=True)
    }
    with house_style():
        figure = Figure(figsize=(COLUMN, 3.8), layout="constrained")
        grid = figure.subplots(2, 1, sharex=True, sharey=True)
        for axes, (name, part), colour in zip(grid, parts.items(), (_HARMONIC, _PERCUSSIVE), strict=True):
            _envelope(axes, part, sample_rate, colour)
            share = np.square(part).sum() / max(sum(np.square(each).sum() for each in parts.values()), 1e-12)
            axes.set(title=f"{name}: {100 * share:.0f} % of the energy", ylabel="amplitude")
        grid[1].set_xlabel("time (s)")
        figure.suptitle(in_lines(title))
    return figure


def tempo_figure(waveform: Waveform, sample_rate: int, title: str) -> Figure:
    """Draw the onset strength over time with the detected beats, and how well each tempo fits.

    Beats and tempo are librosa's (Ellis 2007, "Beat tracking by dynamic programming").
    """
    strength = librosa.onset.onset_strength(y=waveform, sr=sample_rate, hop_length=512)
    tempo, frames = librosa.beat.beat_track(onset_envelope=strength, sr=sample_rate, hop_length=512)
    bpm = float(np.ravel(tempo)[0])
    fit = librosa.feature.tempogram(onset_envelope=strength, sr=sample_rate, hop_length=512).mean(axis=1)
    tempos = librosa.tempo_frequencies(len(fit), sr=sample_rate, hop_length=512)
    with house_style():
        figure = Figure(figsize=(COLUMN, 4.4), layout="constrained")
        over_time, over_tempo = figure.subplots(2, 1)
        seconds = np.arange(len(strength)) * 512 / sample_rate
        over_time.vlines(frames * 512 / sample_rate, 0, strength.max(), color=_PERCUSSIVE, linewidth=0.8, label="beat")
        over_time.plot(seconds, strength, color=_HARMONIC, linewidth=0.8, label="onset strength")
        over_time.set(xlabel="time (s)", ylabel="onset strength")
        over_time.set_title(in_lines(f"{title}: {bpm:.0f} beats per minute", _BESIDE), loc="left")
        over_time.margins(x=0)
        over_time.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2)  # above the axes, which beats fill
        musical = (tempos >= 30) & (tempos <= 300)
        over_tempo.plot(tempos[musical], fit[musical], color=_HARMONIC)
        if bpm > 0:
            over_tempo.axvline(bpm, color=_PERCUSSIVE)
        over_tempo.set_xscale("log", base=2)
        over_tempo.set_xticks([30, 60, 120, 240], ["30", "60", "120", "240"])
        over_tempo.set(xlabel="tempo (beats per minute)", ylabel="autocorrelation", xlim=(30, 300))
    return figure


def _envelope(axes: Axes, wave: Waveform, sample_rate: int, colour: str) -> None:
    """Draw the lowest and highest sample of each short section, as in a zoomed-out waveform."""
    step = max(1, len(wave) // _POINTS)
    n = max(1, len(wave) // step)
    parts = wave[: n * step].reshape(n, -1)
    axes.fill_between(
        np.arange(n) * step / sample_rate, parts.min(axis=1), parts.max(axis=1), color=colour, linewidth=0
    )
    axes.set_xlim(0, len(wave) / sample_rate)
