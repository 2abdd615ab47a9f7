"""Synthetic audio for tests: genres differ in pitch, tracks differ at random."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import soundfile as sf
from numpy.typing import NDArray

RATE = 22050
PITCH = {"drone": 110.0, "hum": 880.0, "whistle": 3520.0, "hiss": 7040.0}  # Hz


def make_track(genre: str, number: int, seconds: float = 3.0) -> NDArray[np.float32]:
    """A tone near the genre's pitch in noise `(T,)`; a number always gives the same track."""
    rng = np.random.default_rng([*genre.encode(), number])
    t = np.arange(round(seconds * RATE)) / RATE
    tone = np.sin(2 * np.pi * PITCH[genre] * rng.uniform(0.9, 1.1) * t)
    return (rng.uniform(0.2, 0.4) * tone + 0.05 * rng.standard_normal(t.size)).astype(np.float32)


def write_track(path: Path, genre: str, number: int, seconds: float = 3.0) -> None:
    """Write a track as 16-bit audio in the format of the file's extension."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sf.write(path, make_track(genre, number, seconds), RATE, subtype="PCM_16")


def write_corpus(
    root: Path, genres: Iterable[str] = ("drone", "hum", "whistle"), tracks: int = 8, seconds: float = 3.0
) -> Path:
    """Write ROOT/GENRE/GENRE.00000.wav and so on; return the root."""
    for genre in genres:
        for number in range(tracks):
            write_track(root / genre / f"{genre}.{number:05}.wav", genre, number, seconds)
    return root
