"""Decode recordings to mono float32 waveforms at one sample rate; errors are short reasons."""

import logging
import math
from typing import NamedTuple

import numpy as np

from musicgenre.data.audio.downmix import Waveform
from musicgenre.data.audio.facts import AudioError, Facts
from musicgenre.data.audio.source import AudioSource
from musicgenre.data.audio.stream import Stream

__all__ = ["AUDIO_SUFFIXES", "AudioError", "AudioSource", "Facts", "Heard", "Waveform", "hear", "read_audio"]

log = logging.getLogger(__name__)


class Heard(NamedTuple):
    """A recording's waveform and what is known about it.

    Attributes:
        waveform: `(T,)`, float32.
        facts: Format, rate, channels, lengths.
    """

    waveform: Waveform
    facts: Facts


AUDIO_SUFFIXES = (
    *(".wav", ".au", ".flac", ".ogg", ".mp3"),  # the usual ones first: messages name them
    *(".wave", ".aif", ".aiff", ".aifc", ".caf", ".oga", ".opus", ".snd", ".w64", ".rf64", ".bwf", ".mp2", ".mp1"),
    *(".mpga", ".voc", ".sph", ".nist", ".avr", ".paf", ".pvf", ".sf", ".ircam", ".svx", ".8svx", ".xi"),
    *(".sds", ".sd2", ".wve", ".htk"),  # read by libsndfile; the rest through ffmpeg
    *(".m4a", ".m4b", ".mp4", ".aac", ".wma", ".webm", ".mka", ".weba", ".ape", ".wv", ".mpc", ".tta", ".amr", ".3gp"),
    *(".ac3", ".dts", ".ra", ".spx", ".dsf", ".dff"),
    *(".mkv", ".mov", ".avi", ".m4v", ".wmv", ".flv", ".mpg", ".mpeg", ".ogv", ".3g2"),  # the sound of videos
)

# Maximum bytes of a waveform: enough for any recording of some minutes, and for the densest speech codecs by the size
# of the file. A header that lies, or a file made to exhaust memory, exceeds them.
_HELD, _HELD_PER_BYTE = 150 << 20, 200


def read_audio(audio: AudioSource, sample_rate: int, downmix: str = "mean") -> Waveform:
    """Read a recording as a mono waveform.

    A file at another rate is resampled with soxr at quality "HQ". Remarks on it, such as damage that was skipped, are
    logged.

    Args:
        audio: A path, a file object that reads bytes, or bytes; the content determines the format, not the name.
        sample_rate: The rate of the result, Hz.
        downmix: How several channels are mixed to one, see `Mixer`.

    Returns:
        The waveform (T,), float32, full scale at [-1, 1].

    Raises:
        AudioError: If the file cannot be read, is cut short, or holds nothing but silence, NaN or infinite
            samples.

    Example:
        >>> import tempfile
        >>> import soundfile as sf
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     sf.write(f"{folder}/a.wav", np.random.default_rng(0).uniform(-1, 1, (44100, 2)), 44100)
        ...     read_audio(f"{folder}/a.wav", 22050).shape
        (22050,)
    """
    heard = hear(audio, sample_rate, downmix)
    if heard.facts.note:
        log.warning(
            "%s: %s", getattr(audio, "name", audio) if not isinstance(audio, bytes) else "audio", heard.facts.note
        )
    return heard.waveform


def hear(audio: AudioSource, sample_rate: int, downmix: str = "mean", longest: float = math.inf) -> Heard:
    """Read a recording as a mono waveform, with what is known about it.

    Args:
        audio: As for `read_audio`; so are the errors.
        sample_rate: The rate of the result, Hz.
        downmix: How several channels are mixed to one, see `Mixer`.
        longest: Seconds above which it is refused, and read no further.
    """
    with Stream(audio, sample_rate, downmix, block_seconds=None) as stream:
        blocks, held = [], 0
        limit = _HELD + _HELD_PER_BYTE * stream.file.source.size
        for block in stream:
            held += block.nbytes
            if held > 4 * longest * sample_rate:
                raise stream.file.error(
                    f"too long to use whole: more than {longest / 60:g} min; set segments.length, or cut it"
                )
            if held > limit:
                raise stream.file.error(
                    f"too long to hold in memory: more than {limit >> 20} MB of samples from a file of "
                    f"{stream.file.source.size / 1e6:.1f} MB; predict and fixed-length segments read it in parts"
                )
            blocks.append(block)
    if len(blocks) == 1:
        return Heard(blocks[0], stream.facts)
    whole, place = np.empty(held // 4, np.float32), 0
    for number, block in enumerate(blocks):
        whole[place : place + len(block)] = block
        place += len(block)
        blocks[number] = block[:0]  # to be freed
    return Heard(whole, stream.facts)
