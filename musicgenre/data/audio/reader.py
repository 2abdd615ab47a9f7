"""The one reader of recordings: whatever the container, all of its content is decoded, or the rest is reported."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from musicgenre.data.audio import ffmpeg, mp3, mpeg_tags, ogg
from musicgenre.data.audio.downmix import Waveform
from musicgenre.data.audio.facts import AudioError, Facts
from musicgenre.data.audio.following import following
from musicgenre.data.audio.kinds import foreign_kind, kind_of
from musicgenre.data.audio.mpeg_file import is_plain
from musicgenre.data.audio.mpeg_header import header
from musicgenre.data.audio.opened import decodable, opened, rest_of
from musicgenre.data.audio.parts import (
    SLACK,
    Part,
    breaks_off,
    contained,
    flac,
    foreign_coding,
    mpeg_part,
    ogg_part,
    wav_coding,
)
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
            self._foreign = ""
            self._foreign_fault: Callable[[float], str] = lambda held: ""
            self._parts = self._find_parts()
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
        if self._foreign:
            yield from self._through_ffmpeg(self._foreign, seconds)
        else:
            for part in self._parts:
                yield from self._decode(part, seconds)
                if self._foreign:  # only libsndfile finds out
                    return
            if len(self._parts) > 1:
                self._note(f"{len(self._parts)} recordings joined end to end")
        if not self.facts.heard:
            raise self.error("holds no samples")

    def error(self, reason: str, passing: bool = False) -> AudioError:
        """Make an error about this file, with what is known about it."""
        return AudioError(reason, self.facts, passing)

    # What the file consists of

    def _find_parts(self) -> list[Part]:
        """List the recordings in the file, in order."""
        parts, stop = self._parts_at(0)
        while not self._foreign and (kind := following(self.source, stop)):
            try:
                more, after = self._parts_at(stop)
            except AudioError:  # only a beginning
                more, after = [], stop
            if self._foreign or not more or after <= stop:
                parts[-1].note = f"another recording follows ({self._foreign or kind}) and is ignored"
                self._foreign = ""
                break
            parts, stop = parts + more, after
        return parts

    def _parts_at(self, place: int) -> tuple[list[Part], int]:
        """List the recordings of one kind from a place on, and return where they end."""
        source = self.source
        place = mpeg_tags.skip_tags(source, place)
        kind = kind_of(source, place)
        if kind == "OGG":
            return self._ogg(place)
        if kind == "FLAC":
            part, stop = flac(source, place)
            return [part], stop
        if found := foreign_coding(source, kind, place):
            self._foreign = found
            return [], source.size
        coding, inside = wav_coding(source, place) if kind == "WAV" else (1, 0)
        if coding in (0x50, 0x55):
            return self._mpeg(mp3.runs(source, inside))
        if kind:
            part, stop = contained(source, kind, place)
            return [part], stop
        if header(source.read(place, 4)) is None and (found := foreign_kind(source, place)):
            self._foreign = found
            return [], source.size
        return self._mpeg(mp3.runs(source, place))

    def _mpeg(self, found: list[mp3.Run]) -> tuple[list[Part], int]:
        size = self.source.size
        if sum(run.frames for run in found) == 0:
            if found:
                raise AudioError("not readable as audio (no audio in it)")
            by_path = self._by_path() and not self._is_mp3_by_name_only()
            return [Part(None if by_path else [(0, size)])], size  # libsndfile says what it is, or is not
        stop = found[-1].pieces[-1][1]
        path = self._by_path() and len(found) == 1 and not following(self.source, stop)
        as_is = path and is_plain(self.source, found[0])
        stated = zip(found, mp3.promised(found), strict=True)
        return [mpeg_part(run, seconds, as_is) for run, seconds in stated if run.frames], stop

    def _by_path(self) -> bool:
        """Return whether libsndfile can take the path: soundfile treats .raw as audio without a header."""
        return self.source.path is not None and self.source.path.suffix.lower() != ".raw"

    def _is_mp3_by_name_only(self) -> bool:
        """Return whether libsndfile would take a file without MPEG frames for MP3: its decoder prints notes then."""
        path = self.source.path
        return path is not None and path.suffix.lower() == ".mp3" and header(self.source.read(0, 4)) is None

    def _ogg(self, place: int) -> tuple[list[Part], int]:
        found = ogg.streams(self.source, place)
        stop = max((stream.pieces[-1][1] for stream in found), default=self.source.size)
        audio = [stream for stream in found if stream.codec and not stream.beside]
        if any(not stream.readable for stream in audio):
            self._foreign = f"Ogg {next(stream.codec for stream in audio if not stream.readable)}"
            self._foreign_fault = breaks_off(audio[-1])
            return [], stop
        if not audio:
            if found:
                self._foreign = "Ogg without Vorbis or Opus"
                return [], stop
            return [Part([(place, self.source.size)])], stop
        parts = [ogg_part(stream) for stream in audio]
        if others := sum(bool(stream.codec) for stream in found) - len(audio):
            parts[-1].note = _side_by_side(others + 1)
        if not following(self.source, stop) and ogg.behind(self.source, stop, audio) > SLACK:
            told = "data after its last page is not Ogg and is ignored"
            parts[-1].note = f"{parts[-1].note}; {told}" if parts[-1].note else told
        return parts, stop

    # Decoding

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
        self._foreign = kind_of(self.source, mpeg_tags.skip_tags(self.source, 0)) or "audio"
        if not ffmpeg.installed():
            hint = ffmpeg.convert_hint(self.source, f"{self._foreign} ({reason})")
            raise self.error(hint, passing=True) from error
        try:
            yield from self._through_ffmpeg(self._foreign, seconds)
        except AudioError as failed:
            raise failed if self.facts.rate else self.error(f"not readable as audio ({reason})") from error

    def _through_ffmpeg(self, kind: str, seconds: float | None) -> Iterator[tuple[Waveform, int]]:
        if not ffmpeg.installed():
            self.facts = Facts(kind)
            raise self.error(ffmpeg.convert_hint(self.source, kind), passing=True)
        self.facts = Facts(kind)
        path = self._stack.enter_context(ffmpeg.as_file(self.source))
        try:
            decoder = ffmpeg.Decoder(path)
        except AudioError as error:
            raise self.error(f"{kind}: {error}") from error
        self._stack.callback(decoder.close)
        rate = decoder.rate
        self._begin(f"{kind} {decoder.codec}".strip(), rate, decoder.channels)
        n_block, decoded = block_frames(rate, decoder.channels, seconds or 10.0), 0
        while len(block := decoder.read(n_block)):
            decoded += len(block)
            yield block, rate
        promised = decoder.promised(decoded / rate)
        part = Part(None, lambda held, frames: promised, self._foreign_fault, slack=SLACK + 4096 / rate)
        part.note = _side_by_side(decoder.sounds)
        if decoder.failed:
            self._count(decoded / rate, max(decoded / rate, promised or 0))
            raise self.error(f"damaged: decoding stops after {decoded / rate:.1f} s ({decoder.failed})")
        self._finish(part, decoded, rate, None)

    # Facts

    def _begin(self, label: str, rate: int, channels: int) -> None:
        if self.facts.rate is None:
            self.facts = Facts(label, rate, channels)
        if not LOWEST_RATE <= rate <= HIGHEST_RATE:
            raise self.error(f"states a sample rate of {rate} Hz, outside 1 kHz to 768 kHz: correct its header")

    def _count(self, held: float, there: float) -> None:
        known = self.facts
        seconds = round((known.seconds or 0.0) + there, 6)
        self.facts = Facts(known.format, known.rate, known.channels, seconds, round(known.heard + held, 6), known.note)

    def _note(self, text: str) -> None:
        known = self.facts
        note = f"{known.note}; {text}" if known.note else text
        self.facts = Facts(known.format, known.rate, known.channels, known.seconds, known.heard, note)


def _side_by_side(streams: int) -> str:
    return f"{streams} audio streams in parallel: only the first is used" if streams > 1 else ""
