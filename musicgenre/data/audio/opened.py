"""A part of a file, opened by libsndfile, and how far it can be decoded where that is not the whole of it."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import soundfile as sf

from musicgenre.data.audio.downmix import Waveform
from musicgenre.data.audio.parts import Part
from musicgenre.data.audio.sndfile import FAILURES, Forward, frames_between
from musicgenre.data.audio.source import Joined, Source


@contextmanager
def opened(source: Source, part: Part) -> Iterator[sf.SoundFile]:
    """Open a part of a file to be decoded from its beginning."""
    what = str(source.path) if part.pieces is None else Joined(source, part.pieces)
    with Forward(what) as file:
        yield file


def decodable(source: Source, part: Part) -> int:
    """Count the frames that decode from the start of a part that does not decode whole."""
    decoded = 0
    with suppress(*FAILURES), opened(source, part) as file:  # where it breaks off is what is looked for
        while n := len(file.read(4096, dtype="float32")):
            decoded += n
    return decoded


def rest_of(source: Source, part: Part, decoded: int) -> Waveform | None:
    """Return what is left of the frames that a header counts, whatever stands behind them; None where it is damaged."""
    with suppress(*FAILURES), opened(source, part) as file:
        return frames_between(file, decoded, part.frames)
    return None
