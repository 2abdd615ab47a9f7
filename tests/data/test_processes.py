from concurrent.futures import Executor
from pathlib import Path

import numpy as np
import pytest
from made_audio import write_corpus

from musicgenre.data.audio.segments import Segmenter
from musicgenre.data.corpus.scan import scan
from musicgenre.data.store import compute
from musicgenre.data.store.cached import CachedExtractor
from musicgenre.data.store.extract import AudioExtractor
from musicgenre.data.store.feature_store import open_store
from musicgenre.features import LogMel

make_pool = compute._pool


def test_processes_give_the_features_of_this_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = scan(write_corpus(tmp_path, ("drone", "hum"), tracks=3, seconds=0.5))
    corpus.tracks[0].path.write_bytes(b"nothing")
    extractor = AudioExtractor(LogMel(8000, n_fft=512, n_mels=16), Segmenter(8000, length=0.25), 8000)
    monkeypatch.setattr("os.cpu_count", lambda: 1)  # each process takes seconds to start
    monkeypatch.setattr(compute, "_WORTH_PROCESSES", 0.0)
    started: list[bool] = []

    def pool(workers: int, in_processes: bool) -> Executor:
        started.append(in_processes)
        return make_pool(workers, in_processes)

    monkeypatch.setattr(compute, "_pool", pool)
    store = open_store(corpus, CachedExtractor(extractor))
    assert started == [True]
    expected = np.concatenate([extractor(track.path).features for track in corpus.tracks[1:]])
    np.testing.assert_allclose(store.features, expected, atol=1e-4)
    assert store.skipped.track.tolist() == ["drone/drone.00000.wav"]
    assert "not readable" in store.skipped.reason[0]


def test_what_is_soon_done_starts_no_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = scan(write_corpus(tmp_path, ("drone", "hum"), tracks=3, seconds=0.5))
    extractor = AudioExtractor(LogMel(8000, n_fft=512, n_mels=16), Segmenter(8000, length=0.25), 8000)
    monkeypatch.delattr(compute, "_pool")
    assert len(open_store(corpus, CachedExtractor(extractor)).features) == 12
