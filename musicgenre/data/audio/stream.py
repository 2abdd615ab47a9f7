"""Decode, resample and cut a recording block by block: an hour of music in the memory of a few seconds."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from types import TracebackType
from typing import Self

import numpy as np
import soxr

from musicgenre.data.audio.downmix import Mixer, Waveform
from musicgenre.data.audio.facts import AudioError, Facts
from musicgenre.data.audio.reader import AudioFile
from musicgenre.data.audio.segments import Segmenter
from musicgenre.data.audio.source import AudioSource

_ONE_GO = 1 << 25  # samples of a result that are resampled at once


class Stream:
    """A recording's waveform in consecutive blocks: joined, they are `read_audio`'s result.

    Args:
        audio: A path, a file object that reads bytes, or bytes; the content determines the format, not the name.
        sample_rate: The rate of the result, Hz.
        downmix: How several channels are mixed to one, see `Mixer`.
        block_seconds: Length decoded at a time, in whole s; None for as much as easily fits in memory.

    Attributes:
        file: What is decoded.

    Raises:
        AudioError: The file cannot be read as audio; while iterating: it is cut short or damaged, holds NaN or
            infinite samples, or (known at its end) nothing but silence.
    """

    def __init__(
        self, audio: AudioSource, sample_rate: int, downmix: str = "mean", block_seconds: float | None = 10.0
    ) -> None:
        self.mixer = Mixer(downmix)
        self.file = AudioFile(audio)
        self._rate, self._block_seconds = sample_rate, block_seconds

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.file.__exit__(kind, error, at)

    @property
    def facts(self) -> Facts:
        """What is known about the recording; complete after the last block."""
        notes = [note for note in (self.file.facts.note, self.mixer.note) if note]
        return replace(self.file.facts, note="; ".join(notes))

    def __iter__(self) -> Iterator[Waveform]:
        """Yield mono blocks `(T,)`, float32, some of them perhaps empty."""
        try:
            yield from _resampled(self._mixed(), self._rate)
        except AudioError as error:
            error.facts = self.facts
            raise
        if silence := self.mixer.silence:
            raise AudioError(silence, self.facts)

    def _mixed(self) -> Iterator[tuple[Waveform, int]]:
        for samples, rate in self.file.blocks(self._block_seconds):
            yield self.mixer(samples, rate), rate


def _resampled(blocks: Iterator[tuple[Waveform, int]], sample_rate: int) -> Iterator[Waveform]:
    """Resample blocks of any rate to one rate; a block that stands alone is resampled as a whole."""
    resampler = None
    block, rate = next(blocks, (None, 0))
    while block is not None:
        after, after_rate = next(blocks, (None, 0))
        last = after is None or after_rate != rate
        if rate == sample_rate:
            yield block
        elif last and resampler is None and len(block) / rate * sample_rate <= _ONE_GO:
            yield np.asarray(soxr.resample(block, rate, sample_rate, quality="HQ"), dtype=np.float32)
        else:
            resampler = resampler or soxr.ResampleStream(rate, sample_rate, 1, dtype="float32", quality="HQ")
            for first in range(0, len(block), 1 << 20):
                yield resampler.resample_chunk(block[first : first + (1 << 20)])
            if last:
                yield resampler.resample_chunk(np.empty(0, np.float32), last=True)
        resampler = None if last else resampler
        block, rate = after, after_rate


def cut_stream(blocks: Iterable[Waveform], segmenter: Segmenter) -> Iterator[tuple[float, Waveform]]:
    """Cut a track that arrives in blocks as `segmenter` cuts a whole one.

    `max_segments` is ignored: it saves work in training, and a long track should be heard to its end.

    Args:
        blocks: `(T,)` each, one after the other.
        segmenter: How to cut; without `length` and `window`, a track of any length is held until its end.

    Yields:
        The start of a segment in s, and its waveform `(length,)`.

    Example:
        >>> blocks = [np.zeros(22050, np.float32)] * 7  # 7 s
        >>> [(start, len(wave)) for start, wave in cut_stream(blocks, Segmenter(22050, length=3.0))]
        [(0.0, 66150), (3.0, 66150)]
    """
    steps, whole = segmenter.windows, 0.0 if segmenter.length else segmenter.longest_whole
    length, hop = steps.n_samples or 0, steps.hop
    rest = np.empty(0, np.float32)
    n_cut = 0
    for block in blocks:
        rest = np.concatenate([rest, block])
        while len(rest) >= length and (n_cut or len(rest) > whole):
            yield n_cut * hop / segmenter.sample_rate, rest[:length]
            rest = rest[hop:]
            n_cut += 1
    if n_cut == 0:  # shorter than one segment: padded, dropped or taken whole
        yield from ((0.0, segment) for segment in segmenter.cut(rest))
    elif len(rest) >= max(1, length - steps.missing):
        yield n_cut * hop / segmenter.sample_rate, np.pad(rest, (0, length - len(rest)))
