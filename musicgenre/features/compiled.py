"""What librosa compiles when it is first used: by one process, while the others wait."""

import multiprocessing
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path

import filelock
import numpy as np

from musicgenre.errors import MusicGenreError
from musicgenre.files import cache_dir


@cache
def compile_librosa(beats: bool = False) -> None:
    """Have librosa compile what it needs for features of audio, and load what it compiled before.

    Numba keeps the compiled code in files beside librosa's. Two processes that write them at once leave some that end
    every later process by a segmentation fault. The processes of a pool compile nothing: the one that starts them calls
    this before.

    Args:
        beats: Whether the search for beats is wanted, too.
    """
    if multiprocessing.parent_process() is not None:
        return
    import librosa  # here: it takes longer than all else that imports this module

    noise = np.random.default_rng(0).standard_normal(22050).astype(np.float32)
    with _alone():
        librosa.istft(librosa.stft(noise))
        librosa.feature.chroma_stft(y=noise)
        librosa.feature.zero_crossing_rate(noise)
        librosa.onset.onset_strength(y=noise)
        if beats:
            librosa.beat.beat_track(y=noise)


@contextmanager
def _alone() -> Iterator[None]:
    """Keep other processes out that keep the compiled code in the same place, where a lock can be held there."""
    with ExitStack() as held:
        with suppress(MusicGenreError, OSError, NotImplementedError):  # a folder only to be read, or without locks
            chosen = os.environ.get("NUMBA_CACHE_DIR")
            folder = Path(chosen) if chosen else cache_dir()
            folder.mkdir(parents=True, exist_ok=True)
            held.enter_context(filelock.FileLock(folder / "librosa.lock"))
        yield
