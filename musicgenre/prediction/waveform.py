"""Whatever somebody holds as a waveform, as blocks of mono float32 at the rate that is wanted."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray
from torch import Tensor

from musicgenre.data.audio.decode import AudioError, Waveform
from musicgenre.data.audio.stream import stream_audio, to_mono
from musicgenre.errors import MusicGenreError

Audio = str | Path | Tensor | NDArray[np.floating] | NDArray[np.integer]


def blocks_of(audio: Audio, rate: int | None, sample_rate: int) -> Iterator[Waveform]:
    """Yield mono blocks at `sample_rate` (Hz) of a file, or of a waveform at `rate` (Hz).

    Args:
        audio: A path; or a waveform `(T,)`, or with channels, whose axis is taken to be the shorter one. Integers
            are read as samples of their full range, so that int16 comes out in [-1, 1].
        rate: The waveform's sample rate in Hz; not asked for with a path.
        sample_rate: The rate wanted, Hz.

    Raises:
        AudioError: The audio cannot be used; the message is the reason.
        MusicGenreError: A waveform without its rate, or of another shape.

    Example:
        >>> stereo = np.array([[16384, 16384, 0], [0, 16384, 0]], np.int16)  # (2, 3)
        >>> next(blocks_of(stereo, 22050, 22050)).tolist()
        [0.25, 0.5, 0.0]
    """
    if isinstance(audio, str | Path):
        return stream_audio(Path(audio).expanduser(), sample_rate)
    if rate is None or rate <= 0:
        raise MusicGenreError(f"A waveform needs its sample rate in Hz (found {rate}): give sample_rate=44100, say.")
    samples = to_mono(_samples(audio))
    if rate != sample_rate:
        samples = np.asarray(soxr.resample(samples, rate, sample_rate, quality="HQ"), np.float32)
    return iter([samples])


def _samples(audio: Tensor | NDArray[np.floating] | NDArray[np.integer]) -> Waveform:
    """Return the waveform as float32 `(T, channels)`."""
    array = audio.detach().cpu().numpy() if isinstance(audio, Tensor) else np.asarray(audio)
    if array.ndim not in (1, 2):
        raise MusicGenreError(
            f"A waveform of shape {array.shape} is neither (T,) nor (channels, T): predict one track at a time."
        )
    if array.size == 0:
        raise AudioError("holds no samples")
    if array.ndim == 2 and array.shape[0] < array.shape[1]:
        array = array.T  # (T, channels)
    if array.dtype == np.uint8:  # 8-bit PCM has its zero at 128
        array = array.astype(np.int8) ^ np.int8(-128)
    scale = -np.iinfo(array.dtype).min if np.issubdtype(array.dtype, np.signedinteger) else 1
    return (array.reshape(len(array), -1) / scale).astype(np.float32)
