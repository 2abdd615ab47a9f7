"""Find the tracks of a corpus that is laid out as ROOT/GENRE/FILE."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from unicodedata import normalize

from musicgenre.data.corpus.layout import explain_no_tracks, files_in, folders_in, listed, require_folder
from musicgenre.data.corpus.tracks import SUFFIXES, Corpus, Kind, Track, track_key
from musicgenre.errors import MusicGenreError
from musicgenre.suggest import did_you_mean

__all__ = ["Corpus", "Kind", "Track", "scan", "track_key"]

Ignored = list[tuple[str, str]]


def scan(root: str | Path, *, genres: Sequence[str] | None = None, kind: Kind = "audio") -> Corpus:
    """List the tracks below a folder that holds one folder a genre.

    Nothing is opened: a damaged file is a track like any other until somebody reads it. The result does not
    depend on the order in which the file system lists names. Hidden files and folders (such as the "._" twins
    that macOS makes) are passed over; whatever else lies where tracks lie is named in `Corpus.ignored`.

    Args:
        root: The folder that holds one folder a genre.
        genres: The genres to take; None takes every folder.
        kind: Whether to look for "audio" or for "picture" files.

    Returns:
        The corpus.

    Raises:
        MusicGenreError: If `root` is not such a folder (the message says which one is), if a requested genre
            is not there, a genre has no track, there are fewer than two genres, or two files of a genre are
            the same track.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as root:
        ...     for genre in ("jazz", "rock"):
        ...         Path(root, genre).mkdir()
        ...         Path(root, genre, "a.wav").touch()
        ...     [track.id for track in scan(root).tracks]
        ['jazz/a.wav', 'rock/a.wav']
    """
    root = Path(root).expanduser()
    require_folder(root)
    folders = {normalize("NFC", folder.name): folder for folder in folders_in(root)}
    found = {genre: _tracks_in(folder, genre, kind) for genre, folder in sorted(folders.items())}
    if not any(tracks for tracks, _ in found.values()):
        raise MusicGenreError(explain_no_tracks(root, kind))
    if genres is not None:
        found = {genre: found[genre] for genre in sorted(_requested(genres, folders, root))}
    _require_genres(root, list(found), [genre for genre, (tracks, _) in found.items() if not tracks], kind)
    tracks = [track for tracks, _ in found.values() for track in tracks]
    _refuse_duplicates(root, tracks)
    ignored = [(file.name, "outside any genre folder") for file in files_in(root) if _is_track(file, kind)]
    ignored += [each for _, others in found.values() for each in others]
    by_id = sorted(tracks, key=lambda track: track.id)
    return Corpus(root=root, genres=tuple(found), tracks=tuple(by_id), kind=kind, ignored=tuple(sorted(ignored)))


def _is_track(file: Path, kind: Kind) -> bool:
    return file.suffix.lower() in SUFFIXES[kind]


def _tracks_in(folder: Path, genre: str, kind: Kind) -> tuple[list[Track], Ignored]:
    """Sort what lies in a genre's folder into tracks and the rest."""
    tracks = []
    ignored: Ignored = [(f"{genre}/{inner.name}", "a folder inside a genre's folder") for inner in folders_in(folder)]
    for file in files_in(folder):
        track = f"{genre}/{normalize('NFC', file.name)}"
        if not _is_track(file, kind):
            ignored.append((track, f"not {listed(SUFFIXES[kind], 'or')}"))
        elif not _is_unicode(track):
            ignored.append((ascii(track)[1:-1], "its name is not valid Unicode: rename it"))
        else:
            tracks.append(Track(id=track, genre=genre, path=file))
    return tracks, ignored


def _is_unicode(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _requested(genres: Sequence[str], folders: Mapping[str, Path], root: Path) -> list[str]:
    """Check the genres that somebody asked for against the folders that are there."""
    wanted = [normalize("NFC", genre) for genre in genres]
    missing = [genre for genre in dict.fromkeys(wanted) if genre not in folders]
    if not missing:
        return list(dict.fromkeys(wanted))
    hint = "".join(did_you_mean(genre, folders) for genre in missing)
    raise MusicGenreError(f"{root} has no genre {listed(missing)}; it has {listed(sorted(folders))}.{hint}")


def _require_genres(root: Path, genres: list[str], without: list[str], kind: Kind) -> None:
    if without:
        raise MusicGenreError(
            f"{root}: no {listed(SUFFIXES[kind], 'or')} file in {listed(without)}. Put tracks there, or "
            f"name the genres to use: {listed([genre for genre in genres if genre not in without])}"
        )
    if len(genres) < 2:
        raise MusicGenreError(
            f"{root}: only one genre ({listed(genres)}), so there is nothing to tell apart. Give two or more"
        )


def _refuse_duplicates(root: Path, tracks: list[Track]) -> None:
    """Stop where one track lies there twice (two formats, say): a split would put it on both sides."""
    twins: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for track in tracks:
        twins[track.genre, track.key].append(track.id)
    doubled = [sorted(ids) for ids in twins.values() if len(ids) > 1]
    if doubled:
        some = "; ".join(listed(ids) for ids in sorted(doubled)[:5])
        more = f"; and {len(doubled) - 5} more" if len(doubled) > 5 else ""
        raise MusicGenreError(
            f"{root}: the same track twice under one name: {some}{more}. A split could train on "
            "the one and test on the other: keep one file of each"
        )
