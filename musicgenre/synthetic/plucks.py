"""Plucked strings after Karplus and Strong (Computer Music Journal 7(2), 1983)."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from musicgenre.synthetic.chance import Wave, noise
from musicgenre.synthetic.spectrum import band
from musicgenre.synthetic.tones import Timbre


@dataclass(frozen=True)
class Pluck:
    """A string and how it is struck.

    Attributes:
        cutoff: Low-pass on the burst that excites the string, in harmonics.
        decay: Time for the fundamental to fall by 60 dB, in seconds.
        damping: How much faster the upper harmonics decay.
        position: Where the string is struck, as a fraction of its length.
        drive: Gain before the saturation; 0 for none.
        cabinet: Band of the amplifier, in Hz; (0, inf) for none.
    """

    cutoff: float = 12.0
    decay: float = 2.0
    damping: float = 1.0
    position: float = 0.2
    drive: float = 0.0
    cabinet: tuple[float, float] = (0.0, np.inf)


def pluck_wave(pluck: Pluck, pitches: list[float], n: int, sample_rate: int, timbre: Timbre, rng: Generator) -> Wave:
    """Strike strings in quick succession, then pass them through one amplifier; shape (n,)."""
    wave = np.zeros(n)
    for i, frequency in enumerate(pitches):
        delay = min(int(i * timbre.strum * sample_rate), n - 1)
        wave[delay:] += _string(pluck, frequency, n - delay, sample_rate, timbre, rng)
    if pluck.drive:
        wave = np.tanh(pluck.drive * timbre.drive * wave)
    if pluck.cabinet != (0.0, np.inf):
        low, high = pluck.cabinet
        wave = band(wave, sample_rate, low, high * timbre.brightness, order=3)
    return wave


def _string(pluck: Pluck, frequency: float, n: int, sample_rate: int, timbre: Timbre, rng: Generator) -> Wave:
    period = max(round(sample_rate / frequency), 8)
    harmonic = np.arange(period // 2 + 1)
    comb = np.abs(np.sin(np.pi * harmonic * pluck.position))
    roll_off = 1.0 / (1.0 + (harmonic / (pluck.cutoff * timbre.brightness)) ** 2)
    burst = np.fft.rfft(noise(rng, period)) * comb * roll_off
    burst[0] = 0.0
    # The loop filter is the original's average of neighbours. It acts once a period, so each period of the
    # string is the one before with its spectrum scaled: all of them come from one batch of inverse FFTs.
    loss = 10.0 ** (-3.0 / (pluck.decay * timbre.length * frequency))
    loop = loss * np.cos(np.pi * harmonic / period) ** (pluck.damping * frequency / 220.0)
    step = period * frequency / sample_rate  # corrects the rounding of the period
    n_periods = int(n * step) // period + 2
    spectra = burst * loop ** np.arange(n_periods)[:, None]  # (periods, harmonics)
    string = np.fft.irfft(spectra, period, axis=1).ravel()
    string /= np.sqrt(np.mean(string[: 2 * period] ** 2)) + 1e-9
    position = np.arange(n) * step
    below = position.astype(np.int64)
    part = position - below
    wave = string[below] * (1.0 - part) + string[below + 1] * part
    release = min(n, int(0.02 * sample_rate))
    wave[n - release :] *= np.linspace(1.0, 0.0, release)
    return 0.5 * wave
