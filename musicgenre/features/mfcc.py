"""Mel-frequency cepstral coefficients."""

import librosa
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from musicgenre.arguments import is_whole
from musicgenre.errors import MusicGenreError
from musicgenre.features.compiled import compile_librosa
from musicgenre.features.decibels import power_to_db
from musicgenre.features.front_end import FrontEnd
from musicgenre.features.mel import MelPower, MelScale, Norm, PadMode


class MFCC(FrontEnd):
    """Turns waveforms `(B, T)` into mel-frequency cepstral coefficients `(B, 1, n_mfcc, frames)`.

    The values are `librosa.feature.mfcc`'s: the orthonormal DCT-II over the mel axis of a spectrogram in dB (relative
    to a power of 1, 80 dB below an item's maximum kept), for each item of a batch separately. Those of
    `torchaudio.transforms.MFCC()` come from `MFCC(16000, n_mfcc=40, n_fft=400, hop_length=200, mel_scale="htk",
    norm=None, pad_mode="reflect", allow_empty=True)`.

    Args:
        sample_rate: Rate of the waveforms, in Hz.
        n_mfcc: Number of coefficients, starting with the 0th, the level.
        n_fft: Samples in a frame.
        hop_length: Samples between the centres of two frames.
        n_mels: Number of mel filters.
        f_min: Lowest frequency, in Hz.
        f_max: Highest frequency, in Hz; None for half the sample rate.
        max_frames: Keep only this many first frames of each waveform; None keeps all. A frame near this limit sees
            samples beyond it, unlike one of a waveform that is cut there.
        mel_scale: "slaney" or "htk", see `MelPower`.
        norm: "slaney" for filters of equal area, None for filters of equal height.
        pad_mode: "constant" adds zeros at both ends, "reflect" mirrors the waveform.
        allow_empty: Keep mel filters that no frequency falls into.

    Raises:
        MusicGenreError: The settings contradict each other, or leave a filter without any frequency.

    Example:
        >>> MFCC(22050, n_mfcc=13)(torch.randn(2, 66150)).shape
        torch.Size([2, 1, 13, 130])
    """

    dct: Tensor

    bins = "coefficient"

    def __init__(
        self,
        sample_rate: int = 22050,
        *,
        n_mfcc: int = 13,
        n_fft: int = 2048,
        hop_length: int = 512,
        n_mels: int = 128,
        f_min: float = 0.0,
        f_max: float | None = None,
        max_frames: int | None = None,
        mel_scale: MelScale = "slaney",
        norm: Norm = "slaney",
        pad_mode: PadMode = "constant",
        allow_empty: bool = False,
    ) -> None:
        super().__init__(sample_rate)
        if not is_whole(n_mfcc) or (is_whole(n_mels) and not 1 <= n_mfcc <= n_mels):
            raise MusicGenreError(
                f"n_mfcc is {n_mfcc!r} with n_mels={n_mels}: set it to a whole number up to n_mels, or raise n_mels."
            )
        if max_frames is not None and (not is_whole(max_frames) or max_frames < 1):
            raise MusicGenreError(f"max_frames is {max_frames!r}: give a whole number of at least 1, or none for all.")
        self.n_mfcc, self.max_frames = n_mfcc, max_frames
        self.mel = MelPower(
            sample_rate, n_fft, hop_length, n_mels, f_min, f_max, mel_scale, norm, pad_mode, allow_empty=allow_empty
        )
        from scipy.fft import dct  # here: importing it takes 0.3 s

        matrix = dct(np.eye(n_mels), norm="ortho", axis=0)[:n_mfcc]  # (n_mfcc, n_mels), orthonormal
        self.register_buffer("dct", torch.from_numpy(matrix.astype(np.float32)), persistent=False)

    def forward(self, waveform: Tensor) -> Tensor:
        """Compute coefficients `(B, 1, n_mfcc, frames)` from waveforms `(B, T)`."""
        with torch.autocast(waveform.device.type, enabled=False):
            coefficients: Tensor = self.dct @ power_to_db(self.mel(waveform)).unsqueeze(1)
        return coefficients[..., : self.max_frames]  # (B, 1, n_mfcc, frames)

    def to_audio(self, coefficients: NDArray[np.floating], seed: int = 0) -> NDArray[np.float32]:
        """Find a waveform `(T,)` in [-1, 1] whose coefficients are close to those given, `(n_mfcc, frames)`.

        The steps of `librosa.feature.inverse.mfcc_to_audio`, with a seed for the initial phases of the Griffin-Lim
        algorithm. It is approximate, and audibly so: coefficients beyond `n_mfcc`, and with them the pitch, are lost;
        phases are guessed. Audio louder than full scale is scaled down to it.

        Args:
            coefficients: Coefficients, not standardised.
            seed: Seed of the phases.

        Example:
            >>> mfcc = np.zeros((13, 5), np.float32)  # 5 frames of the same level in all bands
            >>> MFCC(22050, n_mels=32).to_audio(mfcc).shape  # 4 hops of 512 samples
            (2048,)
        """
        compile_librosa()
        mel = self.mel
        power = librosa.feature.inverse.mfcc_to_mel(np.asarray(coefficients, np.float32), n_mels=mel.n_mels)
        spectrum = librosa.feature.inverse.mel_to_stft(
            power,
            sr=self.sample_rate,
            n_fft=mel.n_fft,
            fmin=mel.f_min,
            fmax=mel.f_max,
            htk=mel.mel_scale == "htk",
            norm=mel.norm,
        )  # (n_fft // 2 + 1, frames)
        waveform = librosa.griffinlim(spectrum, hop_length=mel.hop_length, n_fft=mel.n_fft, random_state=seed)
        return np.asarray(waveform / max(1.0, np.abs(waveform).max()), np.float32)

    def output_shape(self, n_samples: int) -> tuple[int, int, int]:
        """Return the shape `(1, n_mfcc, frames)` that a waveform of `n_samples` gives."""
        frames = self.mel.n_frames(n_samples)
        return 1, self.n_mfcc, frames if self.max_frames is None else min(frames, self.max_frames)
