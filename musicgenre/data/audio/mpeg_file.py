"""Decoder input for MPEG audio: the file itself, or its frames after a correct header."""

from musicgenre.data.audio.mp3 import Run
from musicgenre.data.audio.mpeg_header import RATES, header
from musicgenre.data.audio.mpeg_tags import synchsafe
from musicgenre.data.audio.source import Source


def truthful_header(run: Run) -> bytes:
    """Return a frame that tells a decoder how many frames follow: a Xing frame, or the run's own, corrected.

    Empty for layers I and II, which have no such frame.
    """
    if run.header.layer != 3:
        return b""
    size = sum(stop - start for start, stop in run.pieces)
    if run.tag:
        tag = bytearray(run.tag)
        place = 4 + run.header.side_info
        place += 2 * (bytes(tag[place : place + 4]) not in (b"Xing", b"Info"))
        tag[place + 8 : place + 12] = run.frames.to_bytes(4, "big")
        if tag[place + 7] & 2:
            tag[place + 12 : place + 16] = (size + len(tag)).to_bytes(4, "big")
        return bytes(tag)
    version, rate = run.header.version, RATES[run.header.version].index(run.header.rate)
    mode = 0xC0 if run.header.channels == 1 else 0x00
    first = bytes([0xFF, 0xE0 | version << 3 | 1 << 1 | 1, 14 << 4 | rate << 2, mode])
    made = header(first)
    assert made is not None
    frame = bytearray(made.length)
    frame[:4] = first
    place = 4 + run.header.side_info
    frame[place : place + 8] = b"Xing\0\0\0\x03"
    frame[place + 8 : place + 12] = run.frames.to_bytes(4, "big")
    frame[place + 12 : place + 16] = (size + len(frame)).to_bytes(4, "big")
    return bytes(frame)


def is_plain(source: Source, run: Run) -> bool:
    """Return whether any decoder finds all the frames in the file itself.

    Its own header states how many there are, and is at the file's beginning, or after one plain tag.
    """
    if not run.tag or run.stated != run.frames or len(run.pieces) != 1:
        return False
    first, head = run.pieces[0][0] - len(run.tag), source.read(0, 10)
    return first == 0 or (head[:3] == b"ID3" and not head[5] & 0x10 and first == 10 + synchsafe(head[6:10]))
