"""Recordings of several hours: how much of them is in memory does not depend on their length."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile as sf
import torch
from torch import Tensor

from musicgenre.data.audio import sndfile
from musicgenre.data.audio.decode import AudioError
from musicgenre.data.audio.segments import Segmenter
from musicgenre.data.corpus.tracks import Corpus, Track
from musicgenre.data.store import extract
from musicgenre.data.store.extract import AudioExtractor
from musicgenre.data.store.feature_table import kaggle_table
from musicgenre.data.store.open import open_features
from musicgenre.explore import track_tables
from musicgenre.explore.track_tables import hand_made_table, hand_made_title, track_table
from musicgenre.features import MFCC, FrontEnd, HandMade, MelImage
from musicgenre.prediction import AudioClassifier

RATE = 4000  # Hz
BLOCK = 10 * RATE  # frames decoded at a time


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of frames that each read returned."""
    counts = list[int]()
    real = sndfile._read

    def read(file: sf.SoundFile, frames: int) -> np.ndarray:
        block = real(file, frames)
        counts.append(len(block))
        return block

    monkeypatch.setattr(sndfile, "_read", read)
    return counts


def recording(path: Path, seconds: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, seconds * RATE)
    sf.write(path, noise, RATE)
    return path


@pytest.mark.parametrize(("length", "largest"), [(3.0, 64), (30.0, 8)])
def test_prediction_decodes_in_blocks_and_hears_in_batches(
    tmp_path: Path, asked: list[int], length: float, largest: int
) -> None:
    batches = list[int]()

    def net(features: Tensor) -> Tensor:
        batches.append(len(features))
        return torch.zeros(len(features), 2)

    as_features = torch.nn.Unflatten(1, (1, 1, -1))
    listen = AudioClassifier(as_features, net, ("jazz", "rock"), Segmenter(RATE, length=length))
    found = listen(recording(tmp_path / "a.flac", 600))
    assert found.seconds == 600
    assert len(found.segments) == 600 / length
    assert (max(asked), sum(asked)) == (BLOCK, 600 * RATE)
    assert (max(batches), sum(batches)) == (largest, 600 / length)


def test_table_of_coefficients_takes_the_beginning_of_a_long_track(
    tmp_path: Path, asked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(track_tables, "LONGEST", 30.0)
    samples, rate = sf.read(recording(tmp_path / "jazz" / "a.wav", 150), dtype="float32")
    sf.write(tmp_path / "jazz" / "b.wav", samples[: 30 * rate], rate)
    tracks = tuple(Track(f"jazz/{name}.wav", "jazz", tmp_path / "jazz" / f"{name}.wav") for name in ("a", "b"))
    table = track_table(Corpus(tmp_path, ("jazz",), tracks), RATE)
    assert table.iloc[0, 1:].tolist() == table.iloc[1, 1:].tolist()
    assert sum(asked) <= (50 + 30) * RATE  # of the long track, what it takes and two more blocks
    coefficients = MFCC(RATE, n_mfcc=20)(torch.from_numpy(samples[None, : 30 * rate]))[0, 0]
    np.testing.assert_allclose(table.iloc[0, 2:22].astype(float), coefficients.mean(1), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(table.iloc[0, 22:].astype(float), coefficients.std(1, correction=0), rtol=1e-4)


def test_table_of_hand_made_features_takes_the_beginning_of_a_long_track(
    tmp_path: Path, asked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(track_tables, "LONGEST", 3.0)
    monkeypatch.setattr(track_tables.TrackExtractor, "in_processes", False)  # which would not see that, nor the reads
    seconds = {"a": 200, "b": 2}
    tracks = tuple(
        Track(f"jazz/{name}.wav", "jazz", recording(tmp_path / "jazz" / f"{name}.wav", length))
        for name, length in seconds.items()
    )
    table = hand_made_table(Corpus(tmp_path, ("jazz",), tracks), RATE)
    assert table.length.tolist() == [3 * RATE, 2 * RATE]
    assert hand_made_title(table, RATE) == "58 features of each track, first 3 s of longer ones"
    assert sum(asked) <= 2 * (2 * BLOCK + 2 * RATE)  # of the long track, what it takes and one more block
    beginning = HandMade(RATE)(torch.from_numpy(sf.read(tracks[0].path, 3 * RATE, dtype="float32")[0][None]))
    np.testing.assert_allclose(table.iloc[0, 1:-1].astype(float), beginning.flatten(), rtol=1e-5)


def test_hand_made_features_of_whole_tracks_serve_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tracks = tuple(
        Track(f"jazz/{name}.wav", "jazz", recording(tmp_path / "jazz" / f"{name}.wav", length))
        for name, length in {"a": 3, "b": 2}.items()
    )
    corpus = Corpus(tmp_path, ("jazz",), tracks)
    table = hand_made_table(corpus, RATE)
    monkeypatch.setattr(AudioExtractor, "__call__", lambda self, path: pytest.fail(f"{path} is measured again"))
    trained_on = kaggle_table(open_features(corpus, HandMade(RATE), Segmenter(RATE, None)))
    pd.testing.assert_frame_equal(trained_on, table)


@pytest.mark.parametrize("front_end", [MelImage(RATE, size=16, n_fft=256), HandMade(RATE)])
def test_track_that_is_too_long_to_be_taken_whole_is_refused_early(
    tmp_path: Path, asked: list[int], monkeypatch: pytest.MonkeyPatch, front_end: FrontEnd
) -> None:
    monkeypatch.setattr(extract, "LONGEST_WHOLE", 60.0)
    monkeypatch.setattr(sndfile, "_WHOLE", 1 << 10)  # samples decoded at once
    whole = AudioExtractor(front_end, Segmenter(RATE, None), RATE)
    with pytest.raises(AudioError, match=r"too long to use whole: more than 1 min; set segments\.length"):
        whole(recording(tmp_path / "a.wav", 300))
    assert sum(asked) < 90 * RATE
    assert whole(recording(tmp_path / "b.wav", 5)).seconds == 5
