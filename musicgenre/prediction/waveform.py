"""Whatever somebody holds as a waveform, as blocks of mono float32 at the rate that is wanted."""

from pathlib import Path
from typing import Any, cast

import numpy as np
import soxr
from numpy.typing import NDArray
from torch import Tensor

from musicgenre.data.audio.decode import AudioError, Waveform
from musicgenre.data.audio.downmix import Mixer
from musicgenre.data.audio.reader import HIGHEST_RATE, LOWEST_RATE
from musicgenre.data.audio.source import AudioSource
from musicgenre.errors import MusicGenreError

Audio = AudioSource | Tensor | NDArray[np.floating] | NDArray[np.integer]


def is_recording(audio: Audio) -> bool:
    """Tell whether something is a recording to be decoded (a path, a file object, bytes) and no waveform."""
    return isinstance(audio, str | Path | bytes | bytearray | memoryview) or hasattr(audio, "read")


def as_source(audio: Audio) -> AudioSource:
    """Return a recording as what can be read several times: one that cannot be sought in as its bytes."""
    if isinstance(audio, str | Path):
        return Path(audio).expanduser()
    read = getattr(audio, "read", None)
    if read is not None and not getattr(audio, "seekable", lambda: hasattr(audio, "seek"))():
        content: bytes = read()
        return content
    return cast(AudioSource, audio)


def samples_of(audio: Audio, rate: int | None, sample_rate: int, downmix: str = "mean") -> tuple[Waveform, str]:
    """Return a waveform at `rate` (Hz) as one channel at `sample_rate` (Hz), and what is worth knowing of it.

    Args:
        audio: A waveform `(T,)`, or with channels, whose axis is taken to be the shorter one. Integers are read as
            samples of their full range, so that int16 comes out in [-1, 1]; unsigned ones have a zero in their middle.
        rate: The waveform's sample rate in Hz.
        sample_rate: The rate wanted, Hz.
        downmix: What becomes of several channels, see `Mixer`.

    Raises:
        AudioError: The audio cannot be used; the message is the reason.
        MusicGenreError: A waveform without its rate, or of another shape.

    Example:
        >>> stereo = np.array([[16384, 16384, 0], [0, 16384, 0]], np.int16)  # (2, 3)
        >>> samples_of(stereo, 22050, 22050)[0].tolist()
        [0.25, 0.5, 0.0]
    """
    if rate is None or rate <= 0:
        raise MusicGenreError(f"A waveform needs its sample rate in Hz (found {rate}): give sample_rate=44100, say.")
    if not LOWEST_RATE <= rate <= HIGHEST_RATE:
        raise MusicGenreError(f"A waveform's sample rate is {rate} Hz, and 1 kHz to 768 kHz are read: give its own.")
    mixer = Mixer(downmix)
    mono = mixer(_samples(audio), round(rate))
    if silence := mixer.silence:
        raise AudioError(silence)
    if rate != sample_rate:
        mono = np.asarray(soxr.resample(mono, rate, sample_rate, quality="HQ"), np.float32)
    return mono, mixer.note


def _samples(audio: Audio) -> Waveform:
    """Return the waveform as float32 `(T, channels)`."""
    array = _array(audio)
    if array.ndim not in (1, 2):
        raise MusicGenreError(
            f"A waveform of shape {array.shape} is neither (T,) nor (channels, T): predict one track at a time."
        )
    if array.size == 0:
        raise AudioError("holds no samples")
    if array.ndim == 2 and array.shape[0] < array.shape[1]:
        array = array.T  # (T, channels)
    array = array.reshape(len(array), -1)
    if np.issubdtype(array.dtype, np.integer):
        middle = 0 if np.issubdtype(array.dtype, np.signedinteger) else 2.0 ** (8 * array.dtype.itemsize - 1)
        return ((array - middle) / 2.0 ** (8 * array.dtype.itemsize - 1)).astype(np.float32)
    return array.astype(np.float32)


def _array(audio: Audio) -> NDArray[Any]:
    """Return the waveform as an array of integers or floats.

    Raises:
        MusicGenreError: It holds anything else.
    """
    if isinstance(audio, Tensor):
        if audio.is_floating_point():
            audio = audio.float()  # numpy has no bfloat16
        audio = audio.detach().cpu().numpy()
    try:
        array: NDArray[Any] = np.asarray(audio)
    except ValueError as error:  # lists of unequal length
        raise MusicGenreError(f"A waveform is an array of numbers ({error}): give (T,) or (channels, T).") from error
    if not np.issubdtype(array.dtype, np.integer) and not np.issubdtype(array.dtype, np.floating):
        raise MusicGenreError(
            f"A waveform of {array.dtype} is none: give real samples, as floats in [-1, 1] or integers."
        )
    return array
