"""Names that say nothing about the music, such as "track" or "disc 1": any track or folder may have them."""

import re

from musicgenre.data.corpus.numbering import is_date
from musicgenre.data.corpus.subsets import subset_of
from musicgenre.data.corpus.tracks import SUFFIXES, Track

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
_DIVIDES = re.compile(  # discs, folds and rates
    r"(?:cd|dis[ck]|lp|side|vol(?:ume)?|part|set|data|fold|split|batch)\d*"
    r"|\d+(?:k|k?hz|kbps|kbit|bits?)|mono|stereo|lossless|lossy"
)
_INITIALS = re.compile(r"#|0-9|[a-z](?:\s*-\s*[a-z])?", re.IGNORECASE)


def names_music(track: Track) -> bool:
    """Return whether a track's name is more than a number: 01 and "track 1" may be any track."""
    return re.sub(r"[\W\d_]", "", track.key) not in {"", _letters(track.genre), *_ANY_TRACK, *_NO_MUSIC}


def divides(name: str) -> bool:
    """Return whether a folder is called as a subset, fold, disc, format, year, decade or letter: no genre or artist.

    Some artists are called so, too (Train, 311, LP): most of their neighbours are not.

    Example:
        >>> [divides(name) for name in ("fold_1", "Disc 2", "audio_44k", "FLAC", "1970", "70's", "A", "A-F")]
        [True, True, True, True, True, True, True, True]
        >>> [divides(name) for name in ("Samba", "R.E.M.", "50 Cent", "0017", "AC/DC")]
        [False, False, False, False, False]
    """
    words = re.findall(r"[^\W_]+", re.sub("['\u2019]", "", name.casefold()))
    if _INITIALS.fullmatch(name) or any(map(subset_of, (name, *words))):
        return True
    telling = [word for word in words if is_date(word) or not word.isdecimal()]
    return telling != [] and all(
        is_date(word) or word in _ANY_TRACK or f".{word}" in SUFFIXES["audio"] or _DIVIDES.fullmatch(word)
        for word in telling
    )


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
