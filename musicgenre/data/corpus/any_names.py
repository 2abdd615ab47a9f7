"""Names that say nothing about the music, such as "track": any track may have them."""

import re

from musicgenre.data.corpus.tracks import Track

_ANY_TRACK = (
    "track",
    "song",
    "audio",
    "music",
    "file",
    "sample",
    "recording",
    "rec",
    "sound",
    "untitled",
    "wav",
    "mp3",
)
_NO_MUSIC = (  # these do not tell one track from another either
    *("clip", "part", "pt", "segment", "chunk", "piece", "excerpt", "section", "piste", "titel"),
    *("chapter", "kapitel", "disc", "disk", "cd"),
    *("intro", "outro", "interlude", "unknown", "user"),
)


def names_music(track: Track) -> bool:
    """Return whether a track's name is more than a number: 01 and "track 1" may be any track."""
    return re.sub(r"[\W\d_]", "", track.key) not in {"", _letters(track.genre), *_ANY_TRACK, *_NO_MUSIC}


def is_title(stem: str, genre: str) -> bool:
    """Return whether the name of a recording says more than its genre, and than a word such as "intro" or "chapter 01".

    Example:
        >>> is_title("jazz/night", "jazz"), is_title("jazz/chapter 01", "jazz"), is_title("jazz/000123", "jazz")
        (True, False, True)
    """
    return re.sub(r"\d", "", _letters(stem)) not in {_letters(genre), *_ANY_TRACK, *_NO_MUSIC}


def names_any_track(stem: str, genre: str) -> bool:
    """Return whether the name of a recording is its genre's, or a word such as "track"."""
    return is_genre(stem, genre) or _letters(stem) in _ANY_TRACK


def is_genre(stem: str, genre: str) -> bool:
    """Return whether the name of a recording, without its folders, is its genre's."""
    return _letters(stem) == _letters(genre)


def _letters(stem: str) -> str:
    return re.sub(r"\W|_", "", stem.rpartition("/")[2].casefold())
