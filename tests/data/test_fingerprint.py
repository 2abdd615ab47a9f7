import errno
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
import xxhash
from made_audio import RATE, write_corpus
from torch import nn

from musicgenre.data.corpus.scan import scan
from musicgenre.data.store import fingerprint
from musicgenre.data.store.fingerprint import hash_file, hash_module, hash_or_error, hash_tracks, hash_values
from musicgenre.errors import MusicGenreError
from musicgenre.features import MFCC, LogMel, MelImage


@pytest.fixture(autouse=True)
def _cache_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSICGENRE_CACHE", str(tmp_path / "cache"))


@pytest.mark.parametrize("size", [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1])
def test_file_hash_is_that_of_its_content(tmp_path: Path, size: int) -> None:
    content = os.urandom(size)
    (tmp_path / "file").write_bytes(content)
    assert hash_file(tmp_path / "file") == xxhash.xxh3_128_hexdigest(content)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp3")
    with pytest.raises(OSError, match="not a regular file"):
        hash_file(tmp_path / "pipe.mp3")
    assert hash_or_error(tmp_path / "pipe.mp3") == "unreadable: not a regular file"


def test_values_hash_by_what_they_are() -> None:
    assert hash_values({"a": 1, "b": [2.5, None]}) == hash_values({"b": [2.5, None], "a": 1})
    assert len({hash_values(value) for value in (1, "1", [1], {"a": 1}, None, 1.5)}) == 6


def test_values_hash_alike_in_every_process() -> None:
    """Each process that runs this has its own seed for Python's hashes."""
    assert hash_values({"b": 1, "a": ["x", 2.5]}) == hash_values({"a": ["x", 2.5], "b": 1})
    assert hash_values({"b": 1, "a": ["x", 2.5]}) == "0d45c539a9d517e40d4c51a6305a272d"


@pytest.mark.parametrize("make", [LogMel, MFCC, MelImage])
def test_a_whole_number_is_the_same_with_and_without_a_point(
    make: Callable[..., nn.Module], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert hash_module(make(RATE, f_min=0, f_max=8000)) == hash_module(make(RATE, f_min=0.0, f_max=8000.0))
    if make is LogMel:
        assert hash_module(make(RATE, ref=1, top_db=80)) == hash_module(make(RATE, ref=1.0))
    found = hash_module(make(RATE))
    monkeypatch.setattr(fingerprint, "_as_declared", lambda part, key, value: value)
    assert hash_module(make(RATE)) == found  # existing caches have this key


def test_kinds_of_front_end_differ() -> None:
    assert len({hash_module(kind(RATE)) for kind in (LogMel, MFCC, MelImage)}) == 3


def test_weights_of_a_module_change_its_hash() -> None:
    layer = nn.Linear(2, 2)
    before = hash_module(layer)
    with torch.no_grad():
        layer.weight[0, 0] += 1
    assert hash_module(layer) != before


@pytest.mark.parametrize("value", [torch.ones(8), np.ones(8), {"a": 1}, print])
def test_attribute_that_nobody_can_compare_is_refused(value: object) -> None:
    layer = nn.Linear(2, 2)
    layer.__dict__["table"] = value
    with pytest.raises(MusicGenreError, match=rf"Linear\.table is a {type(value).__name__}, .* with register_buffer"):
        hash_module(layer)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float64, torch.int64, torch.bool, torch.complex64])
def test_a_buffer_of_any_dtype_counts(dtype: torch.dtype) -> None:
    def of(values: list[float]) -> str:
        layer = nn.Linear(2, 2, bias=False)
        nn.init.zeros_(layer.weight)
        layer.register_buffer("table", torch.tensor(values).to(dtype))
        return hash_module(layer)

    assert of([0, 1, 2]) == of([0, 1, 2]) != of([0, 1, 0])
    assert len({of([1]), of([])}) == 2


def test_the_hash_of_a_matrix_is_that_of_its_rows() -> None:
    layer, rows = nn.Linear(3, 2, bias=False), torch.arange(6.0).reshape(2, 3)
    layer.weight.data = rows.T.contiguous().T
    plain = nn.Linear(3, 2, bias=False)
    plain.weight.data = rows
    assert hash_module(layer) == hash_module(plain)


def test_tracks_are_hashed_once_and_again_after_a_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = scan(write_corpus(tmp_path / "corpus", ("drone", "hum"), tracks=2, seconds=0.2))
    read: list[str] = []

    def noting(path: Path) -> str:
        read.append(path.name)
        return hash_file(path)

    monkeypatch.setattr(fingerprint, "hash_or_error", noting)
    first = hash_tracks(corpus)
    assert first == {track.id: hash_file(track.path) for track in corpus.tracks}
    assert len(read) == 4
    assert hash_tracks(corpus) == first
    assert len(read) == 4
    changed = corpus.tracks[2]
    stat = changed.path.stat()
    content = bytearray(changed.path.read_bytes())
    content[100] ^= 1
    changed.path.write_bytes(content)
    os.utime(changed.path, ns=(stat.st_atime_ns, stat.st_mtime_ns))  # same size, same time of modification
    second = hash_tracks(corpus)
    assert {track for track in first if first[track] != second[track]} == {changed.id}
    assert read[4:] == [changed.path.name]


def test_unreadable_track_hashes_to_its_error_and_mending_it_changes_the_hash(tmp_path: Path) -> None:
    corpus = scan(write_corpus(tmp_path / "corpus", ("drone", "hum"), tracks=1, seconds=0.2))
    path = corpus.tracks[0].path
    content = path.read_bytes()
    path.unlink()
    assert "No such file" in hash_tracks(corpus)["drone/drone.00000.wav"]
    path.write_bytes(content)
    assert hash_tracks(corpus)["drone/drone.00000.wav"] == xxhash.xxh3_128_hexdigest(content)


def test_a_file_that_could_not_be_read_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = scan(write_corpus(tmp_path / "corpus", ("drone", "hum"), tracks=1, seconds=0.2))

    def fail(path: Path) -> str:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(fingerprint, "hash_file", fail)
        assert set(hash_tracks(corpus).values()) == {"unreadable: Input/output error"}
    assert hash_tracks(corpus) == {track.id: hash_file(track.path) for track in corpus.tracks}
