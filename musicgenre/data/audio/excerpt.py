"""The beginning of a long recording, of which complete figures would take hours and all memory."""

from typing import NamedTuple

import numpy as np

from musicgenre.data.audio.downmix import Waveform
from musicgenre.data.audio.source import AudioSource
from musicgenre.data.audio.stream import Stream

EXCERPT = 60.0  # s: what is drawn of a long recording


class Excerpt(NamedTuple):
    """The first part of a recording.

    Attributes:
        waveform: `(T,)`.
        whole: Whether it is all of it.
        seconds: Requested length, s.
    """

    waveform: Waveform
    whole: bool
    seconds: float = EXCERPT

    def named(self, title: str) -> str:
        """Return the title, with the length if it is an excerpt."""
        return title if self.whole else f"{title}, first {self.seconds:g} s"


def read_excerpt(audio: AudioSource, sample_rate: int, downmix: str = "mean", seconds: float = EXCERPT) -> Excerpt:
    """Read the first seconds of a recording, or all of a shorter one.

    Args:
        audio: A path, a file object that reads bytes, or bytes.
        sample_rate: The rate of the result, Hz.
        downmix: How several channels are mixed to one, see `Mixer`.
        seconds: Maximum length, s.

    Raises:
        AudioError: It cannot be read, or (if it is read to its end) is cut short or silent.

    Example:
        >>> import io
        >>> import soundfile as sf
        >>> file = io.BytesIO()
        >>> sf.write(file, np.sin(np.arange(5 * 8000) * 0.1), 8000, format="WAV")
        >>> excerpt = read_excerpt(file, 8000, seconds=2.0)
        >>> len(excerpt.waveform), excerpt.named("tone")
        (16000, 'tone, first 2 s')
    """
    wanted, blocks = round(seconds * sample_rate), list[Waveform]()
    with Stream(audio, sample_rate, downmix) as stream:
        for block in stream:
            blocks.append(block)
            if sum(map(len, blocks)) > wanted:
                return Excerpt(np.concatenate(blocks)[:wanted], False, seconds)
    return Excerpt(np.concatenate(blocks), True)
