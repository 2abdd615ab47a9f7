"""The recordings in a file, by its container, each with its input for a decoder."""

from collections.abc import Callable
from dataclasses import dataclass

from musicgenre.data.audio import mp3, mpeg_tags, ogg
from musicgenre.data.audio.chunks import Extent, Piece, extent
from musicgenre.data.audio.counted import Order, voc_coding
from musicgenre.data.audio.following import following
from musicgenre.data.audio.kinds import BEGINNING, BEGINNING_HAS
from musicgenre.data.audio.mpeg_file import truthful_header
from musicgenre.data.audio.source import Source

# Containers and decoders legitimately disagree by a codec frame or a padding byte, never by a tenth of a second.
SLACK = 0.1
_LARGEST_TAG = 1 << 24  # bytes searched for its beginning: it may hold pictures
_CODINGS = {  # that libsndfile reads
    "WAV": (0x01, 0x02, 0x03, 0x06, 0x07, 0x11, 0x31, 0x38, 0x40, 0x50, 0x55, 0xFFFE),
    "AU": (1, 2, 3, 4, 5, 6, 7, 23, 25, 26, 27),
    "VOC": (0, 4, 6, 7),
    "W64": (0x01, 0x02, 0x03, 0x06, 0x07, 0x11, 0x31),
}


@dataclass
class Part:
    """One of the recordings in a file; most files have one.

    Attributes:
        pieces: Input for libsndfile; None for the file itself by its path.
        promised: Maps decoded seconds and frames to the seconds that the file promises; None if it promises nothing.
        fault: Maps decoded seconds to what is known to be wrong with it; empty if nothing is.
        damaged: Whether something in its middle is known to be damaged, so that the rest is heard nevertheless.
        label: What it is, if libsndfile does not know.
        slack: Seconds by which promise and decoder may differ.
        limit: Frames after which the recording ends; None for all that the decoder gives.
        frames: Frames that the header of a format without another end counts; 0 if it does not.
        note: Remark on it; empty if there is none.
        share: Share of the decoder's output that is in the file; the rest is silence for what is missing.
    """

    pieces: list[Piece] | None
    promised: Callable[[float, int], float | None] = lambda held, frames: None
    fault: Callable[[float], str] = lambda held: ""
    damaged: bool = False
    label: str = ""
    slack: float = SLACK
    limit: int | None = None
    frames: int = 0
    note: str = ""
    share: float = 1.0


def contained(source: Source, kind: str, place: int) -> tuple[Part, int]:
    """Return the recording in a container that says where its samples are, and where it ends in the file."""
    found = extent(source, kind, place)
    by_path = found.as_is and source.path is not None and source.path.suffix.lower() != ".raw"
    pieces = None if by_path else found.pieces
    if found.filled and found.promised:
        share = found.held / found.promised
        return Part(pieces, fault=_filled(share), share=share), found.stop
    return Part(pieces, _promised_by(found)), found.stop


def _promised_by(found: Extent) -> Callable[[float, int], float | None]:
    def promised(held: float, frames: int) -> float | None:
        if found.promised_frames is not None and frames:
            return held * found.promised_frames / frames
        if found.promised is not None and found.held > 0:
            return held * found.promised / found.held
        return None

    return promised


def _filled(share: float) -> Callable[[float], str]:
    """Say what is wrong if a decoder fills what is missing with silence."""
    return lambda held: f"truncated: header promises {held:.1f} s, file holds {held * share:.1f} s"


def flac(source: Source, place: int) -> tuple[Part, int]:
    """Return a FLAC without its header's sample count, at which a decoder stops; it is compared afterwards."""
    stop = source.search(BEGINNING, _flac_frames(source, place), BEGINNING_HAS)  # of another recording joined to it
    head = bytearray(source.read(place, 42))
    total = 0
    if len(head) == 42 and head[4] & 0x7F == 0:
        total = (head[21] & 15) << 32 | int.from_bytes(head[22:26], "big")
        head[21] &= 0xF0
        head[22:26] = bytes(4)
    end = mpeg_tags.without_end_tags(source, place, _before_tag(source, place, stop))
    return Part([bytes(head), (place + len(head), end)], _flac_promise(total), frames=total), stop


def _before_tag(source: Source, start: int, place: int) -> int:
    """Return where the ID3v2 tag that ends at a place, before another recording, begins; the place if there is none."""
    if place == source.size:
        return place
    first = max(start, place - _LARGEST_TAG)
    data = source.read(first, place - first)
    at = len(data)
    while (at := data.rfind(b"ID3", 0, at)) >= 0:
        if mpeg_tags.skip_tags(source, first + at) == place:
            return first + at
    return place


def _flac_frames(source: Source, place: int) -> int:
    """Return where the frames of a FLAC begin, after blocks that may hold anything."""
    place += 4
    for _ in range(1000):
        block = source.read(place, 4)
        place += 4 + int.from_bytes(block[1:], "big")
        if len(block) < 4 or block[0] & 0x80:
            break
    return place


def _flac_promise(total: int) -> Callable[[float, int], float | None]:
    return lambda held, frames: held * total / frames if total and frames else None


def coding_of(source: Source, kind: str, place: int) -> int:
    """Return the codec number of a container's samples; 0 for a kind of container that has no such numbers."""
    if kind == "WAV":
        head = source.read(place, 4096).partition(b"data")[0]
        found = head.partition(b"fmt ")[2]
        return int.from_bytes(found[4:6], "big" if head[:4] == b"RIFX" else "little") if found else 1
    if kind == "AU":
        head = source.read(place, 16)
        return int.from_bytes(head[12:16], "big" if head[:1] == b"." else "little")
    if kind == "VOC":
        return voc_coding(source, place)
    return _w64_coding(source, place) if kind == "W64" else 0


def foreign_coding(kind: str, coding: int) -> str:
    """Name a container whose codec libsndfile does not read; empty for any other."""
    return "" if coding in _CODINGS.get(kind, (0,)) else f"{kind} (codec 0x{coding:04x})"


def _w64_coding(source: Source, place: int) -> int:
    """Return the codec number of a W64's samples: of an extensible one 1 only if it is PCM, as libsndfile assumes."""
    head = source.read(place, 4096).partition(b"fmt \xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a")[2]
    coding, inner = (int.from_bytes(head[at : at + 2], "little") for at in (8, 32))
    return 1 if not head or (coding, inner) == (0xFFFE, 1) else coding


def told_to_ffmpeg(source: Source, kind: str, place: int) -> Part | None:
    """Return what ffmpeg is given of a container whose size it takes for the truth; None if it need not be told."""
    if kind not in ("AU", "W64", "SVX", "WAV"):
        return None
    found = extent(source, kind, place)
    beyond = found.held - found.promised if found.promised else 0  # bytes, which may be no samples if they are few
    if beyond < 0:
        return Part([(place, found.stop)], _promised_by(found))
    per_second, block = _sizes(source, kind, place)
    few = beyond <= SLACK * per_second
    if kind == "W64" and few and found.promised:  # ffmpeg would read on in what is behind
        stop, over = found.data + found.promised, found.promised % max(1, block)
        padding = over < 8 and not source.read(stop - over, over).strip(b"\0")  # which ffmpeg counts if it writes it
        return Part([(place, stop - over * padding)], lambda held, frames: held)
    if kind == "WAV" and few and not following(source, found.stop):
        return None
    return Part(found.pieces, _promised_by(found))


def _sizes(source: Source, kind: str, place: int) -> tuple[int, int]:
    """Return the bytes that a second, and that a block, of a WAV or W64 has by its header."""
    found = source.read(place, 4096).partition(b"fmt ")[2][12 + 16 * (kind == "W64") :]
    order: Order = "big" if source.read(place, 4) == b"RIFX" else "little"
    return int.from_bytes(found[:4], order), int.from_bytes(found[4:6], order)


def mpeg_part(run: mp3.Run, stated: float, as_is: bool) -> Part:
    """Return a run of MPEG frames as a recording.

    Args:
        run: The frames.
        stated: Seconds that headers in front promise for it; 0 if none does.
        as_is: Whether libsndfile can read the file itself.
    """
    label = {1: "MP1", 2: "MP2"}.get(run.header.layer, "MP3")
    slack = SLACK + 2 * run.header.samples / run.header.rate

    def promised(held: float, frames: int) -> float | None:
        there = max(stated, run.seconds + run.lost)  # a decoder drops its delay, and the padding at the end
        return there if there - held > slack else stated or held

    missing = stated > run.seconds + run.lost + slack  # what follows may be damaged frames
    damaged = run.lost > SLACK or (run.behind > SLACK and missing)
    notes = []
    if run.cut and not stated:
        notes.append("cut off inside its last frame: what is left of it is used")
    elif run.filled or (run.behind > SLACK and not missing):
        notes.append("data after its last frame is not MPEG audio and is ignored")
    if run.joined > 1:
        notes.append(f"{run.joined} recordings joined end to end")
    pieces: list[Piece] | None = None if as_is else [truthful_header(run), *run.pieces]
    limit = None
    if pieces and run.header.layer < 3:  # a decoder guesses the length from first frame and size
        size = run.pieces[-1][1] - run.pieces[0][0]
        pieces += run.pieces * min(64, 1 + run.frames * run.header.length // max(1, size))
        limit = run.frames * run.header.samples
    note = "; ".join(notes)
    return Part(pieces, promised, damaged=damaged, label=label, slack=slack, limit=limit, note=note)


def ogg_part(stream: ogg.Stream) -> Part:
    """Return a logical stream of Ogg as a recording."""

    def promised(held: float, frames: int) -> float | None:
        return stream.seconds if stream.missing and stream.seconds > held else held

    damaged = bool(stream.missing)
    return Part([*stream.pieces], promised, breaks_off(stream), damaged, label=f"OGG {stream.codec.upper()}")


def breaks_off(stream: ogg.Stream) -> Callable[[float], str]:
    """Say what is wrong if a stream of Ogg has no last page."""
    return lambda held: (
        "" if stream.ended else f"truncated: the Ogg stream breaks off after {held:.1f} s, without its end page"
    )


def side_by_side(streams: int) -> str:
    """Say that there are several streams of sound, if there are."""
    return f"{streams} audio streams in parallel: only the first is used" if streams > 1 else ""
