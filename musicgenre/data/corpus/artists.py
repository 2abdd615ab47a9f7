"""Artists of tracks: from a published list for GTZAN, or from a table of your own."""

import logging
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from musicgenre.data.corpus.any_names import divides
from musicgenre.data.corpus.genres import is_genre, plain_genre
from musicgenre.data.corpus.name_list import list_key, look_up, most_named
from musicgenre.data.corpus.subsets import subset_of
from musicgenre.data.corpus.text_table import (
    TRACK_COLUMNS,
    lines_of,
    may_name,
    named,
    parse_table,
    read_text,
    require_one_number,
)
from musicgenre.data.corpus.tracks import Corpus, Track
from musicgenre.errors import MusicGenreError
from musicgenre.files import expanded
from musicgenre.words import known_artist, same_artists

_log = logging.getLogger(__name__)
_INDEX_MARK = ":::"
_DISC = re.compile(r"(?:cd|dis[ck]|disque)[\W_]*\d+(?:[\W_].*)?", re.IGNORECASE)  # CD1, Disc 2 - Live
_ARTIST_COLUMNS = ("artist", "artistgroup", "artistname", "artistid", "performer", "group", "albumartist")


def read_artists(path: str | Path, corpus: Corpus | None = None) -> dict[str, str]:
    """Read a list of artists in one of two forms, detected from its content.

    - An index like Sturm's for GTZAN: lines of `file ::: artist ::: title`, comments after `#`.
    - A table, CSV or TSV, with the columns `track` and `artist` (or `artist_group`).

    A track without an artist in the list, or with one called "unknown", "various artists" and the like, has the artist
    "": so no other one of its name is taken for it.

    Args:
        path: The file, UTF-8.
        corpus: The tracks that it is for: of several columns that may name them, that which names most is read.

    Returns:
        Artist by track key (see `musicgenre.data.corpus.tracks.track_key`), such as `{"blues.00000": "John Lee
        Hooker"}`. A track given as GENRE/FILE has the key "genre/file", so that corpora may use one file name
        in two genres.

    Raises:
        MusicGenreError: If the file cannot be read, has neither form, names no artist, gives a track two artists, or
            has a row with more values than columns.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = Path(folder, "index.txt").write_text("blues.00000.wav ::: John Lee Hooker ::: One Bourbon")
        ...     read_artists(Path(folder, "index.txt"))
        {'blues.00000': 'John Lee Hooker'}
    """
    path = expanded(path)
    text = read_text(path, "the list of artists")
    rows = _index_rows(text) or _table_rows(text, path, corpus)
    cleaned = [(name, known_artist(artist) or "") for name, artist in rows]
    same = same_artists(artist for _, artist in cleaned)
    artists: dict[str, str] = {}
    for name, clean in cleaned:
        key = list_key(name)
        before = artists.get(key, "")
        if clean and before and same[before] != same[clean]:
            raise MusicGenreError(f"{path} gives {name} two artists, {before!r} and {clean!r}: keep one")
        artists[key] = before or clean
    if not any(artists.values()):
        raise MusicGenreError(f"{path} names no artist")
    return artists


def _index_rows(text: str) -> list[tuple[str, str]]:
    """Read an index; return nothing if most lines are not an index's, but a table's."""
    lines = [line for line in lines_of(text) if line.strip() and not line.lstrip().startswith("#")]
    rows = [line.split(_INDEX_MARK) for line in lines if _INDEX_MARK in line]
    return [(fields[0].strip(), fields[1]) for fields in rows] if len(rows) * 2 > len(lines) else []


def _table_rows(text: str, path: Path, corpus: Corpus | None) -> list[tuple[str, str]]:
    header = next((line for line in lines_of(text) if line.strip()), "")
    columns: dict[str, str] = {}
    if header:
        table = parse_table(text, f"the list of artists {path}")
        columns = named(table, {"track": TRACK_COLUMNS, "artist": _ARTIST_COLUMNS})
    if len(columns) < 2:
        raise MusicGenreError(
            f"{path} is not a list of artists: a table needs the columns track and artist (or artist_group), "
            f"but this one begins with {header[:80]!r}"
        )
    require_one_number(table, columns["track"], f"the list of artists {path}")
    names = {column: list(table[column]) for column in may_name(table, columns["track"])}
    chosen = columns["track"] if corpus is None else most_named(corpus, names)
    return list(zip(names[chosen], table[columns["artist"]], strict=True))


def with_artists(corpus: Corpus, artists: Mapping[str, str]) -> Corpus:
    """Set each track's artist.

    A track without a known artist gets None, and is counted in a warning. It does not become an artist of its own: it
    may be by one of the others, so a split by artist leaves it out.

    Args:
        corpus: Any corpus.
        artists: Artist by track key, from `read_artists`; "unknown", None and the like is nobody.

    Returns:
        The corpus with `Track.artist` set.

    Raises:
        MusicGenreError: If the list names none of the tracks, or names a file that is in two genres without
            saying which.

    Example:
        >>> corpus = Corpus(Path(), ("blues",), (Track("blues/blues.00000.wav", "blues", Path()),))
        >>> with_artists(corpus, {"blues.00000": "John Lee Hooker"}).tracks[0].artist
        'John Lee Hooker'
    """
    known = {name: known_artist(artist) for name, artist in artists.items()}
    found = look_up(corpus, known, "the list of artists")
    tracks = tuple(replace(track, artist=found.get(track.id, track.artist)) for track in corpus.tracks)
    tracks = _as_their_recordings(tracks)
    unknown = [track.id for track in tracks if track.artist is None]
    if len(unknown) == len(tracks):
        raise MusicGenreError(
            f"the list of artists names none of the {len(tracks)} tracks in {corpus.root}: "
            f"it has {next((name for name, artist in known.items() if artist), 'no artist')} where the corpus has "
            f"{tracks[0].key}"
        )
    _warn_of_unknown(unknown, len(tracks))
    return replace(corpus, tracks=tracks)


def _warn_of_unknown(unknown: list[str], n_tracks: int) -> None:
    if unknown:
        _log.warning("%d of %d tracks have no known artist: %s", len(unknown), n_tracks, shortened(unknown))


def shortened(names: list[str], most: int = 10) -> str:
    """Join names for a message: the first few, and how many more there are.

    Args:
        names: The names.
        most: Maximum number to write out.

    Returns:
        The text.

    Example:
        >>> shortened(["a", "b", "c"], most=2)
        'a, b and 1 more'
    """
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + rest


def folder_artists(corpus: Corpus) -> Corpus:
    """Use the first folder below each genre's as the artist, in a tree of GENRE/ARTIST/ALBUM/FILE.

    Returns:
        The corpus with `Track.artist` set, except for tracks in the genre's folder itself, or in one called "Unknown
        Artist", "Compilations" and the like.

    Raises:
        MusicGenreError: No track is in a folder below a genre's.

    Example:
        >>> track = Track("jazz/Miles Davis/Kind of Blue/01.flac", "jazz", Path())
        >>> folder_artists(Corpus(Path(), ("jazz",), (track,))).tracks[0].artist
        'Miles Davis'
    """
    named = {track.id: track.id.split("/")[1] for track in corpus.tracks if _may_be_in_subset(track)}
    all_are = named.keys() == {track.id for track in corpus.tracks if track.id.count("/") > 1}
    if all_are and _are_subsets(named.values()):
        named = {id: "".join(id.split("/")[2:-1][:1]) for id in named}
    tracks = tuple(replace(track, artist=named.get(track.id, folder_artist(track))) for track in corpus.tracks)
    unknown = [track.id for track in tracks if track.artist is None]
    if len(unknown) == len(tracks):
        called = sorted({folder for track in tracks for folder in track.folders[1:2]})
        nobody = f" except {shortened(called, 3)}" if called else ""
        raise MusicGenreError(
            f"{corpus.root} has no artist folders{nobody}: data.artists=folders takes the first folder below each "
            "genre folder as the artist, as in GENRE/ARTIST/ALBUM/FILE"
        )
    _warn_of_unknown(unknown, len(tracks))
    return replace(corpus, tracks=tracks)


def artists_by_layout(corpus: Corpus) -> Corpus:
    """Take the folders below the genres' as artists, and say so, if most tracks are in GENRE/ARTIST/ALBUM/FILE.

    They are not taken if most are called as subsets, discs, years and the like or hold discs, or two thirds as common
    genres.

    Example:
        >>> ids = ("rock/Ann/One/1.flac", "rock/punk/Two/1.flac", "rock/indie/Three/1.flac")
        >>> corpus = Corpus(Path(), ("rock",), tuple(Track(id, "rock", Path()) for id in ids))
        >>> {track.artist for track in artists_by_layout(corpus).tracks}
        {None}
    """
    nested = [track for track in corpus.tracks if len(track.folders) > 2]
    named = [(artist, track.folders[2]) for track in nested if (artist := folder_artist(track))]
    if not named or any(track.artist for track in corpus.tracks):
        return corpus
    names = sorted({artist for artist, _ in named})
    if why := _no_artists(names, {artist for artist, inner in named if _DISC.fullmatch(inner)}):
        _log.info(
            "%s: the folders below the genre folders (%s) %s and are not taken as artists: name the artists in a "
            "table, data.artists=CSV, or take these with data.artists=folders.",
            *(corpus.root, shortened(names, 3), why),
        )
        return corpus
    if len(nested) * 2 <= len(corpus.tracks):
        _log.info(
            "%s: the folders below the genre folders look like artists for %d of %d tracks: data.artists=folders "
            "takes them.",
            *(corpus.root, len(named), len(corpus.tracks)),
        )
        return corpus
    _log.info(
        "%s: the folders below the genre folders (%s) are taken as artists (not with data.artists=none).",
        *(corpus.root, shortened(names, 3)),
    )
    return folder_artists(corpus)


def _no_artists(names: Sequence[str], with_discs: Collection[str]) -> str:
    """Say why folders are no artists; nothing if they may be."""
    if 2 * sum(map(divides, names)) > len(names):
        return "have no artists' names"
    if 2 * len(with_discs) > len(names):
        return "hold discs as albums do"
    return "have the names of genres" if 3 * sum(map(is_genre, names)) >= 2 * len(names) else ""


def require_genre_folders(corpus: Corpus, rename: Callable[[str], str] = str) -> None:
    """Raise an error if the folders of labelled tracks are not genres: those below may be albums, not artists.

    Args:
        corpus: Labelled tracks.
        rename: Maps a folder's name to its genre.

    Raises:
        MusicGenreError: A track is not in a genre's folder.

    Example:
        >>> track = Track("jazz/Miles Davis/01.flac", "jazz", Path())
        >>> require_genre_folders(Corpus(Path(), ("jazz",), (track,)))
    """
    genres = {plain_genre(genre) for genre in corpus.genres}
    for track in corpus.tracks:
        if plain_genre(rename(next(iter(track.folders), ""))) not in genres:
            raise MusicGenreError(
                f"{corpus.root}: data.artists=folders takes the folders below the genre folders as artists, but "
                f"{track.id} is in no genre folder ({', '.join(corpus.genres)}): name the artists in a column "
                "artist of the table of labels, or in a table of their own (data.artists=CSV)"
            )


def folder_artist(track: Track) -> str | None:
    """Return the artist named by the first folder below a genre's; None if there is none."""
    return known_artist(next(iter(track.folders[1:]), ""))


def _may_be_in_subset(track: Track) -> bool:
    """Return whether the folder below the genre's is called as a subset, the track's or not; or as an artist: Train."""
    genre, *below = track.id.split("/")[:-1] or [""]
    return track.folders[:1] == [genre] and subset_of("".join(below[:1])) is not None


def _are_subsets(folders: Iterable[str]) -> bool:
    """Return whether folders called as subsets are one for each: train and test, not train and fit."""
    names = {folder.casefold() for folder in folders}
    return len(set(map(subset_of, names))) == len(names)


def _as_their_recordings(tracks: tuple[Track, ...]) -> tuple[Track, ...]:
    """Give a part without a known artist the artist of its recording."""
    known = {track.recording: track.artist for track in tracks if track.artist is not None}
    return tuple(
        replace(track, artist=known[track.recording]) if track.artist is None and track.recording in known else track
        for track in tracks
    )
