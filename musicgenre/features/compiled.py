"""Have librosa compile its code on first use in one process while the others wait."""

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
    """Have librosa compile what it needs for audio features, or load what it compiled before.

    Numba caches the compiled code in files beside librosa's. Two processes that write them at once leave files that
    crash every later process with a segmentation fault. The processes of a pool compile nothing: the one that starts
    them calls this first.

    Args:
        beats: Whether beat tracking is needed too.
    """
    if multiprocessing.parent_process() is not None:
        return
    import librosa  # here: slower to import than all modules that use this one

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
    """Lock out other processes that cache compiled code in the same folder, if it can be locked."""
    with ExitStack() as held:
        with suppress(MusicGenreError, OSError, NotImplementedError):  # a read-only folder, or one without locks
            chosen = os.environ.get("NUMBA_CACHE_DIR")
            folder = Path(chosen) if chosen else cache_dir()
            folder.mkdir(parents=True, exist_ok=True)
            held.enter_context(filelock.FileLock(folder / "librosa.lock"))
        yield
