"""Containers that state a number in a fixed place: what they promise, as fields of an extent."""

import re
from collections.abc import Callable
from typing import Literal

from musicgenre.data.audio.source import Source

Order = Literal["little", "big"]
Fields = dict[str, int]


def _number(head: bytes, place: int, size: int, order: Order) -> int:
    return int.from_bytes(head[place : place + size], order)


def _frames(place: int, size: int, order: Order) -> Callable[[Source, bytes], Fields | None]:
    return lambda source, head: {"promised_frames": _number(head, place, size, order)}


def _mat4(source: Source, head: bytes) -> Fields | None:
    order: Order = "little" if head[:4] == b"\0\0\0\0" else "big"
    second = 20 + _number(head, 16, 4, order) + 8  # behind the matrix that holds the rate
    return {"promised_frames": _number(head, second + 8, 4, order)}


def _mat5(source: Source, head: bytes) -> Fields | None:
    order: Order = "little" if head[126:128] == b"IM" else "big"
    name = head.find(b"wavedata")
    return None if name < 0 else {"promised_frames": _number(head, name - 12, 4, order)}


def _voc(source: Source, head: bytes) -> Fields | None:
    place, size = _voc_sound(source)
    if not place:
        return None
    first = place + (6 if source.read(place, 1) == b"\1" else 16)
    after, size = place + 4 + size, size - (first - place - 4)
    if source.read(after, 1) == b"\0" and after + 1 < source.size:  # something follows its end
        return {"data": first, "held": size, "promised": size, "stop": after + 1}
    held = source.size - first - (source.read(source.size - 1, 1) == b"\0")
    return {"data": first, "held": held, "promised": size} if size > held else None


def _voc_sound(source: Source) -> tuple[int, int]:
    """Place and size of the first block of a VOC that holds samples; 0 if there is none."""
    place = _number(source.read(0, 26), 20, 2, "little")
    while 0 < place <= source.size - 4:
        block = source.read(place, 4)
        size = _number(block, 1, 3, "little")
        if block[0] in (1, 9):
            return place, size
        if block[0] == 0:
            break
        place += 4 + size
    return 0, 0


def voc_coding(source: Source) -> int:
    """Return the number of what codes the samples of a VOC; 0, as of 8 bits, where none is found."""
    place, _ = _voc_sound(source)
    block = source.read(place, 12)
    return 0 if not place else block[5] if block[0] == 1 else _number(block, 10, 2, "little")


def _nist(source: Source, head: bytes) -> Fields | None:
    count = re.search(rb"sample_count -i (\d{1,18})", head[:1024])
    return None if count is None else {"promised_frames": int(count[1])}


def _xi(source: Source, head: bytes) -> Fields | None:
    size, held = _number(head, 298, 4, "little"), source.size - 338
    return {"data": 338, "held": held, "promised": size} if size > held > 0 else None


def _sds(source: Source, head: bytes) -> Fields | None:
    """Packets of 127 bytes, 120 of them samples in groups of seven bits."""
    samples = head[10] | head[11] << 7 | head[12] << 14
    packets = -(-samples // (120 // max(1, -(-head[6] // 7))))
    size, held = packets * 127, source.size - 21
    return {"data": 21, "held": held, "promised": size, "filled": True} if size > held + 127 and held > 0 else None


COUNTED: dict[str, Callable[[Source, bytes], Fields | None]] = {
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
