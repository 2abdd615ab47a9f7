"""Find the tracks of a corpus that is laid out as ROOT/GENRE/FILE."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from unicodedata import normalize

from musicgenre.data.corpus.any_names import names_music
from musicgenre.data.corpus.genres import is_genre
from musicgenre.data.corpus.layout import (
    explain_no_tracks,
    is_packed,
    is_unicode,
    listed,
    require_folder,
    require_level,
    subset_folders,
)
from musicgenre.data.corpus.listing import (
    files_below,
    files_in,
    genre_folders,
    hidden_in,
    hides_tracks,
    is_hidden,
    is_in_icloud,
    run_folders,
)
from musicgenre.data.corpus.recordings import suffix_of, with_recordings
from musicgenre.data.corpus.subsets import subset_of
from musicgenre.data.corpus.tracks import SUFFIXES, Corpus, Kind, Track, is_gtzan_name, keys_of, track_key
from musicgenre.errors import MusicGenreError
from musicgenre.files import bad_name, expanded
from musicgenre.suggest import did_you_mean, typed
from musicgenre.words import are, counted

__all__ = ["Corpus", "Kind", "Track", "scan", "track_key"]

Ignored = list[tuple[str, str]]
_IN_ICLOUD = "in iCloud and not on this machine: download it"
_ASIDE = "a folder without tracks"
_OF_SYSTEMS = ("desktop.ini", "thumbs.db")  # in folders that are empty otherwise
_UNREAD: dict[Kind, tuple[str, ...]] = {  # suffixes of a genre's tracks, in formats that are not read
    "audio": (".mid", ".midi", ".kar", ".m4p", ".aax", ".aa", ".rm", ".mod", ".xm", ".s3m"),
    "picture": (".gif", ".webp", ".bmp", ".tif", ".tiff", ".heic"),
    "table": (),
}
_Found = Mapping[str, tuple[list[Track], Ignored]]  # of each genre
_Place = tuple[str | None, Path]  # a subset, and a genre's folder in it


def scan(
    root: str | Path,
    *,
    genres: Sequence[str] | None = None,
    kind: Kind = "audio",
    rename: Callable[[str], str] = str,
) -> Corpus:
    """List the tracks below a folder that holds one folder per genre.

    A genre's folder may itself hold folders (artists, albums, `converted`). The genre folders may be in folders train/,
    test/ and val/, or hold them if every track is in one; this is noted in `Track.subset`.

    No file is opened: a damaged one is a track like any other until it is read. The result does not depend on the
    order in which the file system lists names. Hidden files and folders (such as the "._" files of macOS) are skipped,
    except titles that begin with several dots, or with a dot and a number ("...And Justice for All"); those that may be
    titles (".Paak.mp3"), and anything else among the tracks, such as outputs/ with runs, are listed in
    `Corpus.ignored`.

    Args:
        root: The folder that holds one folder per genre.
        genres: The genres to use; None for every folder.
        kind: Whether to look for "audio" or for "picture" files.
        rename: Maps a folder's name to its genre.

    Returns:
        The corpus.

    Raises:
        MusicGenreError: If `root` is not such a folder (the message says which one is), if a requested genre
            is not there, a genre has no track, or two names differ only in their Unicode form.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as root:
        ...     for genre in ("jazz", "rock"):
        ...         Path(root, genre).mkdir()
        ...         Path(root, genre, "a.wav").touch()
        ...     [track.id for track in scan(root).tracks]
        ['jazz/a.wav', 'rock/a.wav']
    """
    root = expanded(root)
    require_folder(root)
    folders = _genre_folders(root, kind, rename, genres)
    found = {genre: _tracks_of(genre, places, kind, root) for genre, places in sorted(folders.items())}
    if not any(tracks for tracks, _ in found.values()):
        raise MusicGenreError(_in_icloud(root, found) or explain_no_tracks(root, kind))
    ignored = _outside(root, [root, *subset_folders(root, kind).values()], kind)
    if genres is not None:
        found = {genre: found[genre] for genre in sorted(requested(genres, folders, root))}
    else:
        aside = {genre for genre, (tracks, _) in found.items() if not tracks and _is_aside(genre, folders[genre], kind)}
        found = {genre: those for genre, those in found.items() if genre not in aside}
        ignored += [(path.relative_to(root).as_posix(), _ASIDE) for genre in aside for _, path in folders[genre]]
    _require_genres(root, found, kind)
    ignored += [each for _, others in found.values() for each in others]
    tracks = sorted((track for those, _ in found.values() for track in those), key=lambda track: track.id)
    original = _originals(tracks)
    ignored += [(track.id, f"the same track as {above.id}") for track, above in original.items()]
    left = _in_subsets([track for track in tracks if track not in original])
    return with_recordings(Corpus(root, tuple(found), left, kind, tuple(sorted(ignored))))


def _in_subsets(tracks: list[Track]) -> tuple[Track, ...]:
    """Set the subsets of tracks that all are in folders train, test and perhaps val of their genres' folders."""
    inner = [subset_of(next(iter(track.folders[1:]), "")) for track in tracks]
    if None in inner or "train" not in inner or len({*inner}) == 1 or any(track.subset for track in tracks):
        return tuple(tracks)
    return tuple(replace(track, subset=subset) for track, subset in zip(tracks, inner, strict=True))


def _genre_folders(
    root: Path, kind: Kind, rename: Callable[[str], str], genres: Sequence[str] | None
) -> dict[str, list[_Place]]:
    """Find the folders of each genre, with their subset; if `genres` has one of them, this is the level wanted."""
    tops: list[_Place] = list(subset_folders(root, kind).items()) or [(None, root)]
    folders: defaultdict[str, list[_Place]] = defaultdict(list)
    for subset, top in tops:
        for folder in genre_folders(top, kind):
            if not is_unicode(folder.name):
                raise MusicGenreError(f"{root}: the folder {ascii(folder.name)[1:-1]} has a name that is {bad_name()}.")
            folders[rename(normalize("NFC", folder.name))].append((subset, folder))
    if not any(normalize("NFC", genre) in folders for genre in genres or ()):
        for _, top in tops:
            require_level(top, kind)
    return folders


def _outside(root: Path, tops: Sequence[Path], kind: Kind) -> Ignored:
    """List tracks, folders of results and hidden names beside the folders of genres."""
    files = [file.relative_to(root) for top in tops for file in files_in(top) if _is_track(file, kind)]
    outside = [(file.as_posix(), "outside any genre folder") for file in files]
    return outside + passed_over(
        root, [path for top in tops for path in (*run_folders(top, kind), *hidden_in(top))], kind
    )


def passed_over(root: Path, paths: Iterable[Path], kind: Kind) -> Ignored:
    """List folders of results, hidden names that may be titles, and tracks that are in iCloud, found among tracks."""
    return [
        (path.relative_to(root).as_posix(), _why_passed(path.name, kind))
        for path in paths
        if not is_hidden(path.name) or hides_tracks(path, kind)
    ]


def _why_passed(name: str, kind: Kind) -> str:
    if not is_hidden(name):
        return "a folder of results"
    return _IN_ICLOUD if is_in_icloud(name, kind) else "hidden, as its name begins with a dot: rename it if it is music"


def _is_track(file: Path, kind: Kind) -> bool:
    return file.suffix.lower() in SUFFIXES[kind]


def _tracks_of(genre: str, places: Sequence[_Place], kind: Kind, root: Path) -> tuple[list[Track], Ignored]:
    """Sort the contents of a genre's folders into tracks and the rest."""
    tracks = []
    ignored: Ignored = []
    passed: list[Path] = []
    for subset, folder in places:
        for file in files_below(folder, passed=passed):
            track = normalize("NFC", file.relative_to(root).as_posix())
            if not _is_track(file, kind):
                ignored.append((track, f"not {listed(SUFFIXES[kind], 'or')}, by its suffix"))
            elif not is_unicode(track):
                ignored.append((ascii(track)[1:-1], f"its name is {bad_name()}"))
            else:
                tracks.append(Track(id=track, genre=genre, path=file, subset=subset))
    return tracks, ignored + passed_over(root, passed, kind)


def requested(genres: Sequence[str], folders: Collection[str], root: Path) -> list[str]:
    """Check the requested genres against those that are there.

    Raises:
        MusicGenreError: One is not there.
    """
    wanted = [normalize("NFC", genre) for genre in genres]
    missing = [genre for genre in dict.fromkeys(wanted) if genre not in folders]
    if not missing:
        return list(dict.fromkeys(wanted))
    hints = [did_you_mean(genre, folders) for genre in missing]
    hint = "".join(hints)
    if len(missing) > 1 and not all(hints):  # those of another corpus, as some experiments choose GTZAN's
        hint = " data.genres asks for these; data.genres=null (None) takes all."
    raise MusicGenreError(f"{root} has no genre {listed(missing)}; it has {listed(sorted(folders))}.{hint}")


def _is_aside(genre: str, places: Sequence[_Place], kind: Kind) -> bool:
    """Return whether a genre's folders hold files that are no music, and have no well-known or given genre's name."""
    passed: list[Path] = []
    files = [file for _, folder in places for file in files_below(folder, passed=passed)]
    files = [file for file in files if file.name.lower() not in _OF_SYSTEMS]
    hidden = any(hides_tracks(path, kind) for path in passed)
    named = any(is_genre(folder.name) or normalize("NFC", folder.name) != genre for _, folder in places)
    music = any(is_packed(file) or file.suffix.lower() in _UNREAD[kind] for file in files)
    return files != [] and not hidden and not named and not music


def _require_genres(root: Path, found: _Found, kind: Kind) -> None:
    without = {genre: those for genre, those in found.items() if not those[0]}
    if without:
        others = typed("data.genres", [genre for genre in found if genre not in without])
        raise MusicGenreError(
            _in_icloud(root, without)
            or f"{root}: no {listed(SUFFIXES[kind], 'or')} file in {listed([*without])}. Put tracks there, or name the "
            f"genres to use: {others}"
        )


def _in_icloud(root: Path, found: _Found) -> str:
    """Say that genres have tracks that are in iCloud; nothing if they have none."""
    names = [name for _, ignored in found.values() for name, reason in ignored if reason == _IN_ICLOUD]
    if not names:
        return ""
    which = f"{counted(len(names), 'track')} of {listed([*found])} {are(len(names))}"
    return f"{root}: {which} in iCloud and not on this machine, such as {names[0]}: download them"


def _originals(tracks: list[Track]) -> dict[Track, Track]:
    """Find, for each copy, the track of the same name in a folder above.

    GTZAN's names are enough by themselves. Others make a copy only in folders most of whose tracks are copies, and bare
    numbers (01, track 1) only in another format: an artist's folder has a first track, too.
    """
    first: dict[tuple[str, str, str], Track] = {}  # by genre, key and folder
    above: dict[Track, Track] = {}
    keys = keys_of(tracks)
    for track in sorted(tracks, key=lambda track: track.id.count("/")):
        *folders, own = accumulate(track.id.split("/")[:-1], "{}/{}".format)
        tops = (first.get((track.genre, keys[track], folder)) for folder in folders)
        if top := next(filter(None, tops), None):
            above[track] = top
        else:
            first.setdefault((track.genre, keys[track], own), track)
    those_in, copies_in = Counter(map(_folder, tracks)), Counter(map(_folder, above))
    mixed = {folder for folder, number in those_in.items() if 2 * copies_in[folder] <= number}
    copies: defaultdict[Track, list[Track]] = defaultdict(list)
    for track, top in above.items():
        copies[top].append(track)
    return {
        track: top
        for top, those in copies.items()
        if is_gtzan_name(top.key, top.genre)
        or (
            not any(_folder(track) in mixed for track in those)
            and (names_music(top) or len({suffix_of(track) for track in (top, *those)}) > len(those))
        )
        for track in those
    }


def _folder(track: Track) -> str:
    return track.id.rpartition("/")[0]
