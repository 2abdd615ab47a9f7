"""Convert any waveform to blocks of mono float32 at the wanted rate."""

from pathlib import Path
from typing import Any, cast

import numpy as np
import soxr
import torch
from numpy.typing import NDArray
from torch import Tensor

from musicgenre.arguments import is_number
from musicgenre.data.audio.decode import AudioError, Waveform
from musicgenre.data.audio.downmix import Mixer
from musicgenre.data.audio.reader import HIGHEST_RATE, LOWEST_RATE
from musicgenre.data.audio.source import AudioSource
from musicgenre.errors import MusicGenreError
from musicgenre.features.full_scale import full_scale
from musicgenre.files import expanded

Audio = AudioSource | Tensor | NDArray[np.floating] | NDArray[np.integer]


def is_recording(audio: Audio) -> bool:
    """Return whether the audio is a recording to decode (a path, a file object, bytes), not a waveform."""
    return isinstance(audio, str | Path | bytes | bytearray | memoryview) or hasattr(audio, "read")


def as_source(audio: Audio) -> AudioSource:
    """Return a recording that can be read several times: one that is not seekable as its bytes."""
    if isinstance(audio, str | Path):
        return expanded(audio)
    read = getattr(audio, "read", None)
    if read is not None and not getattr(audio, "seekable", lambda: hasattr(audio, "seek"))():
        content: bytes = read()
        return content
    return cast(AudioSource, audio)


def samples_of(audio: Audio, rate: int | None, sample_rate: int, downmix: str = "mean") -> tuple[Waveform, str]:
    """Return a waveform at `rate` (Hz) as one channel at `sample_rate` (Hz), and facts about it.

    Args:
        audio: A waveform `(T,)`, or with channels, whose axis is assumed to be the shorter one; its numbers are scaled
            by `full_scale`, integers by their full range.
        rate: The waveform's sample rate in Hz.
        sample_rate: The wanted rate in Hz.
        downmix: How several channels are reduced to one, see `Mixer`.

    Raises:
        AudioError: The audio cannot be used; the message gives the reason.
        MusicGenreError: A waveform comes without its rate or has another shape, or there are several recordings.

    Example:
        >>> stereo = np.array([[16384, 16384, 0], [0, 16384, 0]], np.int16)  # (2, 3)
        >>> samples_of(stereo, 22050, 22050)[0].tolist()
        [0.25, 0.5, 0.0]
    """
    if isinstance(audio, list | tuple | set) and any(map(is_recording, audio)):
        raise MusicGenreError(
            f"One recording can be heard at a time (found {len(audio)} in a {type(audio).__name__}): give each by "
            "itself, such as [model.listen(file) for file in files]."
        )
    if rate is None or not is_number(rate) or rate <= 0:
        raise MusicGenreError(
            f"A waveform needs its sample rate in Hz (found {rate!r}): give it, such as sample_rate=44100."
        )
    if not LOWEST_RATE <= rate <= HIGHEST_RATE:
        raise MusicGenreError(
            f"The sample rate of a waveform is {rate} Hz, outside 1 kHz to 768 kHz: give its actual rate."
        )
    mixer = Mixer(downmix)
    mono = mixer(_samples(audio), round(rate))
    if silence := mixer.silence:
        raise AudioError(silence)
    if rate != sample_rate:
        mono = np.asarray(soxr.resample(mono, rate, sample_rate, quality="HQ"), np.float32)
    return mono, mixer.note


def _samples(audio: Audio) -> Waveform:
    """Return the waveform as float32 `(T, channels)`, full scale 1."""
    samples = _tensor(audio)
    if samples.ndim not in (1, 2):
        shape = tuple(samples.shape)
        raise MusicGenreError(
            f"A waveform of shape {shape} is neither (T,) nor (channels, T): predict one track at a time."
        )
    if samples.numel() == 0:
        raise AudioError("holds no samples")
    if samples.ndim == 2 and samples.shape[0] < samples.shape[1]:
        samples = samples.T  # (T, channels)
    array: Waveform = full_scale(samples.reshape(len(samples), -1)).numpy()
    return array


def _tensor(audio: Audio) -> Tensor:
    """Return the waveform as a tensor on the CPU, keeping its kind of numbers.

    Raises:
        MusicGenreError: It holds no numbers.
    """
    if isinstance(audio, Tensor):
        return audio.detach().cpu()
    try:
        array: NDArray[Any] = np.asarray(audio)
    except ValueError as error:  # lists of unequal length
        raise MusicGenreError(
            f"A waveform must be an array of numbers ({error}): give (T,) or (channels, T)."
        ) from error
    if array.dtype.kind not in "biufc":
        raise MusicGenreError(
            f"A waveform cannot hold {array.dtype}: give real samples, as floats in [-1, 1] or integers."
        )
    widest = {"f": np.float64, "c": np.complex128}.get(array.dtype.kind)  # that torch supports
    kind = np.dtype(widest) if widest and array.dtype.itemsize > np.dtype(widest).itemsize else array.dtype
    return torch.from_numpy(np.array(array, dtype=kind.newbyteorder("="), order="C"))
