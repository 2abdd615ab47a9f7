"""The tags before and after MPEG audio: ID3, APE, Lyrics3."""

from musicgenre.data.audio.source import Source


def synchsafe(size: bytes) -> int:
    """Read an ID3v2 tag's size: four times seven bits."""
    return sum(byte << shift for byte, shift in zip(size, (21, 14, 7, 0), strict=True))


def skip_tags(source: Source, place: int) -> int:
    """Return the place after the tags that begin at a place: ID3v2, ID3v1, APE, Lyrics3."""
    while True:
        head = source.read(place, 32)
        id3v2 = head[:3] == b"ID3" and head[3:4] != b" "  # which is a chunk's name
        if id3v2 and len(head) >= 10 and all(byte < 128 for byte in head[6:10]):
            place += 10 + synchsafe(head[6:10]) + (10 if head[5] & 0x10 else 0)
        elif head[:3] == b"TAG":
            place += 128
        elif head[:8] == b"APETAGEX" and len(head) == 32:
            place += 32 + (int.from_bytes(head[12:16], "little") if head[23] & 0x20 else 0)
        elif head[:11] == b"LYRICSBEGIN":
            text = source.read(place, 1 << 16)
            ends = [at for at in (text.find(b"LYRICS200"), text.find(b"LYRICSEND")) if at >= 0]
            if not ends:
                return place
            place += min(ends) + 9
        else:
            return min(place, source.size)


def without_end_tags(source: Source, start: int, stop: int) -> int:
    """Return the place where a file ends without an ID3v1, a Lyrics3 or an APE tag after it."""
    if stop - start > 160 and source.read(stop - 128, 3) == b"TAG":
        stop -= 128
    if stop - start > 20 and source.read(stop - 9, 9) in (b"LYRICS200", b"LYRICSEND"):
        first = max(start, stop - (1 << 16))
        begin = source.read(first, stop - first).rfind(b"LYRICSBEGIN")
        stop = stop if begin < 0 else first + begin
    foot = source.read(stop - 32, 32) if stop - start > 64 else b""
    if foot[:8] == b"APETAGEX":
        size = int.from_bytes(foot[12:16], "little") + (32 if foot[23] & 0x80 else 0)
        stop = max(start, stop - size)
    return stop


def between_tags(source: Source, end: int | None = None) -> tuple[int, int]:
    """Return where a file, up to an end, begins and ends without the tags at both; all of it if nothing is left."""
    start, stop, before = skip_tags(source, 0), source.size if end is None else end, 0
    while stop != before:
        stop, before = without_end_tags(source, start, stop), stop
    return (start, stop) if start < stop else (0, source.size)
