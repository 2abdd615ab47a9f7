"""Caches damaged on the disk: rebuilt, never half used."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_audio import RATE, write_corpus

from musicgenre.data.audio.segments import Segmenter
from musicgenre.data.corpus.scan import scan
from musicgenre.data.store import feature_store as store
from musicgenre.data.store.cached import CachedExtractor
from musicgenre.data.store.extract import AudioExtractor, Extracted
from musicgenre.data.store.fingerprint import hash_tracks
from musicgenre.errors import MusicGenreError
from musicgenre.features import LogMel
from musicgenre.files import cache_dir
from musicgenre.synthetic import render_corpus


@pytest.fixture(autouse=True)
def _cache_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSICGENRE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(store, "_opened", {})


def extractor() -> AudioExtractor:
    return AudioExtractor(LogMel(RATE, n_fft=1024, n_mels=8).eval(), Segmenter(RATE, length=1.0), RATE)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 16
    path.write_bytes(content)


def _fewer(path: Path) -> None:
    with np.load(path) as kept:
        parts = dict(kept)
    np.savez(path, features=parts["features"][:1], placed=parts["placed"])


def _other(path: Path) -> None:
    np.savez(path, features=np.zeros(3), placed=np.array("[]"))


@pytest.mark.parametrize("damage", [_cut, _flip, _fewer, _other, lambda path: path.write_bytes(b"")])
def test_a_damaged_track_is_computed_again(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    path = next(write_corpus(tmp_path / "corpus", ("drone",), tracks=1, seconds=2.5).rglob("*.wav"))
    cached = CachedExtractor(extractor())
    whole = cached(path)
    memo = next((cache_dir() / "tracks").iterdir())
    damage(memo)
    for _ in range(2):  # computed again, and kept again
        found: Extracted = cached(path)
        np.testing.assert_array_equal(found.features, whole.features)
        assert found.starts == whole.starts
    with np.load(memo) as kept:
        assert len(kept["features"]) == 2


def test_a_track_that_is_changed_before_it_is_read_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = sorted(write_corpus(tmp_path / "corpus", ("drone",), tracks=2, seconds=1.5).rglob("*.wav"))
    content, read = one.read_bytes(), AudioExtractor.__call__

    def replaced(self: AudioExtractor, path: Path) -> Extracted:
        path.write_bytes(other.read_bytes())
        return read(self, path)

    with monkeypatch.context() as patched:
        patched.setattr(AudioExtractor, "__call__", replaced)
        CachedExtractor(extractor())(one)
    one.write_bytes(content)
    np.testing.assert_array_equal(CachedExtractor(extractor())(one).features, extractor()(one).features)


@pytest.mark.parametrize(
    "content",
    [
        *("", "{", "[]", "5", "null", "[" * 99_999, '{"a": 5}', '{"drone/drone.00000.wav": ["x"]}'),
        '{"drone/drone.00000.wav": ["", "stale"]}',
    ],
)
def test_damaged_hashes_are_taken_again(tmp_path: Path, content: str) -> None:
    corpus = scan(write_corpus(tmp_path / "corpus", ("drone", "hum"), tracks=1, seconds=1.0))
    whole = hash_tracks(corpus)
    [memo] = (cache_dir() / "hashes").iterdir()
    memo.write_text(content)
    assert hash_tracks(corpus) == whole
    assert set(json.loads(memo.read_text())) == set(whole)


def test_a_folder_in_the_place_of_a_kept_file_keeps_nothing_from_being_computed(tmp_path: Path) -> None:
    corpus = scan(write_corpus(tmp_path / "corpus", ("drone", "hum"), tracks=1, seconds=2.5))
    whole, cached = hash_tracks(corpus), CachedExtractor(extractor())
    features = cached(corpus.tracks[0].path).features
    for name in ("hashes", "tracks"):
        kept = next((cache_dir() / name).iterdir())
        kept.unlink()
        kept.mkdir()
    assert hash_tracks(corpus) == whole
    np.testing.assert_array_equal(cached(corpus.tracks[0].path).features, features)
    assert all(len([*(cache_dir() / name).iterdir()]) == 1 for name in ("hashes", "tracks"))  # no draft is left


def test_a_corpus_larger_than_the_disk_is_not_begun(tmp_path: Path) -> None:
    with pytest.raises(MusicGenreError, match=r"takes 1\.59e\+04 GB, and .* GB left"):
        render_corpus(tmp_path / "corpus", tracks_per_genre=100_000, seconds=3600.0, genres=("blues",))
    assert not (tmp_path / "corpus").exists()


@pytest.mark.parametrize("start", [0, 44, 100_000])
def test_a_zeroed_rendered_track_is_rendered_again(tmp_path: Path, start: int) -> None:
    asked: dict[str, Any] = {"tracks_per_genre": 1, "seconds": 4.0, "genres": ("blues",), "progress": False}
    root = render_corpus(tmp_path / "corpus", **asked, workers=1)
    path = next(root.rglob("*.wav"))
    whole = path.read_bytes()
    path.write_bytes(whole[:start] + bytes(len(whole) - start))
    render_corpus(root, **asked, workers=1)
    assert path.read_bytes() == whole
