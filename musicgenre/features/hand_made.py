"""Fifty-eight hand-made features of a recording: the columns of Kaggle's GTZAN tables."""

import warnings
from collections.abc import Iterator

import librosa
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from musicgenre.features.compiled import compile_librosa
from musicgenre.features.front_end import FrontEnd, require_samples
from musicgenre.features.harmonic import harmonic_percussive

_N_FFT = 2048
_HOP_LENGTH = 512
_N_MFCC = 20
_PAIRS = (
    "chroma_stft",
    "rms",
    "spectral_centroid",
    "spectral_bandwidth",
    "rolloff",
    "zero_crossing_rate",
    "harmony",
    "perceptr",
)

COLUMNS: tuple[str, ...] = (
    "length",
    *(f"{name}_{moment}" for name in _PAIRS for moment in ("mean", "var")),
    "tempo",
    *(f"mfcc{i}_{moment}" for i in range(1, _N_MFCC + 1) for moment in ("mean", "var")),
)

Curve = NDArray[np.floating]


class HandMade(FrontEnd):
    """Turns waveforms `(B, T)` into hand-made features `(B, 1, 58, 1)`, in the order of `COLUMNS`.

    The length in samples; mean and variance over time of chroma, RMS, spectral centroid, bandwidth and roll-off (85 %),
    zero-crossing rate, harmonic and percussive part, and 20 MFCC; the tempo in beats per minute.

    These are the values of Kaggle's tables of GTZAN, which were computed with librosa before 0.10: the signal is
    mirrored at its ends for spectra (later versions add zeros), and the harmonic and percussive parts end with the last
    whole hop, followed by zeros. Computed on the CPU in NumPy, without gradients.

    Sources: `librosa.feature`, and `harmonic_percussive` for the harmonic and percussive parts.

    Args:
        sample_rate: Rate of the waveforms, in Hz.
        row_length: Value of the column `length`, in samples, for waveforms that are more than a twentieth shorter or
            longer: a model trained only on rows of 30 s has learnt nothing about a clip's 10 s. None for their own.

    Example:
        >>> HandMade(22050)(torch.randn(2, 22050)).shape
        torch.Size([2, 1, 58, 1])
    """

    reads = ("audio", "table")
    one_size = True
    slow = True
    traceable = False
    bins = "feature"

    def __init__(self, sample_rate: int = 22050, *, row_length: int | None = None) -> None:
        super().__init__(sample_rate)
        self.row_length = row_length

    def expecting(self, n_samples: int) -> "HandMade":
        """Return the front end that gives shorter or longer waveforms the length of the training rows."""
        return HandMade(self.sample_rate, row_length=n_samples)

    def forward(self, waveform: Tensor) -> Tensor:
        """Compute features `(B, 1, 58, 1)` from waveforms `(B, T)`."""
        rows = [hand_made_features(item, self.sample_rate) for item in waveform.numpy(force=True)]
        table = torch.tensor([[row[name] for name in COLUMNS] for row in rows]).view(-1, len(COLUMNS))  # (B, 58)
        if self.row_length is not None and abs(waveform.shape[1] - self.row_length) > 0.05 * self.row_length:
            table[:, COLUMNS.index("length")] = self.row_length
        return table[:, None, :, None].to(waveform.device)

    def output_shape(self, n_samples: int) -> tuple[int, int, int]:
        """Return the shape `(1, 58, 1)`, whatever the length."""
        _require_length(n_samples)
        return 1, len(COLUMNS), 1


def hand_made_features(waveform: NDArray[np.float32], sample_rate: int) -> dict[str, float]:
    """Compute the features of one waveform `(T,)` by their names in `COLUMNS`; see `HandMade`.

    Example:
        >>> tone = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050).astype(np.float32)
        >>> found = hand_made_features(tone, 22050)
        >>> len(found), found["length"], round(found["rms_mean"], 2)
        (58, 22050, 0.71)
    """
    _require_length(len(waveform))
    compile_librosa()
    features: dict[str, float] = {"length": len(waveform)}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Trying to estimate tuning from empty")  # silence has none
        warnings.filterwarnings("ignore", message=f"n_fft={_N_FFT} is too large")  # shorter ones are mirrored
        for name, curve in _curves(waveform, sample_rate):
            features |= {f"{name}_mean": float(curve.mean()), f"{name}_var": float(curve.var())}
        return features | {"tempo": _tempo(waveform, sample_rate)}


def _require_length(n_samples: int) -> None:
    require_samples(n_samples, _N_FFT // 2 + 1, f"at least {_N_FFT // 2 + 1}: half a frame is mirrored at each end")


def _curves(waveform: NDArray[np.float32], rate: int) -> Iterator[tuple[str, Curve]]:
    spectrum = librosa.stft(waveform, n_fft=_N_FFT, hop_length=_HOP_LENGTH, pad_mode="reflect")  # (1025, frames)
    magnitude = np.abs(spectrum)
    yield "chroma_stft", librosa.feature.chroma_stft(S=magnitude**2, sr=rate)
    yield "rms", librosa.feature.rms(y=waveform, pad_mode="reflect")
    yield "spectral_centroid", librosa.feature.spectral_centroid(S=magnitude, sr=rate)
    yield "spectral_bandwidth", librosa.feature.spectral_bandwidth(S=magnitude, sr=rate)
    yield "rolloff", librosa.feature.spectral_rolloff(S=magnitude, sr=rate)
    yield "zero_crossing_rate", librosa.feature.zero_crossing_rate(waveform)
    for name, part in zip(("harmony", "perceptr"), harmonic_percussive(spectrum), strict=True):
        yield name, librosa.util.fix_length(librosa.istft(part, hop_length=_HOP_LENGTH), size=len(waveform))
    mel = librosa.feature.melspectrogram(S=magnitude**2, sr=rate)
    for i, coefficient in enumerate(librosa.feature.mfcc(S=librosa.power_to_db(mel), n_mfcc=_N_MFCC), start=1):
        yield f"mfcc{i}", coefficient


def _tempo(waveform: NDArray[np.float32], rate: int) -> float:
    """Estimate beats per minute as `librosa.beat.beat_track` does; 0 if there are no onsets."""
    onsets = librosa.onset.onset_strength(y=waveform, sr=rate, aggregate=np.median)
    return float(librosa.feature.tempo(onset_envelope=onsets, sr=rate)[0]) if onsets.any() else 0.0
