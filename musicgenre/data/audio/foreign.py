"""What only ffmpeg reads: where its container says that it ends, and what is known once it has been decoded."""

from collections.abc import Callable
from dataclasses import dataclass

from musicgenre.data.audio.chunks import another, extent
from musicgenre.data.audio.counted import Order
from musicgenre.data.audio.ffmpeg import Decoder
from musicgenre.data.audio.kinds import foreign_kind, kind_of
from musicgenre.data.audio.mpeg_tags import skip_tags
from musicgenre.data.audio.parts import SLACK, Part, side_by_side
from musicgenre.data.audio.source import Source


@dataclass(frozen=True)
class Ends:
    """Where a recording ends by the sizes in its container.

    Attributes:
        stop: Where it ends in the file; beyond the file's end if it is cut off.
        sound: Where its samples begin and end, if ffmpeg would guess their length from the file's size.
        seconds: Length of the first audio stream, if ffmpeg states only that of the longest stream or, without `sound`,
            a wrong one; 0 if unknown.
    """

    stop: int
    sound: tuple[int, int] | None = None
    seconds: float = 0.0

    def whole(self, source: Source) -> bool:
        """Return whether all of its samples are in the file."""
        return (self.sound[1] if self.sound else self.stop) <= source.size


def ends(source: Source, kind: str, place: int) -> Ends | None:
    """Return where a recording of a kind that begins at a place ends; None if its container does not say so."""
    found = next((end for name, end in _ENDS.items() if kind.startswith(name)), None)
    return None if found is None else found(source, place)


def alike(source: Source, kind: str) -> bool:
    """Return whether all ASF or AVI of a file describe their sound alike: ffmpeg decodes all as the first."""
    found, place = set[bytes](), skip_tags(source, 0)
    while place < source.size:
        if foreign_kind(source, place) == kind:
            found.add(_sound(source, place))
        place = skip_tags(source, another(source, place + 1))
    return len(found) == 1


def _sound(source: Source, place: int) -> bytes:
    """Return the description of the first audio stream of an ASF or AVI: coding, channels, rate, bit rate, ..."""
    head = source.read(place, 1 << 16)
    avi = head[:4] == b"RIFF"
    found = head.partition(b"auds")[2].partition(b"strf")[2] if avi else head.partition(_ASF_AUDIO)[2][24:]
    size, begin = int.from_bytes(found[:4], "little"), 4 if avi else 14
    return found[begin : begin + size]


def foreign_part(decoder: Decoder, source: Source, held: float, found: Ends | None, follows: bool) -> Part:
    """Return as a recording what ffmpeg has decoded.

    Args:
        decoder: It, at its end.
        source: The file.
        held: Seconds that were decoded.
        found: Where the recording ends by its container; None if unknown.
        follows: Whether another one follows, which ffmpeg may take for damage.
    """
    slack, size = SLACK + 4096 / decoder.rate, source.size
    damage, notes, piped = decoder.damage(), [side_by_side(decoder.sounds)], _piped(source, found)
    promised = None if piped == "AVI" or (follows and decoder.guessed) else decoder.promised(held)
    if found and found.seconds and not found.sound:
        promised = found.seconds
    elif found and found.seconds:
        promised = promised or found.seconds
        if promised - held > slack and not damage and not decoder.cut and _chained(source, found):
            promised = None  # it is wrong: nothing is missing
    if found and found.sound and found.sound[0] < size < found.sound[1]:
        first, last = found.sound
        promised = max(promised or 0.0, held * (last - first) / (size - first))
    if not follows and (promised is None or abs(promised - held) <= slack):  # otherwise the lengths tell it
        if damage:
            notes.append(f"damaged: ffmpeg reports {damage!r}")
        elif decoder.cut and piped != "WAV":  # which always lacks bytes of the last packet
            notes.append("cut off inside its last frame: what is left of it is used")
    damaged = not decoder.cut and (found.whole(source) if found else decoder.guessed or bool(damage))
    note = "; ".join(note for note in notes if note)
    return Part(None, lambda held, frames: promised, damaged=damaged, slack=slack, note=note)


def _piped(source: Source, found: Ends | None) -> str:
    """Return "WAV" or "AVI" for one that was piped out, so that its header states no size; empty for others."""
    place = skip_tags(source, 0)
    if kind_of(source, place) == "WAV":
        return "" if extent(source, "WAV", place).promised else "WAV"
    return "AVI" if found is None and foreign_kind(source, place) == "AVI" else ""


def _number(source: Source, place: int, size: int, order: Order) -> int:
    return int.from_bytes(source.read(place, size), order)


def _mp4(source: Source, place: int) -> Ends | None:
    """Walk the boxes up to a tag; a second file type or movie is another recording's."""
    seen = set[bytes]()
    while place + 8 <= source.size:
        head = source.read(place, 16)
        size, name = int.from_bytes(head[:4], "big"), head[4:8]
        size = {0: source.size - place, 1: int.from_bytes(head[8:], "big")}.get(size, size)
        if size < 8 or not name.isalnum() or (name in seen and name in (b"ftyp", b"moov")):
            break
        if skip_tags(source, place) > place:
            break
        seen.add(name)
        place += size
    return Ends(place) if b"mdat" in seen else None


_ASF_DATA = bytes.fromhex("3626b2758e66cf11a6d900aa0062ce6c")
_ASF_AUDIO = bytes.fromhex("409e69f84d5bcf11a8fd00805f5c442b")
_ASF_INDICES = (
    bytes.fromhex("90080033b1e5cf1189f400a0c90349cb"),
    bytes.fromhex("d329e2d6da35d111903400a0c90349be"),
    bytes.fromhex("f803b1fead12644c840f2a1d2f7ad48c"),
    bytes.fromhex("d03fb73c4a0c034d953dedf7b6228f0c"),
)


def _asf(source: Source, place: int) -> Ends | None:
    place += _number(source, place + 16, 8, "little")
    size = _number(source, place + 16, 8, "little")
    if source.read(place, 16) != _ASF_DATA or not 50 < size < 2**40:  # of a broadcast, or wrong
        return None
    sound = place + 50, place + size
    place += size
    while source.read(place, 16) in _ASF_INDICES:
        place += max(24, _number(source, place + 16, 8, "little"))
    return Ends(place, sound)


def _avi(source: Source, place: int) -> Ends | None:
    """Walk the forms, each with a list of samples; ffmpeg reads on in another AVI of its format that follows."""
    lists, stream = list[tuple[int, int]](), source.read(place, 1 << 16).partition(b"auds")[2][16:32]
    scale, rate, _, length = (int.from_bytes(stream[at : at + 4], "little") for at in range(0, 16, 4))
    sound = _sound(source, place)
    while (head := source.read(place, 12))[:4] == b"RIFF" and head[8:] in (b"AVI ", b"AVIX"):
        size, inside = int.from_bytes(head[4:8], "little"), place + 12
        if size in (0, 2**32 - 1):  # of a recorder that was stopped
            return None
        if head[8:] == b"AVI " and _sound(source, place) != sound:
            break
        while inside < min(place + size, source.size) and (chunk := source.read(inside, 12))[8:] != b"movi":
            if not chunk[:4].strip(b"\0"):
                return None
            inside += 8 + -(-int.from_bytes(chunk[4:8], "little") // 2) * 2
        lists.append((inside + 12, inside + 8 + _number(source, inside + 4, 4, "little")))
        place += 8 + size + size % 2
    return Ends(place, (lists[0][0], lists[-1][1]), length * scale / rate if rate else 0.0)


def _chained(source: Source, found: Ends) -> bool:
    """Return whether the chunks of samples of an AVI lead from one to the next, up to their end."""
    place, stop = found.sound or (0, 0)
    while place < min(stop, source.size):
        head = source.read(place, 12)
        if not head[:4].strip(b" ").isalnum():
            return False
        size = int.from_bytes(head[4:8], "little")
        place += 12 if head[:4] == b"RIFF" or head[8:] == b"movi" else 8 + size + size % 2
    return found.whole(source) and place in (stop, stop + 1)


def _matroska(source: Source, place: int) -> Ends:
    """Walk pairs of a head and a segment; ffmpeg reads on in another one that follows."""
    while source.read(place, 4) == b"\x1a\x45\xdf\xa3":
        for _ in range(2):
            size = source.read(place + 4, 8)
            width = 9 - size[0].bit_length() if size and size[0] else 0
            unknown = 2 ** (7 * width) - 1
            value = int.from_bytes(size[:width], "big") & unknown
            if value == unknown:  # of a stream, which goes on to the file's end
                return Ends(source.size)
            place += 4 + width + value
    return Ends(place)


def _wavpack(source: Source, place: int) -> Ends:
    """Walk the blocks, which count the samples in front of them; another recording counts from 0 again."""
    last = 0
    while (head := source.read(place, 32))[:4] == b"wvpk" and len(head) == 32:
        count, samples = int.from_bytes(head[16:20], "little"), int.from_bytes(head[20:24], "little")
        if samples and count < last:
            break
        last = count if samples else last
        place += 8 + int.from_bytes(head[4:8], "little")
    return Ends(place)


def _musepack(source: Source, place: int) -> Ends | None:
    """Walk the packets of version 8, whose count of samples ffmpeg misreads, to the last."""
    if source.read(place, 4) != b"MPCK":
        return None
    place, last, name, seconds = place + 4, place, b"", 0.0
    while name != b"SE" and (head := source.read(place, 32))[:2].isalpha():
        size, at = _groups(head, 2)
        if size < at:
            break
        last, name = place, head[:2]
        if name == b"SH":
            (samples, at), rates = _groups(head, 8), (44100, 48000, 37800, 32000)
            silence, at = _groups(head, at)
            seconds = max(0, samples - silence) / rates[head[at] >> 5 & 3] if at < len(head) else 0.0
        place += size
    if name == b"SE":
        return Ends(place, seconds=seconds)
    stop = another(source, last + 1)
    return Ends(stop if place < source.size or stop < source.size else place + 1, seconds=seconds)


def _groups(head: bytes, place: int) -> tuple[int, int]:
    """Read a number in groups of seven bits, of which all but the last begin with a 1, and the place after it."""
    value = 0
    while place < len(head):
        value, place = value << 7 | head[place] & 127, place + 1
        if head[place - 1] < 128:
            break
    return value, place


def _dsd(source: Source, place: int) -> Ends | None:
    """Walk the chunks of a DSDIFF, whose sizes do not count their own head, or of a DSF, whose sizes do."""
    dsdiff = source.read(place, 4) == b"FRM8"
    order: Order = "big" if dsdiff else "little"
    stop = place + (12 + _number(source, place + 4, 8, order) if dsdiff else _number(source, place + 12, 8, order))
    place += 16 if dsdiff else 28
    while place < min(stop, source.size):
        name, size = source.read(place, 4), _number(source, place + 4, 8, order) + 12 * dsdiff
        if name in (b"data", b"DSD ", b"DST "):
            return Ends(stop, (place + 12, place + size))
        if not name.strip(b"\0"):
            break
        place += max(12, size)
    return None


_ENDS: dict[str, Callable[[Source, int], Ends | None]] = {
    "MP4": _mp4,
    "QuickTime": _mp4,
    "ASF": _asf,
    "AVI": _avi,
    "Matroska": _matroska,
    "WavPack": _wavpack,
    "Musepack": _musepack,
    "DSD": _dsd,
}
