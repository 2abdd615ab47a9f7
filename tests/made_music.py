"""Synthetic tunes for tests: no two alike, each the same whenever it is made."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

RATE = 22050


def make_tune(number: int, seconds: float = 8.0, semitones: float = 0.0) -> NDArray[np.float32]:
    """Three voices of random notes `(T,)`, transposed up by `semitones`."""
    return _tune(number, seconds, semitones).copy()  # PyTorch warns of read-only ones


@cache
def _tune(number: int, seconds: float, semitones: float) -> NDArray[np.float32]:
    rng = np.random.default_rng(number)
    wave = np.zeros(round(seconds * RATE))
    for _ in range(3):
        start = 0
        while start < len(wave):
            length, note = int(rng.uniform(0.15, 0.5) * RATE), rng.integers(36)
            t = np.arange(min(length, len(wave) - start)) / RATE
            pitch = 130.8 * 2 ** ((note + semitones) / 12)
            tone = sum(np.sin(2 * np.pi * pitch * k * t) / k for k in (1, 2, 3))
            wave[start : start + len(t)] += tone * np.exp(-3 * t)
            start += length
    tune: NDArray[np.float32] = (0.4 * wave / np.abs(wave).max()).astype(np.float32)
    return tune
