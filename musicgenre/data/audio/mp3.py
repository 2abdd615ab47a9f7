"""MPEG audio (MP3, and layers I and II), frame by frame.

A header that states the length (Xing, Info, VBRI) may be missing, or belong to the first of several joined files; a
decoder then stops at its own guess. The frames are counted here, and what is decoded is a file of frames alone, after a
correct Xing header.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from musicgenre.data.audio.kinds import certain_kind
from musicgenre.data.audio.mpeg_header import Header, header
from musicgenre.data.audio.mpeg_tags import skip_tags, without_end_tags
from musicgenre.data.audio.source import Source

_BLOCK = 1 << 20
_SHORTEST_FREE, _LONGEST_FREE = 24, 8192  # bytes of a frame of a free bit rate
_REGULAR = 6  # frames of a free bit rate that must be of one length: two are in any soft noise of raw samples
_PADDING = 1 << 14  # bytes of zeros behind the last frame, a second at 128 kbit/s: more may be what a download lacks


@dataclass
class Run:
    """Consecutive frames of one rate and channel count, perhaps with something else between them.

    Attributes:
        header: Header of the first frame.
        pieces: `(start, stop)` of the frames in the file.
        frames: Their number.
        stated: Frames that the headers in front (Xing, Info, VBRI) of all joined recordings state; None if none does.
        tag: The Xing or Info frame, for the delay and padding in it.
        lost: Seconds that the bytes between the frames, except tags, would have lasted.
        behind: Seconds that the bytes after the last frame, except tags, would last as frames.
        cut: Whether the last frame is incomplete.
        filled: Whether more zeros than padding follow the last frame, and no header states that it is the last.
        joined: Number of recordings in it, by the headers in front of each.
        base: Bytes of a frame without padding, if the bit rate is free, which a decoder takes for all; 0 if it is not.
    """

    header: Header
    pieces: list[tuple[int, int]] = field(default_factory=list)
    frames: int = 0
    stated: int | None = None
    tag: bytes = b""
    lost: float = 0.0
    behind: float = 0.0
    cut: bool = False
    filled: bool = False
    joined: int = 1
    base: int = 0

    @property
    def seconds(self) -> float:
        """Length of the frames, s."""
        return self.frames * self.header.samples / self.header.rate

    @property
    def stated_seconds(self) -> float:
        """Length that the header in front states, without what is dropped at both ends, s; 0 if it states none."""
        place = 4 + self.header.side_info + 120  # LAME's part of a complete Xing header
        lame = self.tag[place : place + 24]
        left_out = 0
        if len(lame) == 24 and lame[:1].isalpha() and self.tag[place - 113] & 15 == 15:
            left_out = (lame[21] << 4 | lame[22] >> 4) + ((lame[22] & 15) << 8 | lame[23])
        return max(0, (self.stated or 0) * self.header.samples - left_out) / self.header.rate

    def take(self, start: int, stop: int) -> None:
        """Add a frame."""
        if self.pieces and self.pieces[-1][1] == start:
            self.pieces[-1] = (self.pieces[-1][0], stop)
        else:
            self.pieces.append((start, stop))
        self.frames += 1

    def state(self, frames: int) -> None:
        """Add what a header in front states; a further header is that of a joined recording."""
        if self.stated is not None:
            self.stated, self.joined = self.stated + frames, self.joined + 1
        elif frames and not self.frames:
            self.stated = frames


class _Window:
    """Bytes of a source from any place on, read in blocks."""

    def __init__(self, source: Source) -> None:
        self.source, self.start, self.data = source, 0, b""

    def at(self, place: int, size: int) -> bytes:
        offset = place - self.start
        if offset < 0 or offset + size > len(self.data):
            self.start, self.data = place, self.source.read(place, _BLOCK)
            offset = 0
        return self.data[offset : offset + size]


def runs(source: Source, start: int = 0, junk: int = 1 << 16, stop: int | None = None) -> list[Run]:
    """Find all frames of a file.

    Args:
        source: The file.
        start: Where to begin.
        junk: Maximum bytes in front of the first frame.
        stop: Where to end; None for the file's end.
    """
    found: list[Run] = []
    window, place = _Window(source), skip_tags(source, start)
    free: dict[tuple[int, int, int], int] = {}  # bytes of a frame without padding, if the bit rate is free
    run: Run | None = None
    end = without_end_tags(source, place, source.size if stop is None else stop)
    while place < end:
        head = header(window.at(place, 4))
        length = 0 if head is None else head.length
        if head is not None and head.stream in free and not length:
            length = _free_length(window, place, head, free)
        chained = run is not None and head is not None and head.stream == run.header.stream and length > 0
        if head is None or (not chained and not _begins(window, place, head, free)):
            if run is not None and certain_kind(source, place):
                break
            skipped = _next(source, window, place, free, (start + junk) if not found else source.size)
            if run is not None and run.frames:
                run.behind += _worth(run, place, min(skipped, end), window)
            if skipped >= end:
                if run is not None and end - place < 4:
                    run.cut = run.cut or window.at(place, 1) == b"\xff"
                if run is not None and end - place > _PADDING and not run.stated:
                    run.filled = not window.at(place, min(end - place, _BLOCK)).strip(b"\0")
                break
            place = skipped
            continue
        length = head.length or free[head.stream] + head.padding
        base = 0 if head.length else free[head.stream]
        if run is not None and run.behind:  # it lay between two frames
            run.lost, run.behind = run.lost + run.behind, 0.0
        if run is None or head.stream != run.header.stream or base != run.base:
            run = Run(head, base=base)
            found.append(run)
        if place + length > end:
            run.cut = True
            break
        if inside := _next_recording(window, head, place, length):
            run.behind += _worth(run, place, inside, window) if run.frames else 0.0
            place = inside
            continue
        _take(window, run, head, place, length)
        place += length
    return [run for run in found if run.frames > 1 or len(found) == 1]


def _next_recording(window: _Window, head: Header, place: int, length: int) -> int:
    """Return where another recording begins inside a frame that was cut off; 0 if none does.

    It shows in a tag or a frame with a Xing header; the frames of a recording that has neither are found by their own
    headers, after the end of this one.
    """
    seen = window.at(place, length + 64)
    at = 3
    while 0 <= (at := seen.find(b"ID3", at + 1)) < length:
        behind = skip_tags(window.source, place + at)
        if behind > place + at and begins(window.source, behind):
            return place + at
    for mark in (b"Xing", b"Info") if head.layer == 3 else ():
        at = 4 + head.side_info + 2  # its own may be there
        while (at := seen.find(mark, at + 1)) >= 0:
            for start in (at - 4 - side for side in (9, 17, 32)):
                after = header(seen[start : start + 4]) if 0 < start < length else None
                if after is not None and after.length and 4 + after.side_info == at - start:
                    return place + start
    return 0


def promised(found: Sequence[Run]) -> list[float]:
    """Return how many seconds the headers in front promise for each run; 0 if none does.

    If there are several, what one holds beyond its promise, or without any, may be counted in another one's header: by
    a tool that joined them, or because damage divided them. Only what all of them lack together is missing.
    """
    if len(found) == 1:
        return [found[0].stated_seconds]
    lacks = [run.stated_seconds - run.seconds for run in found]
    if sum(lacks) <= 0:
        return [0.0] * len(found)
    most = lacks.index(max(lacks))
    return [run.seconds + sum(lacks) if place == most else 0.0 for place, run in enumerate(found)]


def _take(window: _Window, run: Run, head: Header, place: int, length: int) -> None:
    """Add a frame to a run; one that states a length is not audio."""
    if head.layer == 3:
        behind = 4 + head.side_info
        frame = window.at(place, min(length, 192))
        for offset in (behind, behind + 2):  # after a checksum, too
            if frame[offset : offset + 4] in (b"Xing", b"Info"):
                stated = int.from_bytes(frame[offset + 8 : offset + 12], "big") if frame[offset + 7] & 1 else 0
                if stated and run.stated is None and not run.frames:
                    run.tag = window.at(place, length)
                run.state(stated)
                return
        if frame[36:40] == b"VBRI":
            run.state(int.from_bytes(frame[50:54], "big"))
            return
    run.take(place, place + length)


def begins(source: Source, place: int) -> bool:
    """Return whether frames begin at a place."""
    window = _Window(source)
    head = header(window.at(place, 4))
    return head is not None and _begins(window, place, head, {})


def _begins(window: _Window, place: int, head: Header, free: dict[tuple[int, int, int], int]) -> bool:
    """Return whether a stream of frames begins here: where this one ends, there is another header or the file's end."""
    length = head.length or _free_length(window, place, head, free)
    for _ in range(8 if head.layer == 1 else 2):  # one of layer I may be a sample of -1
        if not length:
            return False
        place += length
        if place >= window.source.size:
            return place == window.source.size
        after = header(window.at(place, 4))
        if after is None:
            return skip_tags(window.source, place) > place
        if after.stream != head.stream:
            return False
        length = after.length or free.get(after.stream, 0) + after.padding * bool(free)
    return True


def _free_length(window: _Window, place: int, head: Header, free: dict[tuple[int, int, int], int]) -> int:
    """Return the bytes of a frame of a free bit rate: up to the next header of its kind, if more follow as far.

    A known length is measured again where it leads to no header: another recording may begin here.
    """
    known = free[head.stream] + head.padding if head.stream in free else 0
    beyond = header(window.at(place + known, 4)) if known else None
    if beyond is not None and beyond.stream == head.stream:
        return known
    base, here, after = 0, place, head
    for number in range(2 if place == skip_tags(window.source, 0) else _REGULAR):
        step = _to_next(window, here, head)
        if number == 0:
            base = step - head.padding
        if step < _SHORTEST_FREE or step - after.padding != base:
            behind = here + base + after.padding
            if number < 2 or (behind < window.source.size and skip_tags(window.source, behind) == behind):
                return known
            break  # they were the last ones
        here += step
        after = header(window.at(here, 4)) or head
    free[head.stream] = base
    return base + head.padding


def _to_next(window: _Window, place: int, head: Header) -> int:
    """Return the bytes up to the next header of the same kind, of a free bit rate; 0 if none is near."""
    data, at = window.at(place, _LONGEST_FREE + 4), 4
    while (at := data.find(b"\xff", at)) >= 0:
        after = header(data[at : at + 4])
        if after is not None and after.stream == head.stream and after.length == 0:
            return at
        at += 1
    return 0


def _next(source: Source, window: _Window, place: int, free: dict[tuple[int, int, int], int], limit: int) -> int:
    """Find the next place where frames or tags begin; the file's size if there is none."""
    behind = skip_tags(source, place)
    if behind > place:
        return behind
    place += 1
    while place < min(limit, source.size):
        data = window.at(place, 1 << 12)
        step = data.find(b"\xff")
        marks = [at for at in (step, data.find(b"ID3"), data.find(b"APETAGEX"), data.find(b"TAG")) if at >= 0]
        if not marks:
            place += max(1, len(data) - 8) if len(data) > 8 else len(data)
            continue
        place += min(marks)
        head = header(window.at(place, 4))
        if (head is not None and _begins(window, place, head, free)) or skip_tags(source, place) > place:
            return place
        place += 1
    return source.size


def _worth(run: Run, start: int, stop: int, window: _Window) -> float:
    """Return the seconds that bytes between frames would have lasted; 0 for a tag and for zeros."""
    if (
        stop <= start
        or skip_tags(window.source, start) >= stop
        or not window.at(start, min(stop - start, _BLOCK)).strip(b"\0")
    ):
        return 0.0
    size = sum(end - begin for begin, end in run.pieces)
    return (stop - start) / (size / run.frames) * run.header.samples / run.header.rate
