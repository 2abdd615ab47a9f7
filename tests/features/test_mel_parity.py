"""Log-mel spectrograms and MFCC against librosa, on signals that are hard in different ways."""

from functools import cache
from typing import Any

import librosa
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from musicgenre.features import MFCC, FrontEnd, LogMel, MelImage
from musicgenre.features.mel import MelPower

Audio = NDArray[np.float32]

# (sample_rate, n_samples, n_fft, hop_length, n_mels)
SETTINGS = [
    (22050, 66150, 2048, 512, 128),
    (22050, 30000, 2048, 512, 180),
    (16000, 40001, 1024, 160, 40),
    (44100, 30011, 4096, 1024, 96),
    (11025, 5513, 512, 700, 20),  # a hop longer than the frame, an odd rate
    (22050, 5000, 1025, 300, 40),  # an odd frame
    (8000, 512, 512, 128, 32),  # one frame's worth of samples
    (22050, 160_000, 2048, 512, 1),  # more frames than a chunk, fewer filters than bands
]
SIGNALS = ["noise", "chirp", "clicks", "tone", "near_silence", "silence"]


def make(signal: str, n: int, sample_rate: int) -> Audio:
    rng = np.random.default_rng(0)
    t = np.arange(n) / sample_rate
    if signal == "noise":
        y = 0.1 * rng.standard_normal(n)
    elif signal == "chirp":
        y = 0.9 * np.sin(2 * np.pi * (50 * t + sample_rate / 6 * t**2 / t[-1]))
    elif signal == "clicks":
        y = (np.arange(n) % 1777 == 300).astype(float)
    elif signal == "tone":
        y = 0.5 * np.sin(2 * np.pi * 440 * t)
    else:
        y = 1e-5 * rng.standard_normal(n) * (signal == "near_silence")
    return y.astype(np.float32)


def run(front_end: FrontEnd, y: Audio) -> Audio:
    features: Audio = front_end(torch.from_numpy(y)[None])[0, 0].numpy()
    return features


@cache
def case(setting: tuple[int, int, int, int, int], signal: str) -> tuple[Audio, Audio]:
    """A signal and librosa's mel power of it."""
    sr, n, n_fft, hop, n_mels = setting
    y = make(signal, n, sr)
    return y, librosa.feature.melspectrogram(y=y, sr=sr, n_fft=n_fft, hop_length=hop, n_mels=n_mels)


def keywords(setting: tuple[int, int, int, int, int]) -> dict[str, int]:
    return dict(zip(("n_fft", "hop_length", "n_mels"), setting[2:], strict=True))


@pytest.mark.parametrize("signal", SIGNALS)
@pytest.mark.parametrize("setting", SETTINGS, ids=str)
class TestAgainstLibrosa:
    def test_mel_power(self, setting: tuple[int, int, int, int, int], signal: str) -> None:
        y, theirs = case(setting, signal)
        mel = MelPower(setting[0], **keywords(setting), f_min=0.0, f_max=None)
        ours = mel(torch.from_numpy(y)[None])[0].numpy()
        # Elementwise; librosa transforms in float64, so rounding shows 110 dB below the maximum.
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-11 * theirs.max(initial=1))

    def test_log_mel(self, setting: tuple[int, int, int, int, int], signal: str) -> None:
        y, power = case(setting, signal)
        refs: list[tuple[Any, Any]] = [("max", np.max), (1.0, 1.0), (0.01, 0.01)]
        for ref, librosas_ref in refs:
            ours = run(LogMel(setting[0], **keywords(setting), ref=ref), y)
            # 2e-3 dB anywhere in a range of 80 dB is 2.5e-5.
            np.testing.assert_allclose(ours, librosa.power_to_db(power, ref=librosas_ref), rtol=0, atol=2e-3)

    def test_mfcc(self, setting: tuple[int, int, int, int, int], signal: str) -> None:
        y, power = case(setting, signal)
        n_mfcc = min(13, setting[-1])
        ours = run(MFCC(setting[0], n_mfcc=n_mfcc, **keywords(setting)), y)
        theirs = librosa.feature.mfcc(S=librosa.power_to_db(power), n_mfcc=n_mfcc)
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=2e-3)


def test_mfcc_defaults_are_librosas() -> None:
    y = make("chirp", 22050, 22050)
    theirs = librosa.feature.mfcc(y=y, sr=22050, n_mfcc=13)
    np.testing.assert_allclose(run(MFCC(22050), y), theirs, rtol=1e-4, atol=2e-3)


def test_frequency_range_and_whole_range_follow_librosa() -> None:
    y = make("noise", 22050, 22050)
    ours = run(LogMel(22050, n_mels=64, f_min=100, f_max=6000, ref=1.0, top_db=None), y)
    power = librosa.feature.melspectrogram(y=y, sr=22050, n_mels=64, fmin=100, fmax=6000)
    np.testing.assert_allclose(ours, librosa.power_to_db(power, top_db=None), rtol=1e-4, atol=1e-5)


@pytest.mark.filterwarnings("ignore:n_fft=2048 is too large")
def test_a_stretch_shorter_than_a_frame_follows_librosa() -> None:
    y = make("noise", 700, 22050)
    np.testing.assert_allclose(
        run(LogMel(22050), y),
        librosa.power_to_db(librosa.feature.melspectrogram(y=y, sr=22050), ref=np.max),
        atol=1e-3,
    )


@pytest.mark.parametrize("front_end", [LogMel(22050), MFCC(22050), MelImage(22050)], ids=repr)
def test_a_batch_gives_each_item_what_it_gets_alone(front_end: FrontEnd) -> None:
    batch = torch.from_numpy(np.stack([make(signal, 40000, 22050) for signal in SIGNALS]))
    together = front_end(batch)
    alone = torch.cat([front_end(item[None]) for item in batch])
    assert together.shape == alone.shape
    # The same arithmetic, but a matrix product may add in another order for another number of rows.
    torch.testing.assert_close(together, alone, rtol=1e-5, atol=1e-3)
