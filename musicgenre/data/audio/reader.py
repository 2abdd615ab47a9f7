"""The one reader of recordings: whatever the container, all of its content is decoded, or the rest is reported."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from types import TracebackType
from typing import Self

import numpy as np

from musicgenre.data.audio import ffmpeg, mpeg_tags
from musicgenre.data.audio.contents import contents
from musicgenre.data.audio.downmix import Waveform
from musicgenre.data.audio.facts import AudioError, Facts
from musicgenre.data.audio.foreign import alike, foreign_part
from musicgenre.data.audio.kinds import kind_of
from musicgenre.data.audio.opened import corrected, decodable, opened, rest_of
from musicgenre.data.audio.parts import SLACK, Part, told_to_ffmpeg
from musicgenre.data.audio.sndfile import (
    FAILURES,
    SYSTEM,
    UNKNOWN_INSIDE,
    block_frames,
    blocks,
    decoder_message,
    label,
    promise,
)
from musicgenre.data.audio.source import AudioSource, Source

_LOUDEST = 4.0  # 12 dB above full scale
_AS_IT_IS = re.compile(r"FLOAT|DOUBLE|wavpack|\b(?:PCM|pcm)_")  # floats may have another scale; PCM has one
_BEYOND = "damaged: samples far beyond full scale are limited to it"
LOWEST_RATE, HIGHEST_RATE = 1_000, 768_000  # Hz


class AudioFile:
    """A recording, open to be decoded once from beginning to end.

    Args:
        audio: A path, a file object that reads bytes, or bytes.

    Attributes:
        facts: What is known about it; complete after the last block.

    Raises:
        AudioError: It cannot be read as audio; the message is the reason.
    """

    def __init__(self, audio: AudioSource) -> None:
        self.facts = Facts()
        self._stack = ExitStack()
        self.source = self._stack.enter_context(Source(audio))
        try:
            self._contents = contents(self.source)
        except BaseException:
            self._stack.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stack.close()

    def blocks(self, seconds: float | None = None) -> Iterator[tuple[Waveform, int]]:
        """Decode block by block.

        Args:
            seconds: Length of a block, in whole seconds; None for as much at once as easily fits in memory.

        Yields:
            Samples `(T,)` or `(T, channels)`, float32, and their rate in Hz. A later part may have another rate.

        Raises:
            AudioError: The file is damaged or cut short; the message says how much of how much can be decoded.
        """
        for block, rate in self._decoded(seconds):
            yield self._plausible(block), rate
        if not self.facts.heard:
            raise self.error("holds no samples")

    def error(self, reason: str, passing: bool = False) -> AudioError:
        """Make an error about this file, with what is known about it."""
        return AudioError(reason, self.facts, passing)

    # Decoding

    def _decoded(self, seconds: float | None) -> Iterator[tuple[Waveform, int]]:
        found = self._contents
        if found.foreign:
            yield from self._through_ffmpeg(seconds)
        for part in found.parts:
            yield from self._decode(part, seconds)
            if found.foreign:  # only libsndfile finds out
                if len(found.parts) > 1 and not found.follows:
                    found.follows = "another recording follows and is ignored"
                break
        else:
            if len(found.parts) > 1:
                self._note(f"{len(found.parts)} recordings joined end to end")
        if found.follows:
            self._note(found.follows)

    def _plausible(self, block: Waveform) -> Waveform:
        """Limit samples that only damage can make to full scale."""
        if _AS_IT_IS.search(self.facts.format) or not len(block) or not max(block.max(), -block.min()) > _LOUDEST:
            return block
        if _BEYOND not in self.facts.note:
            self._note(_BEYOND)
        return np.where(np.abs(block) > _LOUDEST, np.sign(block), block)

    def _decode(self, part: Part, seconds: float | None) -> Iterator[tuple[Waveform, int]]:
        """Decode the blocks of one part with libsndfile."""
        decoded, rate, promised = 0, 1, None
        try:
            with opened(self.source, part) as file:
                rate = int(file.samplerate)
                self._begin(part.label or label(file), rate, int(file.channels))
                promised = promise(file)
                for block in blocks(file, seconds, part.limit):
                    decoded += len(block)
                    yield block, rate
        except FAILURES as error:
            if (rest := rest_of(self.source, part, decoded)) is None:
                decoded = decoded or decodable(self.source, part)
                if decoded:
                    raise self._broken_off(part, decoded, rate, isinstance(error, MemoryError)) from error
                yield from self._by_other_means(error, seconds)
                return
            yield rest, rate
            decoded += len(rest)
            part.note = "data beyond the sample count in its header cannot be decoded and is ignored"
        self._finish(part, decoded, rate, promised)

    def _broken_off(self, part: Part, decoded: int, rate: int, passing: bool) -> AudioError:
        held, there = decoded / rate, part.promised(decoded / rate, decoded)
        whole = f" of {there:.1f} s" if there and there > held else ""
        self._count(held, max(held, there or 0))
        return self.error(f"truncated or damaged: decoding stops after {held:.1f} s{whole}", passing)

    def _finish(self, part: Part, decoded: int, rate: int, promised: float | None) -> None:
        """Compare what a part promised with what it held."""
        held = decoded / rate
        stated = part.promised(held, decoded)
        there = max(held, promised if stated is None and promised is not None else stated or held)
        self._count(held * part.share, there if there - held > part.slack else held)
        if fault := part.fault(held):
            raise self.error(fault)
        if part.note:
            self._note(part.note)
        if there - held > part.slack:
            if not part.damaged:
                raise self.error(f"truncated: header promises {there:.1f} s, file holds {held:.1f} s")
            if held < there / 2:
                raise self.error(f"damaged: {held:.1f} of {there:.1f} s can be decoded")
            self._note(f"damaged: {held:.1f} of {there:.1f} s can be decoded")
        elif stated is not None and held - stated > part.slack:
            self._note(f"header promises {stated:.1f} s, file holds {held:.1f} s: all of it is used")

    def _by_other_means(self, error: Exception, seconds: float | None) -> Iterator[tuple[Waveform, int]]:
        """Decode with ffmpeg what libsndfile knows only by its container."""
        if isinstance(error, MemoryError):
            raise self.error("not readable as audio (its header asks for more memory than there is)", True) from error
        reason, code = decoder_message(error), getattr(error, "code", None)
        if self.facts.rate is not None or code not in UNKNOWN_INSIDE:
            raise self.error(f"not readable as audio ({reason})", code == SYSTEM) from error
        place = mpeg_tags.skip_tags(self.source, 0)
        kind = self._contents.foreign = kind_of(self.source, place) or "audio"
        self._contents.inside = told_to_ffmpeg(self.source, kind, place)
        if not ffmpeg.installed():
            hint = ffmpeg.convert_hint(self.source, f"{kind} ({reason})")
            raise self.error(hint, passing=True) from error
        try:
            yield from self._through_ffmpeg(seconds)
        except AudioError as failed:
            known = self.facts.rate or failed.passing
            raise failed if known else self.error(f"not readable as audio ({reason})") from error

    def _through_ffmpeg(self, seconds: float | None) -> Iterator[tuple[Waveform, int]]:
        kind = self._contents.foreign
        if not ffmpeg.installed():
            self.facts = Facts(kind)
            raise self.error(ffmpeg.convert_hint(self.source, kind), passing=True)
        self.facts = Facts(kind)
        name = self._stack.enter_context(ffmpeg.as_file(*corrected(self.source, self._contents.inside)))
        try:
            decoder = ffmpeg.Decoder(name)
        except AudioError as error:
            raise self.error(f"{kind}: {error}") from error
        self._stack.callback(decoder.close)
        rate = decoder.rate
        self._begin(f"{kind} {decoder.codec}".strip(), rate, decoder.channels)
        n_block, decoded = block_frames(rate, decoder.channels, seconds or 10.0), 0
        while len(block := decoder.read(n_block)):
            decoded += len(block)
            yield block, rate
        held, found = decoded / rate, self._contents
        part = foreign_part(decoder, self.source, held, found.ends, bool(found.follows))
        part.fault = found.fault
        stated = part.promised(held, decoded)
        told = found.inside and found.inside.promised(held, decoded)
        if found.inside and told and (told - held > SLACK or (stated or held) - held <= part.slack):
            part, stated = replace(found.inside, note=part.note), told
        described = kind in ("ASF/WMA audio", "AVI")
        read_on = held - stated > part.slack if stated else described and found.ends is None
        if f"({kind})" in found.follows and read_on:
            other = f"another recording follows ({kind}) in another format and may be misread"
            found.follows = other if described and not alike(self.source, kind) else ""
        if decoder.failed:
            self._count(held, max(held, stated or 0))
            raise self.error(f"damaged: decoding stops after {held:.1f} s ({decoder.failed})")
        self._finish(part, decoded, rate, None)

    # Facts

    def _begin(self, label: str, rate: int, channels: int) -> None:
        if self.facts.rate is None:
            self.facts = Facts(label, rate, channels)
        if not LOWEST_RATE <= rate <= HIGHEST_RATE:
            raise self.error(f"states a sample rate of {rate} Hz, outside 1 kHz to 768 kHz: correct its header")

    def _count(self, held: float, there: float) -> None:
        seconds, heard = (self.facts.seconds or 0.0) + there, self.facts.heard + held
        self.facts = replace(self.facts, seconds=round(seconds, 6), heard=round(heard, 6))

    def _note(self, text: str) -> None:
        self.facts = replace(self.facts, note=f"{self.facts.note}; {text}" if self.facts.note else text)
