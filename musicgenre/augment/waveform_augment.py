"""Random noise, gain, speed and pitch for waveforms, on their device."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from musicgenre.errors import MusicGenreError
from musicgenre.parts import Remembers

Change = Callable[[Tensor, int], Tensor]

_N_FFT = 1024
_HOP_LENGTH = 256


class WaveformAugment(Remembers, nn.Module):
    """Changes pitch, speed and gain of waveforms `(B, T)`, then adds white noise, drawn anew for each item.

    Each change applies to an item with probability `p`. Speed and pitch are drawn in whole percents, and the items of a
    batch with the same draw are processed together: resampling by a ratio of small numbers is fast. A faster item is
    extended with its own beginning; a slower one is cut off at its end.

    Speed is resampling, which also shifts the pitch (Ko et al., "Audio augmentation for speech recognition",
    Interspeech 2015). Pitch is a phase vocoder that stretches time, then resampling back to the original length; the
    level, which the vocoder lowers, is restored.

    Args:
        sample_rate: Rate of the waveforms, in Hz; nothing here depends on it.
        snr: Lowest and highest signal-to-noise ratio in dB; None for no noise.
        gain: Lowest and highest gain in dB; None for none.
        speed: Lowest and highest speed; None for no change.
        pitch: Largest shift up or down, in semitones; 0 for none.
        p: Probability of each change.

    Raises:
        MusicGenreError: A range is reversed or invalid.

    Example:
        >>> WaveformAugment(22050)(torch.randn(4, 22050)).shape
        torch.Size([4, 22050])
    """

    def __init__(
        self,
        sample_rate: int,
        *,
        snr: tuple[float, float] | None = (10.0, 40.0),
        gain: tuple[float, float] | None = (-6.0, 6.0),
        speed: tuple[float, float] | None = (0.9, 1.1),
        pitch: float = 2.0,
        p: float = 0.5,
    ) -> None:
        super().__init__()
        for name, limits in {"snr": snr, "gain": gain, "speed": speed}.items():
            if limits is not None and not (len(limits) == 2 and -math.inf < limits[0] <= limits[1] < math.inf):
                raise MusicGenreError(f"{name} is {limits}: give the lowest and the highest, or null (None) for none.")
        if speed is not None and not 0.5 <= speed[0] <= speed[1] <= 2:
            raise MusicGenreError(f"speed is {speed}: give two factors from 0.5 to 2, such as [0.9,1.1].")
        if not 0 <= pitch <= 12 or not 0 <= p <= 1:
            raise MusicGenreError(f"pitch is {pitch}, p is {p}: give 0 to 12 semitones and a probability from 0 to 1.")
        self.sample_rate = sample_rate
        self.snr, self.gain, self.speed, self.pitch, self.p = snr, gain, speed, pitch, p

    def forward(self, waveform: Tensor) -> Tensor:
        """Augment waveforms, keeping their shape `(B, T)` and type; the input is not modified."""
        if not waveform.numel():
            return waveform
        kind, waveform = waveform.dtype, waveform.to(torch.promote_types(waveform.dtype, torch.float32))
        if self.pitch:
            low, high = (2 ** (sign * self.pitch / 12) for sign in (-1, 1))
            waveform = _by_percent(waveform, self._percents(waveform, low, high), shift_pitch)
        if self.speed is not None:
            waveform = _by_percent(waveform, self._percents(waveform, *self.speed), change_speed)
        if self.gain is not None:
            decibels = self._chosen(waveform) * self._uniform(waveform, *self.gain)
            waveform = waveform * 10 ** (decibels / 20)[:, None]
        if self.snr is not None:
            from torchaudio.functional import add_noise  # here and below: imported only if needed

            noisy = add_noise(waveform, torch.randn_like(waveform), self._uniform(waveform, *self.snr))
            waveform = torch.where(self._chosen(waveform)[:, None], noisy, waveform)
        return waveform.to(kind)

    def _chosen(self, waveform: Tensor) -> Tensor:
        """Draw which items of the batch a change applies to: bool `(B,)`."""
        return torch.rand(len(waveform), device=waveform.device) < self.p

    def _uniform(self, waveform: Tensor, low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(len(waveform), device=waveform.device)

    def _percents(self, waveform: Tensor, low: float, high: float) -> list[int]:
        """Draw a factor for each item in whole percent, 100 for no change."""
        drawn = (100 * self._uniform(waveform, low, high)).round()
        percents: list[int] = torch.where(self._chosen(waveform), drawn, 100.0).int().tolist()
        return percents


def change_speed(waveform: Tensor, percent: int) -> Tensor:
    """Play waveforms `(B, T)` at `percent` of their speed, pitch included: `(B, about 100 T / percent)`.

    Example:
        >>> change_speed(torch.zeros(1, 22050), 200).shape
        torch.Size([1, 11025])
    """
    from torchaudio.functional import resample  # its `speed` takes 1.13 for 112 %

    changed: Tensor = resample(waveform, percent, 100)
    return changed


def shift_pitch(waveform: Tensor, percent: int) -> Tensor:
    """Move all frequencies of waveforms `(B, T)` to `percent` of them, at the same speed: `(B, about T)`.

    Example:
        >>> tone = torch.sin(2 * torch.pi * 200 * torch.arange(8192) / 22050)[None]  # 200 Hz
        >>> torch.fft.rfft(shift_pitch(tone, 150), 22050).abs().argmax().item()  # in Hz
        300
    """
    from torchaudio.functional import phase_vocoder

    n_samples = waveform.shape[1]
    if n_samples <= _N_FFT // 2:  # too short for a frame: repeat it, and keep one repetition
        return shift_pitch(_of_length(waveform, 2 * _N_FFT), percent)[:, :n_samples]
    window = torch.hann_window(_N_FFT, device=waveform.device)
    spectrum = torch.stft(waveform, _N_FFT, _HOP_LENGTH, window=window, return_complex=True)  # (B, bins, frames)
    advance = torch.linspace(0, torch.pi * _HOP_LENGTH, spectrum.shape[1], device=waveform.device)[:, None]
    stretched = phase_vocoder(spectrum, 100 / percent, advance)
    shifted = change_speed(torch.istft(stretched, _N_FFT, _HOP_LENGTH, window=window), percent)
    level, wanted = (x.square().mean(1, keepdim=True).sqrt() for x in (shifted, waveform))
    return shifted * wanted / level.clamp(min=1e-8)


def _by_percent(waveform: Tensor, percents: list[int], change: Change) -> Tensor:
    """Process the items of each percentage together, and restore their length."""
    changed = waveform.clone()
    for percent in set(percents) - {100}:
        rows = torch.tensor([row for row, drawn in enumerate(percents) if drawn == percent], device=waveform.device)
        changed[rows] = _of_length(change(waveform[rows], percent), waveform.shape[1])
    return changed


def _of_length(waveform: Tensor, length: int) -> Tensor:
    """Cut waveforms `(B, T)` at the end, or extend them with their beginning: `(B, length)`."""
    return waveform.repeat(1, -(-length // max(1, waveform.shape[1])))[:, :length]
