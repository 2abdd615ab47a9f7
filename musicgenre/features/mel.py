"""Mel power spectrograms with librosa's values, fast on few CPU cores."""

import threading
import warnings
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from musicgenre.arguments import is_number, is_whole, plain
from musicgenre.errors import MusicGenreError
from musicgenre.features.front_end import require_samples

MelScale = Literal["slaney", "htk"]
Norm = Literal["slaney"] | None
PadMode = Literal["constant", "reflect"]

BAND = 16  # filters: as many as fill a vector register, where a matrix product is fastest
CPU_FRAMES = 128
DEVICE_FRAMES = 65_536


class MelPower(nn.Module):
    """Waveforms `(B, T)` to mel power `(B, n_mels, frames)`: `librosa.feature.melspectrogram`'s values.

    A periodic Hann window of `n_fft` samples, half a frame added at both ends so that frame `i` is centred on sample
    `i * hop_length`. With "htk", no norm and "reflect" they are `torchaudio.transforms.MelSpectrogram`'s.

    Three things make it fast. Frames are processed in chunks small enough for the cache: for the spectra of a whole
    track, allocating memory costs more than the arithmetic. Since a mel filter covers few frequencies, the filterbank
    is stored in slices of `BAND` filters without most of its zeros. And threads that prepare several tracks do not wait
    for the interpreter's lock.

    Args:
        sample_rate: Rate of the waveforms, in Hz.
        n_fft: Samples in a frame.
        hop_length: Samples between the centres of two frames.
        n_mels: Number of mel filters.
        f_min: Lowest frequency, in Hz.
        f_max: Highest frequency, in Hz; None for half the sample rate.
        mel_scale: "slaney" (linear below 1 kHz) or "htk" (logarithmic throughout).
        norm: "slaney" gives each filter the same area, None the same height, 1.
        pad_mode: What is added at both ends: "constant" zeros, or "reflect", the waveform mirrored.
        allow_empty: Keep filters that fall between two frequencies, whose output is always 0.

    Raises:
        MusicGenreError: The settings contradict each other, or leave a filter without any frequency.

    Example:
        >>> mel = MelPower(22050, n_fft=2048, hop_length=512, n_mels=64, f_min=0.0, f_max=None)
        >>> mel(torch.randn(2, 22050)).shape
        torch.Size([2, 64, 44])
    """

    window: Tensor

    def __init__(
        self,
        sample_rate: int,
        n_fft: int,
        hop_length: int,
        n_mels: int,
        f_min: float,
        f_max: float | None,
        mel_scale: MelScale = "slaney",
        norm: Norm = "slaney",
        pad_mode: PadMode = "constant",
        *,
        allow_empty: bool = False,
    ) -> None:
        super().__init__()
        n_fft, hop_length, n_mels, f_min = map(plain, (n_fft, hop_length, n_mels, f_min))
        f_max = plain(sample_rate / 2 if f_max is None else f_max)
        _check_settings(sample_rate, n_fft, hop_length, n_mels, f_min, f_max)
        _check_choices(mel_scale, norm, pad_mode)
        self.n_fft, self.hop_length, self.n_mels = n_fft, hop_length, n_mels
        self.f_min, self.f_max = f_min, f_max
        self.mel_scale, self.norm, self.pad_mode = mel_scale, norm, pad_mode
        filters = mel_filters(sample_rate, n_fft, n_mels, f_min, f_max, mel_scale, norm, allow_empty=allow_empty)
        # Not persistent: the settings determine them, and checkpoints stay small.
        self.register_buffer("window", torch.hann_window(n_fft), persistent=False)
        self.bands: list[tuple[slice, slice]] = []
        for i, (rows, columns) in enumerate(_bands(filters)):
            self.bands.append((rows, columns))
            self.register_buffer(f"band{i}", filters[rows, columns].T.contiguous(), persistent=False)  # (columns, rows)

    @property
    def hertz(self) -> list[float]:
        """Centre of each filter in Hz."""
        edges = _mel_frequencies(self.n_mels + 2, self.f_min, self.f_max, self.mel_scale)
        return [float(hertz) for hertz in edges[1:-1]]

    def n_frames(self, n_samples: int) -> int:
        """Return the number of frames of a waveform of `n_samples`.

        Raises:
            MusicGenreError: There are no samples, or too few to be mirrored.
        """
        require_samples(n_samples)
        if self.pad_mode == "reflect":
            require_samples(n_samples, self.n_fft // 2 + 1, f"more than {self.n_fft // 2} for pad_mode=reflect")
        return 1 + (n_samples + 2 * (self.n_fft // 2) - self.n_fft) // self.hop_length

    def forward(self, waveform: Tensor) -> Tensor:
        """Compute mel power `(B, n_mels, frames)` from waveforms `(B, T)`."""
        n_frames = self.n_frames(waveform.shape[1])
        padded = F.pad(waveform, (self.n_fft // 2, self.n_fft // 2), mode=self.pad_mode)
        frames = padded.unfold(-1, self.n_fft, self.hop_length)  # (B, frames, n_fft), a view
        limit = CPU_FRAMES if waveform.device.type == "cpu" else DEVICE_FRAMES
        # An exported graph has one chunk: it must not depend on the size of the batch.
        exporting = torch.compiler.is_exporting()
        n_chunk = n_frames if exporting else max(1, min(n_frames, limit // max(1, waveform.shape[0])))
        compute = _scripted() if _beside_others(waveform) else _mel_power
        weights = [getattr(self, f"band{i}") for i in range(len(self.bands))]
        # Outside autocast: half precision cannot hold a spectrum's range.
        with torch.autocast(waveform.device.type, enabled=False):
            power: Tensor = compute(frames, self.window, weights, [columns.start for _, columns in self.bands], n_chunk)
        return power.transpose(1, 2)  # (B, n_mels, frames)


def _mel_power(frames: Tensor, window: Tensor, weights: list[Tensor], starts: list[int], n_chunk: int) -> Tensor:
    """Compute mel power `(B, frames, n_mels)` of frames `(B, frames, n_fft)`, a chunk of them at a time.

    Written for TorchScript, too. `weights` are slices of the filterbank, and `starts` the first column of each.
    """
    chunks: list[Tensor] = []
    for chunk in torch.split(frames, n_chunk, dim=1):
        spectrum = torch.fft.rfft(chunk * window)  # (B, chunk, n_fft // 2 + 1)
        squares = torch.view_as_real(spectrum).square_()  # (B, chunk, n_fft // 2 + 1, 2)
        power = squares[..., 0] + squares[..., 1]
        bands: list[Tensor] = []
        for i, weight in enumerate(weights):
            bands.append(power.narrow(-1, starts[i], weight.shape[0]) @ weight)
        chunks.append(torch.cat(bands, dim=-1))
    return torch.cat(chunks, dim=1)


def _beside_others(waveform: Tensor) -> bool:
    """Return whether a thread computes features on the CPU beside others, and records no gradient and no graph."""
    if torch.compiler.is_compiling() or torch.compiler.is_exporting() or torch.jit.is_tracing():
        return False
    alone = threading.current_thread() is threading.main_thread()
    return waveform.device.type == "cpu" and not alone and not torch.is_grad_enabled()


_Compute = Callable[[Tensor, Tensor, list[Tensor], list[int], int], Tensor]
_scripting = threading.Lock()


def _scripted() -> _Compute:
    """Return `_mel_power` compiled by TorchScript, which runs it without the interpreter's lock.

    Threads that compute features of several tracks would otherwise wait for each other at each of its many short
    operations: on two cores it takes a fifth less time. Compiling takes 0.1 s. TorchScript is deprecated, and nothing
    but this time depends on it.
    """
    with _scripting:
        return _compiled()


@cache
def _compiled() -> _Compute:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        scripted: _Compute = torch.jit.script(_mel_power)
    return scripted


def mel_filters(
    sample_rate: int,
    n_fft: int,
    n_mels: int,
    f_min: float,
    f_max: float,
    mel_scale: MelScale = "slaney",
    norm: Norm = "slaney",
    *,
    allow_empty: bool = False,
) -> Tensor:
    """Return a mel filterbank `(n_mels, n_fft // 2 + 1)`; settings as for `MelPower`.

    The values are `librosa.filters.mel`'s, to the last digit. They are computed here because importing librosa would
    take as long as the rest of a training's start, PyTorch excepted.

    Raises:
        MusicGenreError: A filter falls between two frequencies of the transform and would be zero throughout.

    Example:
        >>> filters = mel_filters(22050, 2048, 128, 0.0, 11025.0)
        >>> filters.shape, filters[[0, 64, 127]].argmax(1)  # where they peak, in steps of 10.8 Hz
        (torch.Size([128, 1025]), tensor([  2, 187, 997]))
    """
    filters = _filters(sample_rate, n_fft, n_mels, f_min, f_max, mel_scale, norm)
    n_empty = int((filters.max(axis=1) == 0).sum())
    if n_empty and not allow_empty:
        raise MusicGenreError(
            f"{n_empty} of {n_mels} mel filters are empty: n_fft={n_fft} at {sample_rate} Hz resolves "
            f"{sample_rate / n_fft:.1f} Hz, which is too coarse; lower n_mels or raise n_fft, or set "
            "allow_empty=true to keep them, silent."
        )
    return torch.from_numpy(filters.copy())


@lru_cache(maxsize=8)  # the same few front ends are built repeatedly: to train, to test, to predict, for each run
def _filters(
    sample_rate: int, n_fft: int, n_mels: int, f_min: float, f_max: float, mel_scale: MelScale, norm: Norm
) -> NDArray[np.float32]:
    edges = _mel_frequencies(n_mels + 2, f_min, f_max, mel_scale)  # Hz; a filter spans two steps
    hertz = np.fft.rfftfreq(n_fft, 1 / sample_rate)
    distance, width = np.subtract.outer(edges, hertz), np.diff(edges)[:, None]
    rising, falling = -distance[:-2] / width[:-1], distance[2:] / width[1:]
    filters = np.maximum(0, np.minimum(rising, falling)).astype(np.float32)
    if norm == "slaney":
        filters *= (2.0 / (edges[2:] - edges[:-2]))[:, None]
    return np.asarray(filters, np.float32)


def _mel_frequencies(n: int, f_min: float, f_max: float, scale: MelScale) -> NDArray[np.float64]:
    """Return `n` frequencies in Hz, equally spaced in mel.

    HTK's mel is 2595 log10(1 + f / 700) (O'Shaughnessy 1987); Slaney's ("Auditory Toolbox", 1998) has 3 mel to 200 Hz
    up to 1 kHz, and 27 to a factor of 6.4 above.
    """
    if scale == "htk":
        ends = 2595.0 * np.log10(1.0 + np.array([f_min, f_max]) / 700.0)
        return np.asarray(700.0 * (10.0 ** (np.linspace(ends[0], ends[1], n) / 2595.0) - 1.0))
    knee, hertz, step = 15.0, 200.0 / 3, np.log(6.4) / 27.0  # mel at 1 kHz, Hz per mel below, log Hz per mel above
    ends = np.array([f / hertz if f < 1000.0 else knee + np.log(f / 1000.0) / step for f in (f_min, f_max)])
    mels = np.linspace(ends[0], ends[1], n)
    return np.where(mels < knee, hertz * mels, 1000.0 * np.exp(step * (mels - knee)))


def _bands(filters: Tensor) -> list[tuple[slice, slice]]:
    """Return slices (rows, columns) of the filterbank that together hold all of its nonzero weights."""
    bands = []
    for rows in torch.split(torch.arange(len(filters)), BAND):
        first, last = int(rows[0]), int(rows[-1]) + 1
        used = filters[first:last].amax(dim=0).nonzero().flatten()
        used = used if len(used) else torch.zeros(1)  # all are empty: one frequency with zero weights
        bands.append((slice(first, last), slice(int(used[0]), int(used[-1]) + 1)))
    return bands


def _check_settings(sample_rate: int, n_fft: int, hop_length: int, n_mels: int, f_min: float, f_max: float) -> None:
    counts = {"n_fft": (n_fft, 2), "hop_length": (hop_length, 1), "n_mels": (n_mels, 1)}
    for name, (value, least) in counts.items():
        if not is_whole(value) or value < least:
            raise MusicGenreError(f"{name} is {value!r}: set it to a whole number of at least {least}.")
    if not is_number(f_min) or not is_number(f_max) or not 0 <= f_min < f_max <= sample_rate / 2:
        raise MusicGenreError(
            f"f_min={f_min!r} Hz and f_max={f_max!r} Hz do not fit audio at {sample_rate} Hz: "
            f"choose 0 <= f_min < f_max <= {sample_rate / 2:g}."
        )


def _check_choices(mel_scale: str, norm: str | None, pad_mode: str) -> None:
    if mel_scale not in get_args(MelScale):
        raise MusicGenreError(f"mel_scale is {mel_scale!r}: choose slaney or htk.")
    if norm not in ("slaney", None):
        raise MusicGenreError(f"norm is {norm!r}: choose slaney (filters of equal area) or null (None; equal height).")
    if pad_mode not in get_args(PadMode):
        raise MusicGenreError(f"pad_mode is {pad_mode!r}: choose constant (zeros) or reflect.")
