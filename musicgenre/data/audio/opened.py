"""Open a part of a file with libsndfile, and find how far it can be decoded."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import soundfile as sf

from musicgenre.data.audio.downmix import Waveform
from musicgenre.data.audio.parts import Part
from musicgenre.data.audio.sndfile import FAILURES, Forward, frames_between
from musicgenre.data.audio.source import Joined, Source

_UNRECOGNISED = 1  # libsndfile's error if it does not know the content


@contextmanager
def opened(source: Source, part: Part) -> Iterator[sf.SoundFile]:
    """Open a part of a file to be decoded from its beginning."""
    what = str(source.path) if part.pieces is None else Joined(source, part.pieces)
    with Forward(what) as file:
        if file.format == "RAW":  # which only its name says
            raise sf.LibsndfileError(_UNRECOGNISED)
        yield file


def corrected(source: Source, part: Part | None) -> tuple[Source, int]:
    """Return a part of a file, as a file if its header was corrected, else the file itself; and where it ends in it."""
    pieces = (part and part.pieces) or [(0, source.size)]
    head = b"".join(piece for piece in pieces if isinstance(piece, bytes))
    (first, stop), *others = (piece for piece in pieces if isinstance(piece, tuple))
    if not others and source.read(first - len(head), len(head)) == head:
        return source, stop
    joined = Source(Joined(source, pieces))
    return joined, joined.size


def decodable(source: Source, part: Part) -> int:
    """Count the frames that can be decoded from the start of a damaged part."""
    decoded = 0
    with suppress(*FAILURES), opened(source, part) as file:  # decoding is expected to break off
        while n := len(file.read(4096, dtype="float32")):
            decoded += n
    return decoded


def rest_of(source: Source, part: Part, decoded: int) -> Waveform | None:
    """Return the rest of the frames that a header counts, whatever follows them; None if they are damaged."""
    with suppress(*FAILURES), opened(source, part) as file:
        return frames_between(file, decoded, part.frames)
    return None
