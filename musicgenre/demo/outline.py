"""The outline of a recording: its peak levels over time."""

import numpy as np

from musicgenre.data.audio.reader import AudioFile
from musicgenre.data.audio.source import AudioSource

_PER_SECOND = 20  # peaks measured
_LENGTH = 1000  # values of an outline


def outline(audio: AudioSource, length: int = _LENGTH) -> list[float]:
    """Return at most `length` peaks of a recording, evenly spread over it; 1 is full scale.

    Args:
        audio: A path, a file object that reads bytes, or bytes.
        length: Number of values; a short recording has fewer, one every 50 ms.

    Raises:
        AudioError: It is not audio that can be read to its end.

    Example:
        >>> import io, soundfile
        >>> file = io.BytesIO()
        >>> soundfile.write(file, np.repeat([0.25, -0.5], 22050), 22050, format="WAV")
        >>> outline(file, length=2)
        [0.25, 0.5]
    """
    peaks: list[float] = []
    with AudioFile(audio) as file:
        for block, rate in file.blocks(10.0):
            level = np.abs(block).reshape(len(block), -1).max(axis=1)
            starts = np.arange(0, len(level), rate / _PER_SECOND).astype(int)
            peaks += np.maximum.reduceat(np.nan_to_num(level), starts).tolist() if len(level) else []
    starts = np.unique(np.linspace(0, len(peaks), min(length, len(peaks)), endpoint=False).astype(int))
    return [round(value, 3) for value in np.maximum.reduceat(np.asarray(peaks), starts).tolist()]
