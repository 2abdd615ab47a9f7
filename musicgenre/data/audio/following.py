"""Whether another recording begins where one ends."""

from musicgenre.data.audio import mp3, mpeg_tags
from musicgenre.data.audio.kinds import certain_kind
from musicgenre.data.audio.source import Source


def following(source: Source, place: int) -> str:
    """Return the kind of recording that begins at a place, or after its tags: "WAV", "MP3", ...; empty if none does."""
    if place >= source.size:
        return ""
    place = mpeg_tags.skip_tags(source, place)
    return certain_kind(source, place) or ("MP3" if mp3.begins(source, place) else "")
