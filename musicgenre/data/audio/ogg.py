"""Ogg, page by page: consecutive or parallel streams, damaged or missing pages."""

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from musicgenre.data.audio import mpeg_tags
from musicgenre.data.audio.following import following
from musicgenre.data.audio.source import Source

_CODECS = (
    (b"\x01vorbis", "Vorbis"),
    (b"OpusHead", "Opus"),
    (b"\x7fFLAC", "FLAC"),
    (b"Speex   ", "Speex"),
    (b"PCM     ", "PCM"),
)
_READ_BY_LIBSNDFILE = ("Vorbis", "Opus")
_ANYTHING = re.compile(rb"[^\0]")
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


@dataclass
class Stream:
    """One logical stream of audio.

    Attributes:
        codec: "Vorbis", "Opus", "FLAC", ...; empty for anything but known audio.
        rate: Rate of the positions in the pages, Hz.
        channels: Number of channels.
        delay: Samples that a decoder drops at the beginning.
        pieces: `(start, stop)` of its pages in the file.
        first: Position of the first page that ends a packet of audio, in samples; None before there is one.
        last: Position of the last one.
        ended: Whether its last page says that it is the last.
        missing: Missing or damaged pages.
        beside: Whether it is parallel to an audio stream that began before it.
    """

    codec: str
    rate: int = 0
    channels: int = 0
    delay: int = 0
    pieces: list[tuple[int, int]] = field(default_factory=list)
    first: int | None = None
    last: int = 0
    ended: bool = False
    missing: int = 0
    beside: bool = False
    number: int = -1

    @property
    def readable(self) -> bool:
        """Whether libsndfile decodes it."""
        return self.codec in _READ_BY_LIBSNDFILE

    @property
    def seconds(self) -> float:
        """Length by the positions in its pages, s, if the first page starts at 0."""
        return max(0, self.last - self.delay) / self.rate if self.rate else 0.0


def streams(source: Source, start: int = 0) -> list[Stream]:
    """List the streams of a file, in order; a stream begins where a page says so."""
    found: list[Stream] = []
    open_by_serial: dict[bytes, Stream] = {}
    place, gap = start, False
    while place + 27 <= source.size:
        page = _page(source, place)
        if page is None:
            if found and all(stream.ended for stream in found) and following(source, place):
                break
            place, gap = source.find(b"OggS", place + 1), True
            if place < 0:
                break
            continue
        if gap:
            for stream in open_by_serial.values():
                stream.missing += 1
            gap = False
        _take(found, open_by_serial, place, page)
        place += len(page)
    return found


def behind(source: Source, stop: int, heard: Sequence[Stream]) -> float:
    """Return how many seconds the bytes after the last page, except tags and zeros, would last as pages."""
    rest = source.size - source.search(_ANYTHING, mpeg_tags.skip_tags(source, stop))
    size = sum(end - start for stream in heard for start, end in stream.pieces)
    return rest * sum(stream.seconds for stream in heard) / size


def _page(source: Source, place: int) -> bytes | None:
    """Return the whole page at a place; None if there is none, or its checksum is wrong."""
    head = source.read(place, 27)
    if head[:4] != b"OggS" or len(head) < 27:
        return None
    lacing = source.read(place + 27, head[26])
    size = 27 + head[26] + sum(lacing)
    page = source.read(place, size)
    if len(page) < size or _checksum(page[:22] + bytes(4) + page[26:]) != int.from_bytes(page[22:26], "little"):
        return None
    return page


def _checksum(data: bytes) -> int:
    """Compute Ogg's CRC: zlib's polynomial, with the bits of every byte, and of the result, reversed."""
    mirrored = zlib.crc32(data.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)


def _take(found: list[Stream], by_serial: dict[bytes, Stream], place: int, page: bytes) -> None:
    serial, flags = page[14:18], page[5]
    if flags & 2:  # a stream begins
        begun = by_serial[serial] = _begun(page[27 + page[26] :])
        # parallel streams begin together, before any other page
        begun.beside = bool(found) and found[-1].number == 0 and bool(found[-1].codec or found[-1].beside)
        found.append(begun)
    stream = by_serial.get(serial)
    if stream is None:  # pages of a stream whose beginning is lost
        return
    number = int.from_bytes(page[18:22], "little")
    if stream.number >= 0 and number > stream.number + 1:
        stream.missing = max(stream.missing, 1)
    stream.number = number
    position = int.from_bytes(page[6:14], "little", signed=True)
    if position > 0:
        stream.first = position if stream.first is None else stream.first
        stream.last = max(stream.last, position)
    stream.ended = stream.ended or bool(flags & 4)
    if stream.pieces and stream.pieces[-1][1] == place:
        stream.pieces[-1] = (stream.pieces[-1][0], place + len(page))
    else:
        stream.pieces.append((place, place + len(page)))


def _begun(packet: bytes) -> Stream:
    """Make a stream from its first packet."""
    codec = next((name for mark, name in _CODECS if packet.startswith(mark)), "")
    if codec == "Vorbis" and len(packet) >= 16:
        return Stream(codec, int.from_bytes(packet[12:16], "little"), packet[11])
    if codec == "Opus" and len(packet) >= 12:
        return Stream(codec, 48000, packet[9], delay=int.from_bytes(packet[10:12], "little"))
    return Stream(codec)
