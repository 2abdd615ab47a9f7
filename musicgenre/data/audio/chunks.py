"""Containers that say where their samples begin and end: what the header promises, and what the file holds."""

import re
from dataclasses import dataclass, replace

from musicgenre.data.audio.counted import COUNTED, Order, is_over
from musicgenre.data.audio.facts import AudioError
from musicgenre.data.audio.following import following
from musicgenre.data.audio.kinds import BEGINNING, BEGINNING_HAS
from musicgenre.data.audio.mpeg_tags import skip_tags, without_end_tags
from musicgenre.data.audio.source import Source

Piece = bytes | tuple[int, int]


@dataclass(frozen=True)
class Extent:
    """Where one recording lies in a file.

    Attributes:
        pieces: Input of the decoder: the header, corrected if it is wrong, and the samples that are there.
        data: Position of the samples' first byte in the file.
        held: Bytes of samples that are there.
        promised: Bytes of samples that the header promises; None if it promises none.
        stop: Where the recording ends in the file.
        as_is: Whether the pieces are the file itself.
        promised_frames: Frames that the header promises; None if it does not count them.
        filled: Whether the decoder fills what is missing with silence.
    """

    pieces: list[Piece]
    data: int = 0
    held: int = 0
    promised: int | None = None
    stop: int = 0
    as_is: bool = False
    promised_frames: int | None = None
    filled: bool = False


@dataclass(frozen=True)
class _Style:
    """How a container of chunks is laid out."""

    name_bytes: int
    size_bytes: int
    order: Order
    head: int  # bytes before the first chunk
    align: int
    data: bytes  # name of the chunk of samples
    skip: int = 0  # bytes of that chunk before the samples
    with_head: bool = False  # the size counts the chunk's own head
    size_at: int | None = 4  # position of the total size


_W64_DATA = b"data\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a"


def _style(head: bytes, kind: str) -> _Style | None:
    if kind == "WAV":
        return _Style(4, 4, "big" if head[:4] == b"RIFX" else "little", 12, 2, b"data")
    if kind == "W64":
        return _Style(16, 8, "little", 40, 8, _W64_DATA, with_head=True, size_at=16)
    if kind == "AIFF":
        return _Style(4, 4, "big", 12, 2, b"SSND", skip=8)
    if kind == "SVX":
        return _Style(4, 4, "big", 12, 2, b"BODY")
    if kind == "CAF":
        return _Style(4, 8, "big", 8, 1, b"data", skip=4, size_at=None)
    return None


def extent(source: Source, kind: str, start: int = 0) -> Extent:
    """Return where the recording that begins at a place lies, and what its header promises."""
    head = source.read(start, 64)
    style = _style(head, kind)
    if style is not None:
        return _chunked(source, style, head, start)
    if kind == "AU" and len(head) >= 24:
        return _au(source, head, start)
    whole = Extent([(start, source.size)], held=source.size - start, stop=source.size, as_is=start == 0)
    counted = COUNTED.get(kind)
    promised = None if counted is None else counted(source, source.read(start, 4096), start)
    return whole if promised is None else replace(whole, **promised)


def _chunked(source: Source, style: _Style, head: bytes, start: int) -> Extent:
    place, sizes = start + style.head, dict[bytes, int]()
    if head[:4] in (b"RF64", b"BW64"):
        sizes[b"data"] = int.from_bytes(head[28:36], "little")
    bits = 8 * style.size_bytes
    for _ in range(1000):
        name = source.read(place, style.name_bytes)
        field = source.read(place + style.name_bytes, style.size_bytes)
        if len(field) < style.size_bytes or not _is_name(name):
            break
        size = int.from_bytes(field, style.order) - style.with_head * (style.name_bytes + style.size_bytes)
        begin = place + style.name_bytes + style.size_bytes
        if name == style.data:
            unknown = size >= 2**bits - 1 if bits == 32 else size < 0 or size >= 2**62
            if name in sizes and unknown:
                size, unknown = sizes[name], False
            return _data(source, style, start, (place + style.name_bytes, begin, size, unknown))
        places = source.read(begin, 4) if (style.data, name) == (b"BODY", b"CHAN") else b""
        if int.from_bytes(places, "big").bit_count() > 1:  # left and right
            raise AudioError("8SVX of several channels, one behind the other: convert it with SoX")
        place = begin + max(size, 0) + -max(size, 0) % style.align
        if size < 0 or place >= source.size:
            break
    return Extent([(start, source.size)], held=source.size - start, stop=source.size, as_is=start == 0)


# What programs write as the size of a WAV that they pipe out before its size is known; and what SoX writes for an AIFF,
# less than a frame below it.
_UNKNOWN = 2**31 - 2**16
_UNKNOWN_AIFF = range(0x7F000008 - 256, 0x7F000008 + 1)


def _data(source: Source, style: _Style, start: int, found: tuple[int, int, int, bool]) -> Extent:
    """Return a container's extent from its samples: place of their size, begin, size, whether it is unknown."""
    field, begin, size, unknown = found
    first, end = begin + style.skip, begin + size
    rest = source.size - begin
    if size > rest:
        unknown |= style.size_bytes == 4 and (size >= _UNKNOWN or (style.skip == 8 and size in _UNKNOWN_AIFF))
    fits, padded = not unknown and 0 <= size <= rest, end + -(end - start) % style.align
    goes_on = fits and style.data == _W64_DATA and _goes_on(source, end, padded)  # others pad with any byte
    after = _behind(source, style, start, end) if fits and not goes_on else None
    if after == source.size and (style.data not in (_W64_DATA, b"BODY") or end == after):  # libsndfile reads all of it
        samples = max(0, size - style.skip)
        return Extent([(start, source.size)], first, samples, samples, source.size, start == 0)
    promised = None if unknown or size <= style.skip else size - style.skip
    if not unknown and size > rest:
        stop = source.size
    elif size and after is not None:
        stop = end
    elif goes_on:
        stop = padded
    else:
        stop, after = without_end_tags(source, first, another(source, first)), None
    held = max(0, stop - first)
    pieces: list[Piece] = [*_corrected(source, style, start, field, stop - begin), (field + style.size_bytes, stop)]
    return Extent(pieces, first, held, promised, stop if after is None else after)


def _corrected(source: Source, style: _Style, start: int, field: int, size: int) -> list[Piece]:
    """Return the bytes up to and including the size of the samples, with true sizes."""
    head = bytearray(source.read(start, min(field - start, 1 << 20)))
    width = style.size_bytes
    if style.size_at is not None:
        whole = field + width + size - start - (0 if style.with_head else 8)
        value = min(whole, 2 ** (8 * width) - 1)
        head[style.size_at : style.size_at + width] = value.to_bytes(width, style.order)
    if bytes(head[:4]) in (b"RF64", b"BW64"):
        head[28:36] = size.to_bytes(8, "little")
        if size < 2**32 - 2**16:
            head[:4] = b"RIFF"
    own = size + style.with_head * (style.name_bytes + width)
    return [bytes(head), min(own, 2 ** (8 * width) - 1).to_bytes(width, style.order)]


def _is_name(name: bytes) -> bool:
    return len(name) >= 4 and all(32 <= byte < 127 for byte in name[:4])


def _goes_on(source: Source, place: int, padded: int) -> bool:
    """Return whether the last bytes, but for tags, lie where a chunk of samples is padded and are no padding."""
    return bool(source.read(place, padded - place).strip(b"\0")) and skip_tags(source, padded) == source.size


def _behind(source: Source, style: _Style, start: int, place: int) -> int | None:
    """Return where the chunks and tags from a place on end: at the last or an empty one, or another file; else None."""
    stop = source.size
    for _ in range(1000):
        if place >= source.size:
            return stop
        if following(source, place):
            return place
        behind = skip_tags(source, place)
        if behind > place:
            place = behind
            continue
        if padding := -(place - start) % style.align:
            place += padding
            continue
        name = source.read(place, style.name_bytes)
        if not name.strip(b"\0") and source.size - place < 4096:  # padding
            return None if source.read(place, source.size - place).strip(b"\0") else stop
        field = source.read(place + style.name_bytes, style.size_bytes)
        size = int.from_bytes(field, style.order) - style.with_head * (style.name_bytes + style.size_bytes)
        if name == style.data:
            if size > style.skip:
                raise AudioError("holds its samples in several chunks: export it again as one")
            stop = min(stop, place)  # libsndfile would take the empty one
        if not _is_name(name) or name[:4] in _FILES or size < 0:
            return None
        place += style.name_bytes + style.size_bytes + size
        if place > source.size + 1:
            return None
    return None


_FILES = (b"RIFF", b"RIFX", b"RF64", b"FORM", b"riff", b"caff")
_ANOTHER = re.compile(  # another recording's first bytes, or its tag's, which do not occur in samples
    rb"(?:RIFF|RIFX|RF64|BW64)....WAVE|caff\0[\1\2]\0\0desc|FORM....(?:AIF[FC]|8SVX|16SV)|riff\x2e\x91\xcf\x11"
    rb"|\.snd\0\0.{6}\0\0\0[\x01-\x1b]|dns\...\0\0.{4}[\x01-\x1b]\0\0\0"  # of AU, to the number of its coding
    rb"|\0\0\0.ftyp[ -~]{4}|\x30\x26\xb2\x75\x8e\x66\xcf\x11|\x1a\x45\xdf\xa3.{1,8}\x42\x86\x81\x01|RIFF....AVI LIST"
    rb"|FLV\x01[\1\4\5]\0\0\0\t|DSD \x1c\0{7}|TTA1[\1-\3]\0|MAC [\x6e-\x96]\x0f\0\0|wvpk.{4}[\2-\x10]\x04.{6}\0{4}"
    rb"|ID3[\2-\4]\0[\0-\xf0][\0-\x7f]{4}|Creative Voice File|NIST_1A\n|" + BEGINNING.pattern,
    re.DOTALL,
)
_ANOTHER_HAS = (
    *(b"caff", b"FORM", b"riff", b".snd", b"dns.", b"ID3", b"Creative", b"NIST_1A", *BEGINNING_HAS),
    *(b"ftyp", b"\x30\x26\xb2\x75", b"\x1a\x45\xdf\xa3", b"AVI LIST", b"FLV\x01", b"DSD ", b"TTA1", b"MAC ", b"wvpk"),
)


def another(source: Source, place: int) -> int:
    """Where another recording begins, or the tag in front of it, from a place on; the size if none does."""
    while (place := source.search(_ANOTHER, place, _ANOTHER_HAS)) < source.size and not following(source, place):
        place += 1
    return place


def _au(source: Source, head: bytes, start: int) -> Extent:
    order: Order = "big" if head[:4] == b".snd" else "little"
    first = start + max(24, int.from_bytes(head[4:8], order))  # after the header, whatever it says
    size = int.from_bytes(head[8:12], order)
    rest = source.size - first
    if size == rest and start == 0 and first == int.from_bytes(head[4:8], order):
        return Extent([(0, source.size)], first, size, size, source.size, True)
    known = 0 < size < _UNKNOWN
    if known and size < rest and is_over(source, first + size):
        stop = first + size
    else:
        stop = source.size if known and size >= rest else without_end_tags(source, first, another(source, first))
    held = max(0, stop - first)
    promised = size if known else None
    offset = (first - start).to_bytes(4, order)
    return Extent([head[:4], offset, b"\xff\xff\xff\xff", (start + 12, stop)], first, held, promised, stop)
