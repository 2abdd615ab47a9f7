from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from musicgenre.data.audio.decode import AudioError
from musicgenre.data.store.cached import CachedExtractor
from musicgenre.data.store.extract import Extracted


@dataclass(frozen=True)
class Counting:
    settings: str = "one"
    in_processes: bool = False
    calls: list[Path] = field(default_factory=list)

    def __call__(self, path: Path) -> Extracted:
        self.calls.append(path)
        if not path.read_bytes():
            raise AudioError("empty")
        return Extracted(np.full((2, 1, 3, 1), len(path.read_bytes()), np.float32), [0.0, 1.5], 3.0)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSICGENRE_CACHE", str(tmp_path / "cache"))


def test_a_file_is_computed_once(tmp_path: Path) -> None:
    path, inner = tmp_path / "a.wav", Counting()
    path.write_bytes(b"abc")
    first, second = CachedExtractor(inner)(path), CachedExtractor(inner)(path)
    assert len(inner.calls) == 1
    np.testing.assert_array_equal(second.features, first.features)
    assert (second.starts, second.seconds) == ([0.0, 1.5], 3.0)


def test_other_content_or_settings_are_computed_anew(tmp_path: Path) -> None:
    path, inner = tmp_path / "a.wav", Counting()
    path.write_bytes(b"abc")
    CachedExtractor(inner)(path)
    path.write_bytes(b"abcd")
    assert CachedExtractor(inner)(path).features[0, 0, 0, 0] == 4
    other = Counting(settings="two")
    CachedExtractor(other)(path)
    assert (len(inner.calls), len(other.calls)) == (2, 1)


def test_an_error_is_not_kept(tmp_path: Path) -> None:
    path, inner = tmp_path / "a.wav", Counting()
    path.write_bytes(b"")
    for _ in range(2):
        with pytest.raises(AudioError, match="empty"):
            CachedExtractor(inner)(path)
    assert len(inner.calls) == 2
