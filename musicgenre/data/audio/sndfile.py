"""What libsndfile decodes of a file that it reads, block by block."""

from collections.abc import Iterator

import numpy as np
import soundfile as sf

from musicgenre.data.audio.downmix import Waveform

UNKNOWN_INSIDE = (4, 18, 106, 110, 117, 123)  # libsndfile's errors where it knows the container, not what is in it
# Of soundfile, at what it cannot decode; TypeError at a name in .raw, which it takes for audio without a header.
FAILURES = (sf.SoundFileError, TypeError, ValueError, MemoryError)
SYSTEM = 2  # libsndfile's error where the system could not open or read the file
_WHOLE = 1 << 25  # samples, of all channels, that are decoded at once; more go block by block
_BLOCK = 1 << 20  # samples, of all channels, of the largest block


class Forward(sf.SoundFile):  # type: ignore[misc]  # soundfile is untyped
    """A file that is read from its beginning to its end.

    soundfile seeks to where it is after every read. A decoder of MP3 starts afresh there without the bits that earlier
    frames hold for later ones, so that the first hundreds of samples of a block would be wrong.
    """

    def seekable(self) -> bool:
        """Say that no seek is wanted."""
        return False


def label(file: sf.SoundFile) -> str:
    """Return the name of container and coding, such as "WAV PCM_16"; for MPEG audio that of the layer."""
    if file.format == "MP3":
        return {"MPEG_LAYER_I": "MP1", "MPEG_LAYER_II": "MP2"}.get(file.subtype, "MP3")
    return f"{file.format} {file.subtype}"


def decoder_message(error: Exception) -> str:
    """Return what libsndfile says of a file, fit to stand in a sentence."""
    text: str = getattr(error, "error_string", str(error))
    if "possibly a pipe" in text:  # what libsndfile says of an MP3 without a single frame
        return "no audio in it"
    return text.removeprefix("Error : ").rstrip(".")


def promise(file: sf.SoundFile) -> float | None:
    """Seconds that a decoder says there are, where it can know."""
    return file.frames / file.samplerate if file.format in ("MP3", "OGG") and 0 < file.frames < 2**40 else None


def block_frames(rate: int, channels: int, seconds: float) -> int:
    """Frames of a block: whole seconds, as far as they fit."""
    return max(1, min(round(seconds), _BLOCK // (rate * channels))) * rate if rate * channels <= _BLOCK else rate


def blocks(file: sf.SoundFile, seconds: float | None, limit: int | None) -> Iterator[Waveform]:
    """Blocks of an open file, until it gives no more."""
    there = int(file.frames if limit is None else min(limit, file.frames))
    if seconds is None and there * file.channels <= _WHOLE:
        yield _read(file, there)
        return
    n_block, left = block_frames(int(file.samplerate), int(file.channels), seconds or 10.0), there
    while left > 0 and len(block := _read(file, min(n_block, left))):
        left -= len(block)
        yield block


def frames_between(file: sf.SoundFile, start: int, stop: int) -> Waveform | None:
    """Return some frames of an open file; None if they are not there, or more than are decoded at once."""
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
