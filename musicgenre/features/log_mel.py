"""Log-mel spectrograms."""

from typing import Literal

from torch import Tensor

from musicgenre.features.decibels import check_decibels, power_to_db
from musicgenre.features.front_end import FrontEnd
from musicgenre.features.mel import MelPower, MelScale, Norm, PadMode


class LogMel(FrontEnd):
    """Turns waveforms `(B, T)` into mel spectrograms in dB `(B, 1, n_mels, frames)`, low frequency first.

    The values are those of `librosa.power_to_db(librosa.feature.melspectrogram(...), ref=ref, top_db=top_db)` for each
    item of a batch separately, within 0.002 dB in a range of 80 dB. With `top_db=None`, values 100 dB below a pure tone
    are float32 rounding and differ by more: librosa transforms in float64. With `mel_scale="htk"`, `norm=None` and
    `pad_mode="reflect"` the power is that of torchaudio's `MelSpectrogram`, and with `ref=1.0` and `top_db=None` the
    level is that of its `AmplitudeToDB()`.

    Args:
        sample_rate: Rate of the waveforms, in Hz.
        n_fft: Samples in a frame.
        hop_length: Samples between the centres of two frames.
        n_mels: Number of mel filters.
        f_min: Lowest frequency, in Hz.
        f_max: Highest frequency, in Hz; None for half the sample rate.
        mel_scale: "slaney" or "htk", see `MelPower`.
        norm: "slaney" for filters of equal area, None for filters of equal height.
        pad_mode: "constant" adds zeros at both ends, "reflect" mirrors the waveform.
        allow_empty: Keep mel filters that no frequency falls into.
        ref: The power that is 0 dB, or "max" for each item's own maximum.
        top_db: Range kept below an item's maximum, in dB; None for all.

    Raises:
        MusicGenreError: The settings contradict each other, or leave a filter without any frequency.

    Example:
        >>> import torch
        >>> log_mel = LogMel(22050)
        >>> log_mel(torch.randn(2, 66150)).shape
        torch.Size([2, 1, 128, 130])
        >>> log_mel.output_shape(66150)
        (1, 128, 130)
    """

    def __init__(
        self,
        sample_rate: int = 22050,
        *,
        n_fft: int = 2048,
        hop_length: int = 512,
        n_mels: int = 128,
        f_min: float = 0.0,
        f_max: float | None = None,
        mel_scale: MelScale = "slaney",
        norm: Norm = "slaney",
        pad_mode: PadMode = "constant",
        allow_empty: bool = False,
        ref: Literal["max"] | float = "max",
        top_db: float | None = 80.0,
    ) -> None:
        super().__init__(sample_rate)
        check_decibels(ref, top_db)
        self.ref = ref
        self.top_db = top_db
        self.mel = MelPower(
            sample_rate, n_fft, hop_length, n_mels, f_min, f_max, mel_scale, norm, pad_mode, allow_empty=allow_empty
        )

    def forward(self, waveform: Tensor) -> Tensor:
        """Compute spectrograms in dB `(B, 1, n_mels, frames)` from waveforms `(B, T)`."""
        power = self.mel(waveform)  # (B, n_mels, frames)
        return power_to_db(power, ref=self.ref, top_db=self.top_db).unsqueeze(1)

    @property
    def hertz(self) -> list[float]:
        """Centre of each band in Hz."""
        return self.mel.hertz

    def output_shape(self, n_samples: int) -> tuple[int, int, int]:
        """Return the shape `(1, n_mels, frames)` that a waveform of `n_samples` gives."""
        return 1, self.mel.n_mels, self.mel.n_frames(n_samples)
