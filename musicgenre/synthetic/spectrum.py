"""Filtering of short sounds by their spectrum."""

import numpy as np
from numpy.typing import NDArray

from musicgenre.synthetic.chance import Wave


def band_gain(frequencies: NDArray[np.floating], low: float, high: float, order: int = 2) -> Wave:
    """Return the Butterworth magnitude of a band-pass from `low` to `high` Hz; 0 Hz and infinity leave a side open."""
    gain: Wave = 1.0 / np.sqrt(1.0 + (frequencies.astype(np.float64) / high) ** (2 * order))
    if low > 0:
        ratio = (frequencies / low) ** (2 * order)
        gain = gain * np.sqrt(ratio / (1.0 + ratio))
    return gain


def band(wave: Wave, sample_rate: int, low: float = 0.0, high: float = np.inf, order: int = 2) -> Wave:
    """Filter a sound (n,) to a band without shifting its phase."""
    n = padded_length(len(wave))
    frequencies = np.fft.rfftfreq(n, 1 / sample_rate)
    return np.fft.irfft(np.fft.rfft(wave, n) * band_gain(frequencies, low, high, order), n)[: len(wave)]


def padded_length(n: int) -> int:
    """Return a length a little above n that is fast to transform; the padding keeps a filter from wrapping around."""
    return -(-(n + 512) // 1024) * 1024
