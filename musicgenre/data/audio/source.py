"""The bytes of a recording, wherever they are, and files joined from pieces of them."""

import io
import re
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Protocol, Self, cast

from musicgenre.data.audio.facts import AudioError
from musicgenre.files import CANNOT_OPEN, is_passing, unreadable_reason

_HEAD = 4096  # bytes of the beginning that are kept
_AHEAD = 1 << 16  # bytes read at a time for a decoder that asks for a few


class Readable(Protocol):
    """A binary file object; it needs `read`, and `seek` if it can."""

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes."""
        ...


AudioSource = str | Path | bytes | bytearray | memoryview | Readable


class Source:
    """The bytes of a path, a file object or bytes, read at any place.

    Args:
        audio: A path; bytes; or a file object, which is read from its beginning, or from its position if it cannot
            seek.

    Raises:
        AudioError: There is nothing to read.
    """

    def __init__(self, audio: AudioSource) -> None:
        self.path: Path | None = None
        self._owned = not hasattr(audio, "read")
        if isinstance(audio, str | Path):
            self.path = Path(audio)
            if reason := unreadable_reason(self.path):
                raise AudioError(reason, passing=is_passing(reason))
            try:
                self._file: BinaryIO = self.path.open("rb", buffering=0)
            except OSError as error:
                raise AudioError(f"{CANNOT_OPEN} ({error})", passing=True) from error
        elif isinstance(audio, bytes | bytearray | memoryview):
            self._file = io.BytesIO(audio)
        else:
            self._file = _seekable(audio)
        self.start, self.size = 0, self._file.seek(0, io.SEEK_END)
        if self.size == 0:
            raise AudioError("empty file (0 bytes)")
        self._head = b""
        self._head = self.read(0, _HEAD)

    def read(self, place: int, size: int) -> bytes:
        """Return up to `size` bytes from a place on; fewer at the end, and none outside the file."""
        if not 0 <= place < self.size:  # where a wrong size in a header leads
            return b""
        if place + size <= len(self._head):  # enough for most files
            return self._head[place : place + size]
        try:
            self._file.seek(place)
            found = self._file.read(size)
            while 0 < len(found) < size and (more := self._file.read(size - len(found))):
                found += more
        except OSError as error:  # of the disk, or a network share: it may not recur
            raise AudioError(f"{CANNOT_OPEN} to its end ({error})", passing=True) from error
        return found

    def find(self, pattern: bytes, start: int) -> int:
        """Return the place of the first `pattern` from `start` on; -1 if there is none."""
        block = 1 << 20
        while start < self.size:
            found = self.read(start, block + len(pattern) - 1)
            if (place := found.find(pattern)) >= 0:
                return start + place
            start += block
        return -1

    def search(self, pattern: re.Pattern[bytes], start: int, has: Sequence[bytes] = (b"",)) -> int:
        """Return the place of the first match, of 20 bytes at most, from `start` on; the size if there is none.

        Args:
            pattern: What to search for.
            start: Where to begin.
            has: Bytes of which every match contains some; they are found faster.
        """
        block = 1 << 20
        while start < self.size:
            data = self.read(start, block + 20)
            if any(mark in data for mark in has) and (match := pattern.search(data)):
                return start + match.start()
            start += block
        return self.size

    def close(self) -> None:
        """Close the file, unless it is the caller's."""
        if self._owned:
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _seekable(audio: Readable) -> BinaryIO:
    """Return the file object itself, or its content if it cannot seek."""
    try:
        if getattr(audio, "seekable", lambda: hasattr(audio, "seek"))():
            file = cast(BinaryIO, audio)
            file.seek(0)
            if isinstance(file.read(0), bytes):
                return file
        content = audio.read()
    except (OSError, ValueError) as error:  # ValueError: it is closed
        raise AudioError(f"cannot be read ({error})") from error
    if not isinstance(content, bytes):
        raise AudioError("a file of text: open it in binary, open(path, 'rb')")
    return io.BytesIO(content)


class Joined(io.RawIOBase):
    """A file joined from bytes and pieces of a source, without copying them.

    Args:
        source: Where the pieces are.
        pieces: Bytes, or `(start, stop)` in the source.

    Example:
        >>> Joined(Source(b"abcdef"), [b"12", (1, 3), (4, 6)]).read()
        b'12bcef'
    """

    def __init__(self, source: Source, pieces: Sequence[bytes | tuple[int, int]]) -> None:
        super().__init__()
        self._source, self._pieces = source, [piece for piece in pieces if piece]
        self._ends: list[int] = []
        end = 0
        for piece in self._pieces:
            end += len(piece) if isinstance(piece, bytes) else piece[1] - piece[0]
            self._ends.append(end)
        self.size, self._place = end, 0
        self._ahead, self._ahead_start = b"", 0

    def seekable(self) -> bool:
        """Return True."""
        return True

    def readable(self) -> bool:
        """Return True."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a place, which may lie past the end."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self.size}[whence]
        self._place = max(0, base + offset)
        return self._place

    def tell(self) -> int:
        """Return the place."""
        return self._place

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        """Fill the buffer with as many bytes as are left."""
        view = memoryview(buffer).cast("B")
        filled = 0
        while filled < len(view) and self._place < self.size:
            offset = self._place - self._ahead_start
            if not 0 <= offset < len(self._ahead):
                self._fetch(max(_AHEAD, len(view) - filled))
                offset = 0
                if not self._ahead:
                    break
            part = self._ahead[offset : offset + len(view) - filled]
            view[filled : filled + len(part)] = part
            filled += len(part)
            self._place += len(part)
        return filled

    def _fetch(self, size: int) -> None:
        """Read ahead from the current place, within one piece."""
        from bisect import bisect_right

        number = bisect_right(self._ends, self._place)
        piece = self._pieces[number]
        start = self._ends[number] - (len(piece) if isinstance(piece, bytes) else piece[1] - piece[0])
        inside = self._place - start
        self._ahead_start = self._place
        if isinstance(piece, bytes):
            self._ahead = piece[inside : inside + size]
        else:
            self._ahead = self._source.read(piece[0] + inside, min(size, piece[1] - piece[0] - inside))
