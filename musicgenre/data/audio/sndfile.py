"""Decode files with libsndfile, block by block."""

from collections.abc import Iterator

import numpy as np
import soundfile as sf

from musicgenre.data.audio.downmix import Waveform

UNKNOWN_INSIDE = (4, 18, 106, 110, 117, 123)  # libsndfile's errors if it knows the container, but not its content
# Of soundfile, if it cannot decode a file; TypeError for a .raw file, which it takes for audio without a header.
FAILURES = (sf.SoundFileError, TypeError, ValueError, MemoryError)
SYSTEM = 2  # libsndfile's error if the system could not open or read the file
_WHOLE = 1 << 25  # samples, of all channels, that are decoded at once; more go block by block
_BLOCK = 1 << 20  # samples, of all channels, of the largest block


class Forward(sf.SoundFile):  # type: ignore[misc]  # soundfile is untyped
    """A file that is read from beginning to end.

    soundfile seeks to its position after every read. An MP3 decoder then restarts without the bits that earlier frames
    hold for later ones, so that the first hundreds of samples of a block would be wrong.
    """

    def seekable(self) -> bool:
        """Return False: no seek is wanted."""
        return False


def label(file: sf.SoundFile) -> str:
    """Return the names of container and encoding, such as "WAV PCM_16"; for MPEG audio that of the layer."""
    if file.format == "MP3":
        return {"MPEG_LAYER_I": "MP1", "MPEG_LAYER_II": "MP2"}.get(file.subtype, "MP3")
    return f"{file.format} {file.subtype}"


def decoder_message(error: Exception) -> str:
    """Return libsndfile's message about a file, fit for use in a sentence."""
    text: str = getattr(error, "error_string", str(error))
    if "possibly a pipe" in text:  # libsndfile's message about an MP3 without a single frame
        return "no audio in it"
    return text.removeprefix("Error : ").rstrip(".")


def promise(file: sf.SoundFile) -> float | None:
    """Return the length that a decoder states, s; None if it cannot know."""
    return file.frames / file.samplerate if file.format in ("MP3", "OGG") and 0 < file.frames < 2**40 else None


def block_frames(rate: int, channels: int, seconds: float) -> int:
    """Return the frames of a block: whole seconds, as far as they fit."""
    return max(1, min(round(seconds), _BLOCK // (rate * channels))) * rate if rate * channels <= _BLOCK else rate


def blocks(file: sf.SoundFile, seconds: float | None, limit: int | None) -> Iterator[Waveform]:
    """Yield the blocks of an open file, until there are no more."""
    there = int(file.frames if limit is None else min(limit, file.frames))
    if seconds is None and there * file.channels <= _WHOLE:
        yield _read(file, there)
        return
    n_block, left = block_frames(int(file.samplerate), int(file.channels), seconds or 10.0), there
    while left > 0 and len(block := _read(file, min(n_block, left))):
        left -= len(block)
        yield block


def frames_between(file: sf.SoundFile, start: int, stop: int) -> Waveform | None:
    """Return some frames of an open file; None if they are not there, or too many to decode at once."""
    if not 0 <= start < stop or (stop - start) * file.channels > _WHOLE:
        return None
    for _ in blocks(file, None, start):
        pass
    found = _read(file, stop - start)
    return found if len(found) == stop - start else None


def _read(file: sf.SoundFile, frames: int) -> Waveform:
    """Return the next frames as float32."""
    if file.subtype == "PCM_16":  # as libsndfile would scale it, and in half the time
        samples: Waveform = np.multiply(file.read(frames, dtype="int16"), np.float32(2**-15), dtype=np.float32)
    else:
        samples = file.read(frames, dtype="float32")
    return samples
