"""Who each track is by: published lists of GTZAN's artists, or a table of one's own."""

import csv
import logging
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from musicgenre.data.corpus.tracks import Corpus, Track, track_key
from musicgenre.errors import MusicGenreError
from musicgenre.files import unreadable_reason

_log = logging.getLogger(__name__)
_INDEX_MARK = ":::"
_ARTIST_COLUMNS = ("artist", "artist_group")


def read_artists(path: str | Path) -> dict[str, str]:
    """Read a list of artists; its content tells which of two forms it has.

    - An index in the form of Sturm's for GTZAN: lines of `file ::: artist ::: title`, comments after `#`.
    - A table, CSV or TSV, with the columns `track` and `artist` (or `artist_group`).

    A track without an artist in the list is left out of the result.

    Args:
        path: The file, UTF-8.

    Returns:
        Artist by track key (see `musicgenre.data.corpus.tracks.track_key`), such as `{"blues.00000": "John Lee
        Hooker"}`. A track given as GENRE/FILE has the key "genre/file", so that corpora may use one file name
        in two genres.

    Raises:
        MusicGenreError: If the file cannot be read, is neither form, names no artist, or gives a track two
            artists.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = Path(folder, "index.txt").write_text("blues.00000.wav ::: John Lee Hooker ::: One Bourbon")
        ...     read_artists(Path(folder, "index.txt"))
        {'blues.00000': 'John Lee Hooker'}
    """
    path = Path(path).expanduser()
    reason = unreadable_reason(path)
    if reason is not None:
        raise MusicGenreError(f"the list of artists {path}: {reason}")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise MusicGenreError(f"the list of artists {path} is not UTF-8 text: save it as that") from error
    rows = _index_rows(text) if _INDEX_MARK in text else _table_rows(text, path)
    artists: dict[str, str] = {}
    for name, artist in rows:
        clean = " ".join(artist.split())
        key = _list_key(name)
        if clean and artists.setdefault(key, clean) != clean:
            raise MusicGenreError(f"{path} gives {name} two artists, {artists[key]!r} and {clean!r}: keep one")
    if not artists:
        raise MusicGenreError(f"{path} names no artist")
    return artists


def _index_rows(text: str) -> list[tuple[str, str]]:
    lines = [line.split(_INDEX_MARK) for line in text.splitlines() if not line.lstrip().startswith("#")]
    return [(fields[0].strip(), fields[1]) for fields in lines if len(fields) > 1]


def _table_rows(text: str, path: Path) -> list[tuple[str, str]]:
    header = text.splitlines()[0]
    delimiter = max("\t,;", key=header.count)
    reader = csv.DictReader(text.splitlines(), delimiter=delimiter)
    columns = [name.strip() for name in reader.fieldnames or ()]
    artist = next((name for name in _ARTIST_COLUMNS if name in columns), None)
    if "track" not in columns or artist is None:
        raise MusicGenreError(
            f"{path} is no list of artists: a table needs the columns track and artist (or artist_group), "
            f"this one begins with {header[:80]!r}"
        )
    reader.fieldnames = columns
    return [(row["track"] or "", row[artist] or "") for row in reader]


def _list_key(name: str) -> str:
    folder, slash, _ = name.strip().replace("\\", "/").rpartition("/")
    return f"{folder.rpartition('/')[2].lower()}{slash}{track_key(name.strip())}"


def with_artists(corpus: Corpus, artists: Mapping[str, str]) -> Corpus:
    """Note each track's artist.

    A track that the list does not name gets None, and is counted in a warning. It is not made an artist of
    its own: nothing says that it is by none of the others, so a split by artist leaves it out.

    Args:
        corpus: Any corpus.
        artists: Artist by track key, from `read_artists`.

    Returns:
        The corpus with `Track.artist` set.

    Raises:
        MusicGenreError: If the list names none of the tracks, or names a file that two genres have without
            saying which.

    Example:
        >>> corpus = Corpus(Path(), ("blues",), (Track("blues/blues.00000.wav", "blues", Path()),))
        >>> with_artists(corpus, {"blues.00000": "John Lee Hooker"}).tracks[0].artist
        'John Lee Hooker'
    """
    counts = Counter(track.key for track in corpus.tracks)
    tracks = tuple(replace(track, artist=_artist_of(track, artists, counts)) for track in corpus.tracks)
    unknown = [track.id for track in tracks if track.artist is None]
    if len(unknown) == len(tracks):
        raise MusicGenreError(
            f"the list of artists names none of the {len(tracks)} tracks in {corpus.root}: "
            f"it has {next(iter(artists), 'nothing')} where the corpus has {tracks[0].key}"
        )
    if unknown:
        _log.warning("%d of %d tracks have no known artist: %s", len(unknown), len(tracks), shortened(unknown))
    return replace(corpus, tracks=tracks)


def artist_group(artist: str) -> str:
    """Reduce an artist's name to what its spellings have in common (merging two by mistake leaks nothing).

    Args:
        artist: A name, or the number of a group.

    Returns:
        The name without upper case, punctuation, and "&" for "and".

    Example:
        >>> artist_group("Earth, Wind & Fire") == artist_group("Earth Wind and Fire")
        True
    """
    words = re.sub(r"\W+", " ", artist.casefold().replace("&", " and ")).strip()
    return words or artist  # a name of signs only, such as "!!!"


def shortened(names: list[str], most: int = 10) -> str:
    """Join names for a message, the first few in full.

    Args:
        names: Any number.
        most: How many to write out.

    Returns:
        The text.

    Example:
        >>> shortened(["a", "b", "c"], most=2)
        'a, b and 1 more'
    """
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + rest


def _artist_of(track: Track, artists: Mapping[str, str], counts: Counter[str]) -> str | None:
    exact = artists.get(f"{track.genre.lower()}/{track.key}")
    if exact is not None:
        return exact
    artist = artists.get(track.key)
    if artist is not None and counts[track.key] > 1:
        raise MusicGenreError(
            f"two genres have a track {track.key}, and the list of artists does not say which it means: "
            "write GENRE/FILE there"
        )
    return artist
