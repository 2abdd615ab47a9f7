"""Corpora: tracks of known genre under one root folder."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Literal
from unicodedata import normalize

from musicgenre.data.audio.decode import AUDIO_SUFFIXES, AudioError
from musicgenre.data.audio.excerpt import Excerpt, read_excerpt
from musicgenre.data.corpus.genres import plain_genre
from musicgenre.data.corpus.subsets import subset_of
from musicgenre.data.pictures import PICTURE_SUFFIXES
from musicgenre.errors import MusicGenreError
from musicgenre.synthetic import GENRES
from musicgenre.words import counted, known_artist

Kind = Literal["audio", "picture", "table"]
SUFFIXES: dict[Kind, tuple[str, ...]] = {"audio": AUDIO_SUFFIXES, "picture": PICTURE_SUFFIXES}
_ALL_SUFFIXES: tuple[str, ...] = (*AUDIO_SUFFIXES, *PICTURE_SUFFIXES)
# Dropped in front of another suffix, too; the others may end a title: Sun.Ra.mp3, Heat.Wave.mp3.
_CONVERTED: tuple[str, ...] = (
    *(".wav", ".au", ".flac", ".ogg", ".mp3", ".aif", ".aiff", ".opus", ".m4a", ".mp4", ".aac", ".wma", ".webm"),
    *PICTURE_SUFFIXES,
)

_GTZAN_GENRES = {plain_genre(genre) for genre in GENRES}
_GTZAN_NUMBER = re.compile(r"(?P<genre>[a-z]+(?:[ _-][a-z]+)?)[._ -]?(?P<number>\d{5})(?P<rest>[._ -].+)?")


@dataclass(frozen=True)
class Track:
    """One file of a corpus.

    Attributes:
        id: POSIX path relative to the corpus' root, such as "blues/blues.00000.wav".
        genre: Name of its genre folder, or what aliases, a table of labels or a feature table say.
        path: Path of the file, or its text; made absolute, so that it stays valid if the working directory changes.
        artist: Its artist; None if unknown, also where "unknown", "various artists", NaN or the like was given.
        part_of: Name of the recording that it is a part of; None if it is not known to be one.
        subset: "train", "val" or "test", if its folder or a table of labels says so.
        copy_of: Name of the recording that it, or what it is a part of, is a copy of; None if there is none.

    Raises:
        MusicGenreError: Its id or genre is not a string.

    Example:
        >>> Track("blues/blues.00000.wav", "blues", Path("gtzan/blues/blues.00000.wav")).key
        'blues.00000'
    """

    id: str
    genre: str
    path: Path
    artist: str | None = None
    part_of: str | None = None
    subset: str | None = None
    copy_of: str | None = None

    def __post_init__(self) -> None:
        """Make the path absolute, and the artist None if it stands for nobody."""
        for name, value in (("id", self.id), ("genre", self.genre)):
            if not isinstance(value, str):
                raise MusicGenreError(f"The {name} of the track {self.id} ({self.path}) is {value!r}: give a string.")
        object.__setattr__(self, "path", Path(self.path).absolute())
        object.__setattr__(self, "artist", known_artist(self.artist))

    @property
    def recording(self) -> str:
        """Its recording, or the track itself: what splits of whole recordings keep on one side."""
        return self.copy_of or self.part_of or self.id

    @property
    def key(self) -> str:
        """The name that the track has in published lists: see `track_key`."""
        return track_key(self.id)

    @property
    def folders(self) -> list[str]:
        """The folders that contain the track, from its genre's down: without the one that says its subset."""
        folders = self.id.split("/")[:-1]
        said = [place for place, name in enumerate(folders[:2]) if self.subset and subset_of(name) == self.subset]
        return [name for place, name in enumerate(folders) if place not in said[:1]]  # train/GENRE, or GENRE/train


@dataclass(frozen=True)
class Corpus:
    """A folder of tracks.

    Attributes:
        root: The folder that holds one folder per genre, as it was given, or its text.
        genres: Sorted names; a genre's index is its label.
        tracks: Sorted by id.
        kind: Whether the tracks are recordings, pictures of them, or rows of a table.
        ignored: `(path relative to root, reason)` of what is among the tracks but is not one.

    Raises:
        MusicGenreError: A track's genre is not among the genres, or two tracks have one id.

    Example:
        >>> tracks = tuple(Track(f"{genre}/a.wav", genre, Path("music", genre, "a.wav")) for genre in ("jazz", "rock"))
        >>> corpus = Corpus(Path("music"), ("jazz", "rock"), tracks)
        >>> [corpus.genres.index(track.genre) for track in corpus.tracks]  # the labels
        [0, 1]
    """

    root: Path
    genres: tuple[str, ...]
    tracks: tuple[Track, ...]
    kind: Kind = "audio"
    ignored: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        """Turn a text into a path, lists into tuples; check the tracks."""
        object.__setattr__(self, "root", Path(self.root))
        object.__setattr__(self, "genres", tuple(self.genres))
        object.__setattr__(self, "tracks", tuple(self.tracks))
        paths, genres = dict[str, Path](), set(self.genres)
        for track in self.tracks:
            if track.genre not in genres:
                raise MusicGenreError(
                    f"{track.id} in {self.root} is of genre {track.genre!r}, which is not among the genres of the "
                    f"corpus ({', '.join(map(str, self.genres))}): add it to them, or leave the track out."
                )
            if other := paths.get(track.id):
                raise MusicGenreError(f"{self.root} has two tracks with the id {track.id!r}{_apart(track.path, other)}")
            paths[track.id] = track.path

    def __repr__(self) -> str:
        known = sum(track.artist is not None for track in self.tracks)
        artists = f", artists of {known} known" if known else ""
        what = f"{counted(len(self.tracks), 'track')} of {counted(len(self.genres), 'genre')}"
        return f"Corpus({what} in {self.root}, {self.kind}{artists})"


def _apart(path: Path, other: Path) -> str:
    """Say how to tell apart two files with one id."""
    if path != other and normalize("NFC", str(path)) == normalize("NFC", str(other)):
        return ", as the names of two files differ only in Unicode form (NFC, NFD): rename or remove one."
    return ": give each its own."


def require_several_genres(corpus: Corpus) -> None:
    """Raise an error if there is only one genre; a collection that is only viewed or tested on may have one.

    Raises:
        MusicGenreError: The corpus is of one genre.
    """
    if len(corpus.genres) < 2:
        raise MusicGenreError(
            f"{corpus.root}: only one genre ({', '.join(corpus.genres)}), so there is nothing to tell apart: give two "
            "or more to learn from."
        )


def read_track(track: Track, sample_rate: int, downmix: str = "mean") -> Excerpt:
    """Read the beginning of a track's file, see `read_excerpt`.

    Raises:
        MusicGenreError: It cannot be read; the message names the track.
    """
    try:
        return read_excerpt(track.path, sample_rate, downmix)
    except AudioError as error:
        raise AudioError(f"{track.id}: {error}") from error


@lru_cache(maxsize=2**17)  # a corpus's tables, splits and reports each ask for all of its tracks
def track_key(name: str) -> str:
    """Reduce a file name to the form that all packages of a corpus have in common.

    Folders, the suffixes of audio and pictures (also two, as in `.au.wav`, if the first is a usual one), and upper case
    are dropped. GTZAN's numbers are written with a dot, as in the original; the pictures in its Kaggle package omit it.

    Args:
        name: A track id, a file name, or a bare stem.

    Returns:
        The key, in Unicode's composed form.

    Example:
        >>> track_key("blues/blues.00000.wav"), track_key("Blues00000.png"), track_key("My Song.mp3")
        ('blues.00000', 'blues.00000', 'my song')
    """
    stem = PurePosixPath(normalize("NFC", name.strip().replace("\\", "/")).lower()).name
    suffixes = _ALL_SUFFIXES
    while suffix := next((each for each in suffixes if stem.endswith(each) and stem != each), None):
        stem, suffixes = stem.removesuffix(suffix), _CONVERTED
    number = _GTZAN_NUMBER.fullmatch(stem)
    return stem if number is None else f"{number['genre']}.{number['number']}{number['rest'] or ''}"


def keys_of(tracks: Collection[Track]) -> dict[Track, str]:
    """Return the key of each track, without a rare suffix that shows the file that it was converted from.

    Example:
        >>> ids = ("jazz/naima.ape", "jazz/naima.ape.wav", "jazz/Sun.Ra.mp3")
        >>> list(keys_of([Track(id, "jazz", Path()) for id in ids]).values())
        ['naima', 'naima', 'sun.ra']
    """
    files = {(track.genre, track.id.rpartition("/")[2].lower()) for track in tracks}
    return {track: track_key(track.key) if (track.genre, track.key) in files else track.key for track in tracks}


def is_gtzan_name(key: str, *genres: str) -> bool:
    """Return whether a track key is a name like GTZAN's: one of its genres, or of others, and five digits.

    Args:
        key: See `track_key`.
        genres: Genres that count besides GTZAN's ten, such as the track's own.

    Example:
        >>> is_gtzan_name("blues.00000"), is_gtzan_name("blues.00000.3"), is_gtzan_name("audio.00001", "jazz")
        (True, False, False)
        >>> is_gtzan_name("tango.00000"), is_gtzan_name("tango.00000", "Tango")
        (False, True)
    """
    return ends_in_five_digits(key) and named_genre(key) in {*_GTZAN_GENRES, *map(plain_genre, genres)}


def named_genre(key: str) -> str:
    """Return the word before five digits of a track key, as `plain_genre` writes genres; empty if there is none."""
    number = _GTZAN_NUMBER.fullmatch(key)
    return "" if number is None else plain_genre(number["genre"])


def ends_in_five_digits(key: str) -> bool:
    """Return whether a track key is a word and five digits, like GTZAN's names and other collections' ids.

    Example:
        >>> ends_in_five_digits("blues.00000"), ends_in_five_digits("audio.00001"), ends_in_five_digits("01 - intro")
        (True, True, False)
    """
    number = _GTZAN_NUMBER.fullmatch(key)
    return number is not None and number["rest"] is None
