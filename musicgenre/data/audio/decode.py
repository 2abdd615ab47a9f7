"""Decode an audio file to a mono float32 waveform at one sample rate, or say in a few words why not."""

import math
import re
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile as sf
import soxr

from musicgenre.errors import MusicGenreError
from musicgenre.files import unreadable_reason

AUDIO_SUFFIXES = (".wav", ".au", ".flac", ".ogg", ".mp3")

Waveform = npt.NDArray[np.float32]

# Containers and decoders legitimately disagree by a codec frame or a padding byte, never by a tenth of a
# second.
_SLACK_SECONDS = 0.1
# A damaged or streamed FLAC header promises up to 2**63 frames; allocating them would fail, or worse,
# succeed.
_MAX_VALUES = 2**31
# What programs write as the data size of a WAV that they pipe out, where the size is not known yet.
_UNKNOWN_SIZE = 2**31 - 2**16
_DATA_SIZE = re.compile(r"^\s*(?:data|Data Size)\s*: (\d+) \(should be (\d+)\)", re.MULTILINE)
_NO_OGG_END = re.compile(r"lacks an end-of-stream bit|without an End-Of-Stream flag")


class AudioError(MusicGenreError):
    """A file that gives no waveform; the message is a short reason that reads well in a list of files."""


def read_audio(path: str | Path, sample_rate: int) -> Waveform:
    """Read a file as a mono waveform.

    Channels are averaged. A file at another rate is resampled with soxr at its quality "HQ".

    Args:
        path: A file in one of the formats of `AUDIO_SUFFIXES`; the content decides, not the name.
        sample_rate: The rate of the result, Hz.

    Returns:
        The waveform (T,), float32, full scale at [-1, 1].

    Raises:
        AudioError: If the file cannot be read, is cut short, or holds nothing but silence, NaN or infinite
            samples.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     sf.write(f"{folder}/a.wav", np.random.default_rng(0).uniform(-1, 1, (44100, 2)), 44100)
        ...     read_audio(f"{folder}/a.wav", 22050).shape
        (22050,)
    """
    path = Path(path)
    reason = unreadable_reason(path)
    if reason is not None:
        raise AudioError(reason)
    samples, rate = _decode(path)
    lowest, highest = samples.min(), samples.max()
    if not (math.isfinite(lowest) and math.isfinite(highest)):
        raise AudioError("contains NaN or infinite samples")
    if samples.ndim == 2:
        channels = samples.shape[1]
        samples = samples @ np.full(channels, 1 / channels, dtype=np.float32)  # (T, channels) -> (T,)
        lowest, highest = samples.min(), samples.max()
    if lowest == highest:
        raise AudioError(f"silent (every sample is {lowest:g})")
    if rate == sample_rate:
        return samples
    return np.asarray(soxr.resample(samples, rate, sample_rate, quality="HQ"), dtype=np.float32)


def _decode(path: Path) -> tuple[Waveform, int]:
    """Return the samples, (T,) or (T, channels), and their rate in Hz."""
    try:
        with sf.SoundFile(str(path)) as file:
            if file.frames * file.channels > _MAX_VALUES:
                raise AudioError("not readable as audio (the header gives no plausible length)")
            samples = _read(file)
            reason = truncation(file, len(samples), path)
            rate = int(file.samplerate)
    except (sf.SoundFileError, TypeError, ValueError) as error:
        # TypeError: a name that ends in .raw, which soundfile takes for headerless audio
        raise AudioError(f"not readable as audio ({decoder_message(error)})") from error
    if reason is not None:
        raise AudioError(reason)
    if len(samples) == 0:
        raise AudioError("holds no samples")
    return samples, rate


def decoder_message(error: Exception) -> str:
    """Return what libsndfile says of a file, fit to stand in a sentence."""
    text: str = getattr(error, "error_string", str(error))
    if "possibly a pipe" in text:  # what libsndfile says of an MP3 without a single frame
        return "no audio in it"
    return text.removeprefix("Error : ").rstrip(".")


def _read(file: sf.SoundFile) -> Waveform:
    """Read all of an open file; where decoding breaks off part way (FLAC), say how far it gets."""
    try:
        if file.subtype == "PCM_16":  # as libsndfile would scale it, and in half the time
            samples: Waveform = np.multiply(file.read(dtype="int16"), np.float32(2**-15), dtype=np.float32)
        else:
            samples = file.read(dtype="float32")
        return samples
    except sf.LibsndfileError as error:
        decoded = _decodable_frames(file)
        if decoded == 0:
            raise
        held, promised = decoded / file.samplerate, file.frames / file.samplerate
        raise AudioError(f"truncated or damaged: decoding stops after {held:.1f} s of {promised:.1f} s") from error


def _decodable_frames(file: sf.SoundFile) -> int:
    """Count the frames that decode from the start of a file that does not decode whole."""
    decoded = 0
    try:
        file.seek(0)
        while block := len(file.read(4096, dtype="float32")):
            decoded += block
    except sf.LibsndfileError:
        pass  # the place where it breaks off is what is looked for
    return decoded


def truncation(file: sf.SoundFile, decoded: int, path: Path) -> str | None:
    """Compare what the container promises with what it holds; None if nothing is missing.

    libsndfile repairs a WAV or AU header that promises more than the file has and only notes it in its log;
    an MP3 just ends early; an Ogg stream promises no length, but its last page must carry the end-of-stream
    mark.
    """
    held = decoded / file.samplerate
    promised = held
    if file.format in ("WAV", "WAVEX", "AU"):
        size = _DATA_SIZE.search(file.extra_info)
        if size is not None and int(size[1]) < _UNKNOWN_SIZE and int(size[2]) > 0:
            promised = held * int(size[1]) / int(size[2])
    elif file.format == "MP3" and _mp3_states_length(path):
        promised = file.frames / file.samplerate
    elif file.format == "OGG" and _NO_OGG_END.search(file.extra_info):
        return f"truncated: the Ogg stream breaks off after {held:.1f} s, without its end page"
    if promised - held <= _SLACK_SECONDS:
        return None
    return f"truncated: header promises {promised:.1f} s, file holds {held:.1f} s"


def _mp3_states_length(path: Path) -> bool:
    """Look for a Xing or Info header; without one, the length is only a guess from the bitrate."""
    with path.open("rb") as file:
        tag = file.read(10)
        tag_bytes = 0
        if tag[:3] == b"ID3":  # ID3v2: the size is in the last four bytes, seven bits each
            tag_bytes = 10 + sum(byte << shift for byte, shift in zip(tag[6:10], (21, 14, 7, 0), strict=True))
        file.seek(tag_bytes)
        first_frame = file.read(256)
    return b"Xing" in first_frame or b"Info" in first_frame
