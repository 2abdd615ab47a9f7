"""Containers that state a count in a fixed place: what they promise, as fields of an `Extent`."""

import re
from collections.abc import Callable
from typing import Any, Literal

from musicgenre.data.audio.facts import AudioError
from musicgenre.data.audio.following import following
from musicgenre.data.audio.mpeg_tags import skip_tags
from musicgenre.data.audio.source import Source

Order = Literal["little", "big"]
Fields = dict[str, Any]


def _number(head: bytes, place: int, size: int, order: Order) -> int:
    return int.from_bytes(head[place : place + size], order)


def _frames(place: int, size: int, order: Order) -> Callable[[Source, bytes, int], Fields | None]:
    return lambda source, head, start: {"promised_frames": _number(head, place, size, order)}


def _mat4(source: Source, head: bytes, start: int) -> Fields | None:
    order: Order = "little" if head[:4] == b"\0\0\0\0" else "big"
    second = 20 + _number(head, 16, 4, order) + 8  # after the matrix that holds the rate
    frames, data = _number(head, second + 8, 4, order), second + 20 + _number(head, second + 16, 4, order)
    sample = {0: 8, 1: 4, 2: 4, 3: 2}.get(_number(head, second, 4, order) // 10 % 10, 0)
    size = _number(head, second + 4, 4, order) * sample  # of a frame
    held = max(0, source.size - start - data) // size if size else 0
    if held <= frames or held >= 2**31 or _is_matrix(source.read(start + data + frames * size, 84), order):
        return {"promised_frames": frames}
    there = held.to_bytes(4, order)
    pieces = [head[: second + 8], there, (start + second + 12, source.size)]
    return {"promised_frames": frames, "pieces": pieces, "as_is": False}


def _is_matrix(head: bytes, order: Order) -> bool:
    """Return whether another matrix of a MAT4 begins: its five numbers, and a name that ends with a zero."""
    kind, imaginary, name = (_number(head, place, 4, order) for place in (0, 12, 16))
    plausible = kind % 1000 < 60 and kind < 5000 and imaginary < 2 and 1 < name <= 64
    return plausible and head[19 + name : 20 + name] == b"\0"


def _mat5(source: Source, head: bytes, start: int) -> Fields | None:
    order: Order = "little" if head[126:128] == b"IM" else "big"
    name = head.find(b"wavedata")
    return None if name < 0 else {"promised_frames": _number(head, name - 12, 4, order)}


def _voc(source: Source, head: bytes, start: int) -> Fields | None:
    place, size = _voc_sound(source, start)
    if not place:
        return None
    first = place + (6 if source.read(place, 1) == b"\1" else 16)
    after, size = place + 4 + size, size - (first - place - 4)
    last = None if source.size - after in (1, 9) else _voc_last(source, after)
    if last is not None:
        held, stop = last - first, last + (source.read(last, 1) == b"\0")
        there = {"pieces": [(start, last), b"\0"], "stop": stop, "as_is": False}
        return {"data": first, "held": held, "promised": held, **there}
    held = source.size - first - (source.read(source.size - 1, 1) == b"\0")
    below = first - place - 4 + held < 1 << 24  # the size has three bytes: from 16 MB on, it starts again
    known = size > held or (below and size > 0)
    return {"data": first, "held": held, "promised": size if known else None}


def _voc_last(source: Source, after: int) -> int | None:
    """Return where the samples of a VOC of one block end, perhaps later than it counts; None if more blocks follow."""
    places = after, after + _uncounted(source, after)
    return next((at for at in places if is_over(source, at + (source.read(at, 1) == b"\0"))), None)


_NO_SAMPLES = b"\3\3\0\0", b"\4\2\0\0", b"\6\2\0\0"  # heads of a silence, a marker and a repeat


def _uncounted(source: Source, after: int) -> int:
    """Return the bytes by which SoX may have counted too few samples: 8, unless they are a block of their own."""
    head = source.read(after, 4)
    return 0 if head[1:] == b"\4\0\0" or head in _NO_SAMPLES else 8


def is_over(source: Source, place: int) -> bool:
    """Return whether nothing but tags and padding, or another recording, is behind a place."""
    rest = skip_tags(source, place)
    padding = source.size - rest < 4096 and not source.read(rest, 4096).strip(b"\0")
    return place <= source.size and (padding or bool(following(source, place)))


_NOT_ONE = "has blocks that repeat, are silence, or differ in sample rate or coding: export it again as one"


def voc_blocks(source: Source, start: int) -> tuple[int, bool]:
    """Return where a VOC of several blocks ends, and whether its last block is there; 0 for one of a single block.

    Raises:
        AudioError: Its blocks have several rates or codings, repeat, or are silence, which no decoder follows.
    """
    place, size = _voc_sound(source, start)
    after = place + 4 + size
    of_size = (source.size - 1 - after) % (1 << 24) in (0, _uncounted(source, after))  # which has three bytes
    if not place or after >= source.size or of_size or _voc_last(source, after) is not None:
        return 0, True
    heads, blocks, place = {_voc_head(source, place)}, 0, after
    while (block := source.read(place, 4)) and 1 <= block[0] <= 9:
        after = place + 4 + _number(block, 1, 3, "little")
        if not blocks and after > source.size and block[0] not in (1, 2, 9):  # of samples: its size is wrong
            break
        if block[0] in (1, 3, 7, 9):  # 3 is silence, which ffmpeg leaves out; 7 ends a loop, where it stops
            heads.add(_voc_head(source, place))
        place, blocks = after, blocks + 1
    if not blocks:
        return 0, True
    if len(heads) > 1:
        raise AudioError(_NOT_ONE)
    return place + (block[:1] == b"\0"), block[:1] == b"\0" or is_over(source, place)


def _voc_head(source: Source, place: int) -> bytes:
    """Return rate, coding and channels of a block that holds samples."""
    return source.read(place + 4, 2 if source.read(place, 1) == b"\1" else 8)


def _voc_sound(source: Source, start: int) -> tuple[int, int]:
    """Return place and size of the first block of a VOC that holds samples, unless silence is before; 0 if none."""
    place = start + _number(source.read(start, 26), 20, 2, "little")
    while start < place <= source.size - 4:
        block = source.read(place, 4)
        size = _number(block, 1, 3, "little")
        if block[0] in (1, 9):
            return place, size
        if block[0] == 3:
            raise AudioError(_NOT_ONE)
        if block[0] == 0:
            break
        place += 4 + size
    return 0, 0


def voc_coding(source: Source, start: int) -> int:
    """Return the codec number of a VOC's samples; 0, which is 8 bits, if none is found."""
    place, _ = _voc_sound(source, start)
    block = source.read(place, 12)
    return 0 if not place else block[5] if block[0] == 1 else _number(block, 10, 2, "little")


def _nist(source: Source, head: bytes, start: int) -> Fields | None:
    count = re.search(rb"sample_count -i (\d{1,18})", head[:1024])
    return None if count is None else {"promised_frames": int(count[1])}


def _xi(source: Source, head: bytes, start: int) -> Fields | None:
    size, held = _number(head, 298, 4, "little"), source.size - start - 338
    return {"data": 338, "held": held, "promised": size} if size > held > 0 else None


def _sds(source: Source, head: bytes, start: int) -> Fields | None:
    """Read an SDS: packets of 127 bytes, 120 of them samples in groups of seven bits."""
    samples, per_packet = head[10] | head[11] << 7 | head[12] << 14, 120 // max(1, -(-head[6] // 7))
    size, held = -(-samples // per_packet) * 127, source.size - start - 21
    if size > held + 127 and held > 0:
        return {"data": 21, "held": held, "promised": size, "filled": True}
    there = min(held // 127 * per_packet, 2**21 - 1)
    if there < samples + per_packet or source.read(start + 21 + size, 2) != b"\xf0\x7e":
        return None
    count = bytes(there >> shift & 127 for shift in (0, 7, 14))
    return {"promised_frames": samples, "pieces": [head[:10], count, (start + 13, source.size)], "as_is": False}


COUNTED: dict[str, Callable[[Source, bytes, int], Fields | None]] = {
    "AVR": _frames(26, 4, "big"),
    "MPC2K": _frames(30, 4, "little"),
    "WVE": _frames(18, 4, "big"),
    "MAT4": _mat4,
    "MAT5": _mat5,
    "VOC": _voc,
    "NIST": _nist,
    "SDS": _sds,
    "XI": _xi,
}
