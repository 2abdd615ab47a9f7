"""Decode, resample and cut a file block by block: an hour of music in the memory of a few seconds."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile as sf
import soxr

from musicgenre.data.audio.decode import AudioError, Waveform, decoder_message, truncation
from musicgenre.data.audio.segments import Segmenter
from musicgenre.files import unreadable_reason


def stream_audio(path: str | Path, sample_rate: int, block_seconds: float = 10.0) -> Iterator[Waveform]:
    """Give a file's waveform in blocks that follow one another: joined, they are `read_audio`'s result.

    Args:
        path: A file in one of the formats of `AUDIO_SUFFIXES`; the content decides, not the name.
        sample_rate: The rate of the result, Hz.
        block_seconds: Length of what is decoded at a time, s.

    Yields:
        Mono blocks `(T,)`, float32, some of them perhaps empty.

    Raises:
        AudioError: The file cannot be read, is cut short (known only at its end), or holds NaN or infinite samples.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     sf.write(f"{folder}/a.wav", np.sin(np.arange(44100) * 0.1), 44100)
        ...     sum(len(block) for block in stream_audio(f"{folder}/a.wav", 22050, block_seconds=0.1))
        22050
    """
    path = Path(path)
    if reason := unreadable_reason(path):
        raise AudioError(reason)
    decoded, rate = 0, 1
    try:
        with _Forward(str(path)) as file:
            rate = file.samplerate
            resampler = soxr.ResampleStream(rate, sample_rate, 1, dtype="float32", quality="HQ")
            same_rate = rate == sample_rate
            n_block = round(block_seconds * rate)
            while len(block := file.read(min(n_block, file.frames - decoded), dtype="float32", always_2d=True)):
                decoded += len(block)
                mono = to_mono(block)
                yield mono if same_rate else resampler.resample_chunk(mono)
            if not same_rate:
                yield resampler.resample_chunk(np.empty(0, np.float32), last=True)
            if reason := truncation(file, decoded, path):
                raise AudioError(reason)
    except (sf.SoundFileError, TypeError, ValueError) as error:
        # TypeError: a name that ends in .raw, which soundfile takes for headerless audio
        if decoded:
            raise AudioError(f"truncated or damaged: decoding stops after {decoded / rate:.1f} s") from error
        raise AudioError(f"not readable as audio ({decoder_message(error)})") from error
    if decoded == 0:
        raise AudioError("holds no samples")


class _Forward(sf.SoundFile):  # type: ignore[misc]  # soundfile is untyped
    """A file that is read from its beginning to its end.

    soundfile seeks to where it is after every read. A decoder of MP3 starts afresh there without the bits that earlier
    frames hold for later ones, so that the first hundreds of samples of a block would be wrong.
    """

    def seekable(self) -> bool:
        """Say that no seek is wanted."""
        return False


def to_mono(samples: Waveform) -> Waveform:
    """Average the channels, `(T, channels)` -> `(T,)`.

    Raises:
        AudioError: A sample is NaN or infinite.

    Example:
        >>> to_mono(np.array([[1.0, 0.0], [0.5, 0.25]], np.float32)).tolist()
        [0.5, 0.375]
    """
    if not (np.isfinite(samples.min(initial=0)) and np.isfinite(samples.max(initial=0))):
        raise AudioError("contains NaN or infinite samples")
    channels = samples.shape[1]
    mono: Waveform = samples @ np.full(channels, 1 / channels, dtype=np.float32)
    return mono


def cut_stream(
    blocks: Iterable[Waveform], segmenter: Segmenter, whole_seconds: float = 30.0
) -> Iterator[tuple[float, Waveform]]:
    """Cut a track that arrives in blocks as `segmenter` cuts a whole one.

    A segmenter of whole tracks is met with windows of `whole_seconds`, half overlapping: what a picture of a track of
    that length shows would be squeezed out of recognition in a picture of an hour. A shorter track is still taken
    whole. `max_segments` is not heeded: it spares training, and a long track deserves to be heard to its end.

    Args:
        blocks: `(T,)` each, one after the other.
        segmenter: How to cut.
        whole_seconds: Length of the tracks that a segmenter of whole tracks was used on, s.

    Yields:
        The start of a segment in s, and its waveform `(length,)`.

    Example:
        >>> blocks = [np.zeros(22050, np.float32)] * 7  # 7 s
        >>> [(start, len(wave)) for start, wave in cut_stream(blocks, Segmenter(22050, length=3.0))]
        [(0.0, 66150), (3.0, 66150)]
    """
    steps = segmenter if segmenter.length else replace(segmenter, length=whole_seconds, overlap=0.5)
    length, hop = steps.n_samples or 0, steps.hop
    rest = np.empty(0, np.float32)
    n_cut = 0
    for block in blocks:
        rest = np.concatenate([rest, block])
        while len(rest) >= length:
            yield n_cut * hop / segmenter.sample_rate, rest[:length]
            rest = rest[hop:]
            n_cut += 1
    if n_cut == 0:  # shorter than one segment: padded, dropped or taken whole
        yield from ((0.0, segment) for segment in segmenter.cut(rest))
