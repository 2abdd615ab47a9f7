"""What a file consists of: the recordings in it, in order, or one that only ffmpeg reads."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from musicgenre.data.audio import mp3, mpeg_tags, ogg
from musicgenre.data.audio.chunks import another, extent
from musicgenre.data.audio.counted import voc_blocks
from musicgenre.data.audio.facts import AudioError
from musicgenre.data.audio.following import following
from musicgenre.data.audio.foreign import Ends, ends
from musicgenre.data.audio.kinds import foreign_kind, kind_of
from musicgenre.data.audio.mpeg_file import is_plain
from musicgenre.data.audio.mpeg_header import header
from musicgenre.data.audio.parts import (
    SLACK,
    Part,
    breaks_off,
    coding_of,
    contained,
    flac,
    foreign_coding,
    mpeg_part,
    ogg_part,
    side_by_side,
    told_to_ffmpeg,
)
from musicgenre.data.audio.source import Source
from musicgenre.files import stand_in


@dataclass
class Contents:
    """What a file, or the rest of one, consists of.

    Attributes:
        stop: Where it ends in the file.
        parts: The recordings in it, in order; none if only ffmpeg reads it.
        foreign: What it is, if only ffmpeg reads it; empty otherwise.
        fault: Maps its decoded seconds to what is known to be wrong with it, if only ffmpeg reads it.
        ends: Where it ends by its container, if only ffmpeg reads it and that is known.
        inside: What ffmpeg must be told about the samples in the container; None if nothing.
        follows: Remark on another recording that follows and is ignored; empty if none does.
    """

    stop: int
    parts: list[Part] = field(default_factory=list)
    foreign: str = ""
    fault: Callable[[float], str] = lambda held: ""
    ends: Ends | None = None
    inside: Part | None = None
    follows: str = ""


def contents(source: Source) -> Contents:
    """List the recordings in a file, in order.

    Raises:
        AudioError: There is none.
    """
    found = _at(source, 0)
    while kind := following(source, found.stop):
        try:
            more = Contents(found.stop) if found.foreign else _at(source, found.stop)
        except AudioError:  # only a beginning
            more = Contents(found.stop)
        if not more.parts or more.stop <= found.stop:
            found.follows = f"another recording follows ({more.foreign or kind}) and is ignored"
            break
        found = Contents(more.stop, found.parts + more.parts)
    return found


def _at(source: Source, place: int) -> Contents:
    """Return the recordings of one kind from a place on."""
    place = mpeg_tags.skip_tags(source, place)
    kind = kind_of(source, place)
    if kind == "OGG":
        return _ogg(source, place)
    if kind == "FLAC":
        part, stop = flac(source, place)
        return Contents(stop, [part])
    if kind == "VOC" and (blocks := voc_blocks(source, place))[0]:
        stop, ended = blocks
        cut = "truncated: the VOC breaks off after {:.1f} s, without its end block"
        return Contents(stop, foreign="VOC (several blocks)", fault=lambda held: "" if ended else cut.format(held))
    coding = coding_of(source, kind, place)
    if kind in ("WAV", "W64") and coding in (0x50, 0x55):
        held = extent(source, kind, place)
        found = mp3.runs(source, held.data, stop=held.data + held.held)
        return replace(_mpeg(source, found, (held.promised or 0) / max(1, held.held)), stop=held.stop)
    if name := foreign_coding(kind, coding):
        _, stop = contained(source, kind, place)
        return Contents(stop, foreign=name, inside=told_to_ffmpeg(source, kind, place))
    if kind:
        part, stop = contained(source, kind, place)
        return Contents(stop, [part])
    if header(source.read(place, 4)) is None and (name := foreign_kind(source, place)):
        known = ends(source, name, place)
        stop = another(source, place + 1) if known is None else min(known.stop, source.size)
        told = Part([(place, stop)]) if name == "Musepack" and known else None  # ffmpeg would read on behind its end
        return Contents(stop, foreign=name, ends=known, inside=told)
    return _mpeg(source, mp3.runs(source, place))


def _mpeg(source: Source, found: list[mp3.Run], of_held: float = 0.0) -> Contents:
    """Return runs of frames; `of_held` times the bytes of the last one are there by a container's header."""
    size = source.size
    if sum(run.frames for run in found) == 0:
        if found or (what := stand_in(source.read(0, 256))):
            raise AudioError(f"not readable as audio ({'no audio in it' if found else what})")
        by_path = _by_path(source) and not _is_mp3_by_name_only(source)
        return Contents(size, [Part(None if by_path else [(0, size)])])  # libsndfile says what it is, or is not
    stop = found[-1].pieces[-1][1]
    path = _by_path(source) and len(found) == 1 and not following(source, stop)
    as_is = path and is_plain(source, found[0])
    stated = mp3.promised(found)
    if of_held > 1:
        stated[-1] = max(stated[-1], found[-1].seconds * of_held)
    runs = zip(found, stated, strict=True)
    return Contents(stop, [mpeg_part(run, seconds, as_is) for run, seconds in runs if run.frames])


def _by_path(source: Source) -> bool:
    """Return whether libsndfile can take the path: soundfile treats .raw as audio without a header."""
    return source.path is not None and source.path.suffix.lower() != ".raw"


def _is_mp3_by_name_only(source: Source) -> bool:
    """Return whether libsndfile would take a file without MPEG frames for MP3: its decoder prints notes then."""
    path = source.path
    return path is not None and path.suffix.lower() == ".mp3" and header(source.read(0, 4)) is None


def _ogg(source: Source, place: int) -> Contents:
    found = ogg.streams(source, place)
    stop = max((stream.pieces[-1][1] for stream in found), default=source.size)
    audio = [stream for stream in found if stream.codec and not stream.beside]
    if any(not stream.readable for stream in audio):
        codec = next(stream.codec for stream in audio if not stream.readable)
        return Contents(stop, foreign=f"Ogg {codec}", fault=breaks_off(audio[-1]))
    if not audio:
        if found:
            return Contents(stop, foreign="Ogg without Vorbis or Opus")
        return Contents(stop, [Part([(place, source.size)])])
    parts = [ogg_part(stream) for stream in audio]
    if others := sum(bool(stream.codec) for stream in found) - len(audio):
        parts[-1].note = side_by_side(others + 1)
    if not following(source, stop) and ogg.behind(source, stop, audio) > SLACK:
        told = "data after its last page is not Ogg and is ignored"
        parts[-1].note = f"{parts[-1].note}; {told}" if parts[-1].note else told
    return Contents(stop, parts)
