"""Librosa compiles on first use, which no two processes may do at once."""

import multiprocessing
import os
from pathlib import Path

import filelock
import numpy as np
import pytest
from numpy.typing import NDArray

from musicgenre.features import compiled


@pytest.fixture(autouse=True)
def _afresh() -> None:
    compiled.compile_librosa.cache_clear()


def test_the_lock_is_held_while_librosa_compiles(monkeypatch: pytest.MonkeyPatch) -> None:
    lock = Path(os.environ["NUMBA_CACHE_DIR"], "librosa.lock")
    held = list[bool]()

    def stft(noise: NDArray[np.float32]) -> object:
        with pytest.raises(filelock.Timeout):
            filelock.FileLock(lock).acquire(timeout=0)
        held.append(True)
        return real(noise)

    import librosa

    real = librosa.stft
    monkeypatch.setattr(librosa, "stft", stft)
    compiled.compile_librosa()
    compiled.compile_librosa()  # once per process
    assert held == [True]
    filelock.FileLock(lock).acquire(timeout=60).lock.release()  # another process may compile now


def test_without_a_cache_folder_librosa_compiles_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    import librosa

    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("MUSICGENRE_CACHE", "/dev/null/cache")
    real, compiles = librosa.stft, list[bool]()

    def stft(noise: NDArray[np.float32]) -> object:
        compiles.append(True)
        return real(noise)

    monkeypatch.setattr(librosa, "stft", stft)
    compiled.compile_librosa()
    assert compiles == [True]


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), NotImplementedError("no flock")])
def test_where_no_lock_can_be_held_it_goes_on_without(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    did = []

    def acquire(*_: object) -> None:
        did.append("asked")
        raise error

    monkeypatch.setattr(filelock.FileLock, "acquire", acquire)
    with compiled._alone():
        did.append("went on")
    assert did == ["asked", "went on"]


def test_a_process_of_a_pool_leaves_it_to_the_one_that_started_it(monkeypatch: pytest.MonkeyPatch) -> None:
    compiles = list[bool]()
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: object())
    monkeypatch.setattr(compiled, "_alone", lambda: compiles.append(True))
    compiled.compile_librosa()
    assert compiles == []
