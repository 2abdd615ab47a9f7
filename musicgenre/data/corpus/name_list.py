"""Look up the tracks of a corpus in a list, however each of them writes the names."""

import logging
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from unicodedata import normalize

from musicgenre.data.corpus.part_names import place_of, recording_of
from musicgenre.data.corpus.tracks import Corpus, Track, track_key
from musicgenre.errors import MusicGenreError

_log = logging.getLogger(__name__)
_NUMBER = re.compile(r"0*(\d+)(?:\.0+)?")
_ONE_OR_THOUSAND = re.compile(r"[1-9]\d{0,2}\.000")
_FOREIGN = -1  # folders of another collection, above a name that is unique by itself


def list_key(name: str) -> str:
    r"""Reduce a name in a list to a common form: "file", or "folders/file".

    Example:
        >>> list_key("genres\\blues\\Blues.00000.au"), list_key("blues00000.png")
        ('genres/blues/blues.00000', 'blues.00000')
    """
    path = PurePosixPath(normalize("NFC", name.strip().replace("\\", "/")).lower())
    folders = [part for part in path.parts[:-1] if part not in ("/", "//", ".", "..")]
    return "/".join([*folders, track_key(name)])


def id_number(name: str) -> str | None:
    """Return the number that a name in a table is, without the zeros before or behind it; None for a word, or 2.000.

    Example:
        >>> id_number("000002"), id_number("2"), id_number("2.0"), id_number("2.5"), id_number("blues.00000")
        ('2', '2', '2', None, None)
    """
    found = None if _ONE_OR_THOUSAND.fullmatch(name) else _NUMBER.fullmatch(name)
    return found[1] if found else None


def require_clear_number(name: str, where: str) -> None:
    """Raise an error if a name in a table is a number such as 2.000, which is two thousand in German.

    Args:
        name: The name, perhaps with folders, which no file or track has.
        where: The table's name, and perhaps the line, in messages.

    Raises:
        MusicGenreError: It is.

    Example:
        >>> require_clear_number("2.0", "it")
        >>> require_clear_number("2.000", "it")
        Traceback (most recent call last):
        musicgenre.errors.MusicGenreError: it has 2.000, which may be 2 or 2000: write it without the point
    """
    last = name.rpartition("/")[2]
    if _ONE_OR_THOUSAND.fullmatch(last):
        number = last.partition(".")[0]
        raise MusicGenreError(f"{where} has {name}, which may be {number} or {number}000: write it without the point")


def file_number(stem: str) -> str | None:
    """Return the number that a file's name is; None for 2.0, which may be the first of 2.0, 2.1 and 2.2.

    Example:
        >>> file_number("000002"), file_number("2.0")
        ('2', None)
    """
    return id_number(stem) if stem.isdecimal() else None


def look_up(corpus: Corpus, values: Mapping[str, str | None], what: str) -> dict[str, str]:
    """Find each track in a list: by its folders and name, by its name, or by the recording that it is a part of.

    A list may have more or fewer folders, such as GENRE/FILE. If several names may mean a track, the one with the most
    folders in common counts. Folders of another system (/data/wavs/blues.00000.wav) are ignored if the file names alone
    tell the tracks apart. A number means the track of that number (2 or 2.0 for 000002) if no track is called so.

    Args:
        corpus: The tracks.
        values: What the list says, by `list_key`; None for a name of which it says nothing: no other one replaces it.
        what: Name of the list in messages.

    Returns:
        What the list says, by track id; tracks that it does not name are left out.

    Raises:
        MusicGenreError: It says two things of a track, names a file that is in several folders without saying which, or
            has a number with three zeros behind a point.

    Example:
        >>> from pathlib import Path
        >>> corpus = Corpus(Path(), ("blues",), (Track("blues/blues.00000.3.wav", "blues", Path()),))
        >>> look_up(corpus, {"blues.00000": "train"}, "the split")
        {'blues/blues.00000.3.wav': 'train'}
    """
    found: dict[str, str] = {}
    meant: defaultdict[str, dict[str, Track]] = defaultdict(dict)  # the recordings that a name matched
    passed: dict[str, tuple[Track, str]] = {}  # names that another one outranks for the track
    says = {name: value for name, value in values.items() if value is not None}
    met = set[str]()
    for track, best, may_mean_it in _matches(corpus, values):
        met.update(may_mean_it)
        names, all_of_them = ([name for name in those if name in says] for those in (best, may_mean_it))
        if not names:
            continue
        passed |= {name: (track, names[0]) for name in all_of_them if says[name] != says[names[0]]}
        said = {says[name] for name in names}
        if len(said) > 1:
            one, other = sorted(said)[:2]
            raise MusicGenreError(f"{what} gives {track.id} two values, {one!r} and {other!r}: keep one")
        found[track.id] = says[names[0]]
        meant[names[0]].setdefault(place_of(track, recording_of(track)), track)
    for name in (name for name in values if name not in met):
        require_clear_number(name, what)
    for name, (track, better) in passed.items():
        if name not in meant:
            _log.warning(
                "%s gives %r for %s, but %r for %s: %s is taken as %r.",
                *(what, says[name], name, says[better], better, track.id, says[better]),
            )
    for name, places in meant.items():
        if len(places) > 1:
            one, other = [track.id for track in places.values()][:2]
            raise MusicGenreError(
                f"{len(places)} tracks are called {name}, among them {one} and {other}, and {what} does not say which "
                "is meant: write their folders there, as in these paths"
            )
    return found


def names_without_track(corpus: Corpus, names: Iterable[str]) -> list[str]:
    """List the names, by `list_key`, that match no track of a corpus.

    Example:
        >>> from pathlib import Path
        >>> corpus = Corpus(Path(), ("blues",), (Track("blues/blues.00000.wav", "blues", Path()),))
        >>> names_without_track(corpus, ["blues.00000", "jazz/blues.00000", "blues.00001"])
        ['jazz/blues.00000', 'blues.00001']
    """
    listed = list(names)
    used = {name for _, _, all_of_them in _matches(corpus, listed) for name in all_of_them}
    return [name for name in listed if name not in used]


def most_named(corpus: Corpus, columns: Mapping[str, Iterable[str]]) -> str:
    """Return the column most of whose names are tracks of a corpus; the first of several.

    Example:
        >>> from pathlib import Path
        >>> corpus = Corpus(Path(), ("ska",), (Track("ska/000002.wav", "ska", Path()),))
        >>> most_named(corpus, {"track": ["Food"], "track_id": ["2"]})
        'track_id'
    """
    if len(columns) == 1:
        return next(iter(columns))
    keys = {column: {list_key(name) for name in names} for column, names in columns.items()}
    return max(columns, key=lambda column: len(keys[column]) - len(names_without_track(corpus, keys[column])))


def _matches(corpus: Corpus, names: Iterable[str]) -> Iterator[tuple[Track, list[str], list[str]]]:
    """Yield each track with the names that match it best, and with all that may match it."""
    listed = _by_file(names)
    telling = all(len(those) == 1 for those in listed.values())
    places = {(recording_of(track), place_of(track, recording_of(track))) for track in corpus.tracks}
    there = Counter(song for song, _ in places)
    genres = {genre.lower() for genre in corpus.genres}
    keys = {track.key for track in corpus.tracks}
    numbered = _by_number({file: those for file, those in listed.items() if file not in keys})
    for track in corpus.tracks:
        song = recording_of(track)
        ranks: dict[str, tuple[int, bool]] = {}
        bare = track_key(track.key)  # as a list without suffixes writes sun.ra, see `track_key`
        files = (bare,) if bare not in keys and not listed.keys() & {track.key, song} else (track.key, song)
        for file in dict.fromkeys(files):
            for name in listed.get(file) or numbered.get(file_number(file) or "", []):
                rank = _agreement(name.split("/")[:-1], track, genres, telling and there[song] == 1)
                if rank is not None:
                    ranks[name] = rank, file == track.key
        best = max(ranks.values(), default=None)
        yield track, [name for name, rank in ranks.items() if rank == best], [*ranks]


def _by_file(names: Iterable[str]) -> dict[str, list[str]]:
    listed: defaultdict[str, list[str]] = defaultdict(list)
    for name in names:
        listed[name.rpartition("/")[2]].append(name)
    return listed


def _by_number(listed: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    numbered: defaultdict[str, list[str]] = defaultdict(list)
    for file, names in listed.items():
        if number := id_number(file):
            numbered[number] += names
    return numbered


def _agreement(told: list[str], track: Track, genres: set[str], alone: bool) -> int | None:
    """Count the folders that a name and a track have in common, from the file upwards; None if they conflict.

    Folders above the genre's do not count.

    Args:
        told: The name's folders.
        track: The track.
        genres: All genres of the corpus.
        alone: Whether the file name alone is unique, in the list and in the corpus.
    """
    own, genre = track.id.lower().split("/")[:-1], track.genre.lower()
    if genre not in told and any(folder in genres and folder not in own for folder in told):
        return None  # another genre's
    told_below, own_below = _from(told, genre), _from(own, genre)
    if told_below == [genre]:
        return 1
    if genre in told and genre not in own:  # as in a table of labels
        told_below = told_below[1:]
    n = min(len(told_below), len(own_below))
    if told_below[len(told_below) - n :] == own_below[len(own_below) - n :]:
        return n
    return _FOREIGN if alone and not set(told) & set(own_below) else None


def _from(folders: list[str], genre: str) -> list[str]:
    """Return the folders from the genre's on, or all of them."""
    return folders[len(folders) - 1 - folders[::-1].index(genre) :] if genre in folders else folders
