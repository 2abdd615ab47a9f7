"""Gabor filterbank: band-pass filters with a Gaussian envelope, fixed or learnt."""

import math
from numbers import Real

import librosa
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from musicgenre.arguments import is_whole
from musicgenre.errors import MusicGenreError
from musicgenre.features.decibels import power_to_db
from musicgenre.features.front_end import FrontEnd, require_samples


class Gabor(FrontEnd):
    """Turns waveforms `(B, T)` into levels in dB of complex Gabor filters' outputs `(B, 1, n_filters, frames)`.

    A Gabor filter is a complex exponential under a Gaussian, `exp(2j pi f t) exp(-t^2 / (2 s^2))`. Its frequency
    response is a Gaussian around the centre frequency f, with standard deviation `1 / (2 pi s)`. So, by Parseval's
    theorem, the energy of a windowed frame that a filter passes is the frame's power spectrum weighted by the squared
    response:

        sum over the frame of |x * g|^2  ~  sum over k of |X(k)|^2 |G(k)|^2

    and the whole bank is one matrix product, differentiable in centres and widths. As in LEAF, the centres start on the
    mel scale, each filter as wide at half height as a mel filter between its neighbours; LEAF convolves in time, pools
    with a learnt low-pass instead of the frame's Hann window, and compresses with PCEN instead of decibels.

    Sources: Gabor, "Theory of communication" (1946); Zeghidour, Teboul, de Chaumont Quitry and Tagliasacchi, "LEAF: a
    learnable frontend for audio classification", ICLR 2021 (the bank and its start values); Noé, Parcollet and Morchid,
    "CGCNN: complex Gabor convolutional neural network on raw speech", ICASSP 2020.

    Args:
        sample_rate: Rate of the waveforms, in Hz.
        n_fft: Samples in a frame.
        hop_length: Samples between the centres of two frames.
        n_filters: Number of filters.
        f_min: Lower edge of the lowest filter, in Hz.
        f_max: Upper edge of the highest filter, in Hz; None for half the sample rate.
        learnable: Whether centres and widths are parameters.
        top_db: Range kept below an item's maximum, in dB.

    Raises:
        MusicGenreError: The settings contradict each other.

    Example:
        >>> Gabor(22050, n_filters=40)(torch.randn(2, 22050)).shape
        torch.Size([2, 1, 40, 44])
    """

    window: Tensor
    frequencies: Tensor
    centre: Tensor
    width: Tensor

    bins = "Gabor filter"

    def __init__(
        self,
        sample_rate: int = 22050,
        *,
        n_fft: int = 2048,
        hop_length: int = 512,
        n_filters: int = 64,
        f_min: float = 0.0,
        f_max: float | None = None,
        learnable: bool = False,
        top_db: float = 80.0,
    ) -> None:
        super().__init__(sample_rate)
        f_max = sample_rate / 2 if f_max is None else f_max
        counts = all(is_whole(count) and count > 0 for count in (n_fft, hop_length, n_filters))
        numbers = all(isinstance(number, Real) for number in (f_min, f_max, top_db))
        if not counts or not numbers or not 0 <= f_min < f_max <= sample_rate / 2 or not top_db > 0:
            raise MusicGenreError(
                f"a Gabor filterbank cannot have n_fft={n_fft}, hop_length={hop_length}, n_filters={n_filters}, "
                f"f_min={f_min!r}, f_max={f_max!r}, top_db={top_db!r}: all must be above 0, the first three whole, and "
                f"f_min < f_max <= {sample_rate / 2:g}."
            )
        self.n_fft, self.hop_length, self.n_filters = n_fft, hop_length, n_filters
        self.learnable, self.top_db = learnable, top_db
        self.register_buffer("window", torch.hann_window(n_fft), persistent=False)
        highest = n_fft // 2 * sample_rate / n_fft  # Hz
        frequencies = torch.linspace(0, highest, n_fft // 2 + 1)  # bit for bit as in older runs, unlike rfftfreq
        self.register_buffer("frequencies", frequencies, persistent=False)
        edges = torch.from_numpy(librosa.mel_frequencies(n_filters + 2, fmin=f_min, fmax=f_max)).float()
        self.register_buffer("centre", edges[1:-1], persistent=False)
        half_height = (edges[2:] - edges[:-2]) / 2  # Hz: a triangle's width at half its height
        self.register_buffer(
            "width", half_height / (8 * math.log(2)) ** 0.5, persistent=False
        )  # a Gaussian's standard deviation
        if learnable:  # relative to the widths, and as logarithms, so that an optimizer's steps suit them
            self.shift = nn.Parameter(torch.zeros(n_filters))
            self.stretch = nn.Parameter(torch.zeros(n_filters))

    def filters(self) -> tuple[Tensor, Tensor]:
        """Return the current centres and standard deviations of the filters in Hz, `(n_filters,)` each."""
        if not self.learnable:
            return self.centre, self.width
        centre = (self.centre + self.width * self.shift).clamp(0, self.sample_rate / 2)
        narrowest = self.sample_rate / self.n_fft / 2  # Hz: half a step of the transform
        return centre, (self.width * self.stretch.exp()).clamp(narrowest, self.sample_rate / 4)

    def responses(self) -> Tensor:
        """Compute the filters' squared frequency responses, each 1 at its centre: `(n_filters, n_fft // 2 + 1)`."""
        centre, width = self.filters()
        distance = (self.frequencies - centre[:, None]) / width[:, None]
        return torch.exp(-distance.square())  # the square of exp(-d^2 / 2)

    def forward(self, waveform: Tensor) -> Tensor:
        """Compute levels in dB `(B, 1, n_filters, frames)` from waveforms `(B, T)`; 0 dB is an item's maximum."""
        padded = F.pad(waveform, (self.n_fft // 2, self.n_fft // 2))
        frames = padded.unfold(-1, self.n_fft, self.hop_length)  # (B, frames, n_fft)
        with torch.autocast(waveform.device.type, enabled=False):
            spectrum = torch.fft.rfft(frames * self.window)  # (B, frames, n_fft // 2 + 1)
            power = spectrum.real.square() + spectrum.imag.square()
            passed = (power @ self.responses().T).transpose(1, 2)  # (B, n_filters, frames)
            return power_to_db(passed, ref="max", top_db=self.top_db).unsqueeze(1)

    def output_shape(self, n_samples: int) -> tuple[int, int, int]:
        """Return the shape `(1, n_filters, frames)` that a waveform of `n_samples` gives."""
        require_samples(n_samples)
        return 1, self.n_filters, 1 + (n_samples + 2 * (self.n_fft // 2) - self.n_fft) // self.hop_length
