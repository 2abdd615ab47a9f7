import os
from pathlib import Path
from typing import Any, Literal

import librosa
import numpy as np
import pandas as pd
import pytest
import torch

from musicgenre.data.audio.decode import read_audio
from musicgenre.features import HandMade
from musicgenre.features.hand_made import COLUMNS, hand_made_features
from musicgenre.features.harmonic import harmonic_percussive

RATE = 22050


def tone() -> np.ndarray:
    seconds = np.arange(2 * RATE) / RATE
    clicks = (seconds % 0.5 < 0.01) * np.random.default_rng(0).normal(size=len(seconds))
    return (0.3 * np.sin(2 * np.pi * 440 * seconds) + 0.3 * clicks).astype(np.float32)


def test_columns_are_kaggles() -> None:
    assert len(COLUMNS) == len(set(COLUMNS)) == 58
    assert COLUMNS[:2] == ("length", "chroma_stft_mean")
    assert COLUMNS[17:20] == ("tempo", "mfcc1_mean", "mfcc1_var")
    assert COLUMNS[-1] == "mfcc20_var"


def test_features_are_moments_of_librosas_curves() -> None:
    waveform = tone()
    features = hand_made_features(waveform, RATE)
    padded = np.pad(waveform, 1024, mode="reflect")
    given: dict[str, Any] = {"y": padded, "sr": RATE, "center": False}
    mel = librosa.power_to_db(librosa.feature.melspectrogram(**given))
    parts = librosa.decompose.hpss(librosa.stft(padded, center=False))
    heard = [np.pad(wave, (0, len(waveform) - len(wave))) for wave in map(librosa.istft, parts)]
    curves = {
        "chroma_stft": librosa.feature.chroma_stft(**given),
        "rms": librosa.feature.rms(y=padded, center=False),
        "spectral_centroid": librosa.feature.spectral_centroid(**given),
        "spectral_bandwidth": librosa.feature.spectral_bandwidth(**given),
        "rolloff": librosa.feature.spectral_rolloff(**given, roll_percent=0.85),
        "zero_crossing_rate": librosa.feature.zero_crossing_rate(waveform),
        **dict(zip(("harmony", "perceptr"), heard, strict=True)),
        **{f"mfcc{i}": curve for i, curve in enumerate(librosa.feature.mfcc(S=mel, n_mfcc=20), start=1)},
    }
    expected = {"length": len(waveform), "tempo": np.ravel(librosa.beat.beat_track(y=waveform, sr=RATE)[0])[0]}
    for name, curve in curves.items():
        expected |= {f"{name}_mean": curve.mean(), f"{name}_var": curve.var()}
    assert expected.keys() == set(COLUMNS)
    for name in COLUMNS:  # means around zero are sums of cancelling float32
        assert features[name] == pytest.approx(expected[name], rel=1e-3, abs=1e-7), name
    assert features["tempo"] == pytest.approx(120, rel=0.05)  # a click every half second


def test_the_front_end_gives_every_item_its_own_row() -> None:
    waveform = tone()
    batch = torch.from_numpy(np.stack([waveform, 0.5 * waveform]))
    features = HandMade(RATE)(batch)
    assert features.shape == (2, *HandMade(RATE).output_shape(len(waveform)))
    alone = HandMade(RATE)(batch[1:])
    torch.testing.assert_close(features[1:], alone)
    rms = COLUMNS.index("rms_mean")
    assert features[1, 0, rms, 0] == pytest.approx(0.5 * features[0, 0, rms, 0].item(), rel=1e-5)


def test_silence_has_finite_features() -> None:
    assert HandMade(RATE)(torch.zeros(1, RATE)).isfinite().all()


REAL = os.environ.get("MUSICGENRE_REAL_DATA")


@pytest.mark.skipif(REAL is None, reason="MUSICGENRE_REAL_DATA names no folder")
@pytest.mark.parametrize("genre", ["blues", "jazz", "metal"])
def test_whole_tracks_reproduce_kaggles_rows(genre: str) -> None:
    assert REAL is not None
    table = pd.read_csv(Path(REAL) / "gtzan_features" / "features_30_sec.csv").set_index("filename")
    track = Path(REAL) / "gtzan_audio" / "genres_original" / genre / f"{genre}.00000.wav"
    features = hand_made_features(read_audio(track, RATE), RATE)
    row = table.loc[track.name]
    for name in COLUMNS:  # means around zero are sums of cancelling float32
        assert features[name] == pytest.approx(row[name], rel=1e-5, abs=1e-9), name


@pytest.mark.parametrize("n_frames", [1, 2, 3, 4, 15, 16, 30, 31])
@pytest.mark.parametrize("order", ["C", "F"])
def test_few_frames_are_parted_as_many_mirrored_ones(n_frames: int, order: Literal["C", "F"]) -> None:
    rng = np.random.default_rng(0)
    spectrum = (rng.normal(size=(1025, n_frames)) + 1j * rng.normal(size=(1025, n_frames))).astype(np.complex64)
    mirrored = np.pad(spectrum, ((0, 0), (31, 31)), mode="symmetric")
    expected = librosa.decompose.hpss(mirrored)
    for found, wide in zip(harmonic_percussive(np.array(spectrum, order=order)), expected, strict=True):
        np.testing.assert_array_equal(found, wide[:, 31 : 31 + n_frames])
