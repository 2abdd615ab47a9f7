"""Check whether a folder is laid out as ROOT/GENRE/FILE, and explain how it is not."""

import logging
from collections.abc import Sequence
from pathlib import Path

from musicgenre.data.corpus.genres import are_numbers, is_genre
from musicgenre.data.corpus.listing import (
    LEVELS_DOWN,
    files_below,
    folders_in,
    genre_folders,
    holds_tracks,
    holds_tracks_below,
    visible,
)
from musicgenre.data.corpus.subsets import subset_of
from musicgenre.data.corpus.tracks import SUFFIXES, Kind
from musicgenre.errors import MusicGenreError
from musicgenre.files import bad_name
from musicgenre.suggest import similar_beside

_log = logging.getLogger(__name__)
_NOUN: dict[Kind, str] = {"audio": "audio files", "picture": "pictures"}
_LISTED = 15  # names that a sentence holds
_OBEYED = "or name the genres of this level with data.genres=[...]"
_PACKED = (".gz", ".tgz", ".tar", ".zip", ".7z", ".rar", ".parquet", ".arrow")


def require_folder(root: Path) -> None:
    """Raise an error unless `root` is a folder.

    Args:
        root: What the user gave.

    Raises:
        MusicGenreError: If there is nothing at `root`, or a file.
    """
    if not is_unicode(str(root)):
        shown = ascii(str(root))[1:-1]
        raise MusicGenreError(f"the folder {shown} has a name that is {bad_name()}")
    try:
        there = root.exists()
    except OSError as error:  # a name too long for any system
        raise MusicGenreError(f"{str(root)[:60]}... is not a valid path here ({error.strerror})") from error
    if root.is_dir():
        return
    if there:
        unpack = "unpack it, and " if root.suffix.lower() in _PACKED else ""
        raise MusicGenreError(f"{root} is a file: {unpack}give the folder that holds one folder per genre")
    above = next(parent for parent in root.absolute().parents if parent.is_dir())
    hint = f".{meant}" if (meant := similar_beside(root)) else ""
    raise MusicGenreError(f"there is no folder {root} (it exists only up to {above}): check the path{hint}")


def subset_folders(root: Path, kind: Kind) -> dict[str, Path]:
    """Find the folders of a tree that is divided into train/, test/ and perhaps val/.

    Returns:
        Folder by subset; empty if the folders have other names.

    Raises:
        MusicGenreError: Two folders are one subset, or another folder with tracks is beside train/ and test/.
    """
    inner = genre_folders(root, kind)
    named = [folder for folder in inner if subset_of(folder.name)]
    if not named:
        return {}
    others = [folder for folder in inner if folder not in named and holds_tracks_below(folder, kind)]
    if others:
        _require_genres_alone(root, named, others, kind)
        return {}
    found: dict[str, Path] = {}
    for folder in named:
        subset = str(subset_of(folder.name))
        if subset in found:
            raise MusicGenreError(f"{root} has two folders for {subset}, {found[subset].name} and {folder.name}")
        found[subset] = folder
    return found if "train" in found and len(found) > 1 else {}


def _require_genres_alone(root: Path, named: Sequence[Path], others: Sequence[Path], kind: Kind) -> None:
    """Raise an error if folders called train and test hold genres, and another with tracks is beside them."""
    divided = [folder.name for folder in named if _holds_genres(folder, kind)]
    subsets = {subset_of(name) for name in divided}
    if "train" in subsets and len(subsets) > 1:
        beside = listed([folder.name for folder in others])
        raise MusicGenreError(
            f"{root} holds {beside} beside {listed(divided)}, which hold genre folders: move {beside} elsewhere, "
            "or name a folder of genre folders train, val or test"
        )


def _holds_genres(folder: Path, kind: Kind) -> bool:
    return any(holds_tracks_below(inner, kind) for inner in folders_in(folder))


def _has_genres_beside(root: Path) -> bool:
    return any(is_genre(path.name) for path in folders_in(root.parent) if path.name != root.name)


def require_level(root: Path, kind: Kind) -> None:
    """Raise an error if the folders in `root` are not genres, but hold genre folders, or if `root` is a genre itself.

    If one of them holds tracks itself, the others' folders may be sub-genres: this gives only a warning.

    Raises:
        MusicGenreError: In either case; the message says which folder to give.
    """
    inner = [folder for folder in genre_folders(root, kind) if holds_tracks_below(folder, kind)]
    if any(is_genre(folder.name) for folder in inner):
        return
    if inner and is_genre(root.absolute().name) and _has_genres_beside(root.absolute()):
        raise MusicGenreError(
            f"{root} is too low: it is one of {root.absolute().parent.name}'s genres. Give {root.absolute().parent}, "
            f"{_OBEYED}"
        )
    below = [path for folder in inner for path in _genre_roots(folder, kind, LEVELS_DOWN - 1)]
    alone = not any(holds_tracks(folder, kind) for folder in inner)
    if not below and alone and len(inner) == 1:
        below = _roots_below(root, kind, LEVELS_DOWN)
    whole = [path.parent if subset_of(path.name) and path.parent != root else path for path in below]
    instead = listed([str(path) for path in dict.fromkeys(whole)][:5], "or")
    if below and alone and are_numbers(names := [path.name for top in below for path in folders_in(top)]):
        raise MusicGenreError(
            f"{root} has no genre folders: those in {instead} are numbers ({listed(names[:3])}). Name the genres in a "
            "table, data.labels=CSV, with the columns path (or track_id) and genre"
        )
    if below and alone:
        obeyed = f", {_OBEYED}" if len(inner) > 1 else ""
        raise MusicGenreError(f"{root} is too high up: give {instead}, where the genre folders are{obeyed}")
    if below:
        _log.warning(
            "%s may be too high up: its folders are taken as the genres, but none has the name of a common one. If the "
            "genre folders are in %s, give that.",
            root,
            instead,
        )


def _genre_roots(folder: Path, kind: Kind, levels: int) -> list[Path]:
    """Find the nearest folders, from `folder` down, that hold at least two folders with names of genres."""
    inner = folders_in(folder)
    if sum(is_genre(path.name) and holds_tracks_below(path, kind) for path in inner) > 1:
        return [folder]
    return [root for path in inner for root in _genre_roots(path, kind, levels - 1)] if levels else []


def listed(names: Sequence[str], word: str = "and") -> str:
    """Join names as in a sentence.

    Args:
        names: At least one.
        word: Word before the last.

    Returns:
        The text.

    Example:
        >>> listed(["blues", "jazz", "rock"])
        'blues, jazz and rock'
    """
    if len(names) > _LISTED and all(name.startswith(".") for name in names):
        names = [*names[:5], "other audio"]  # of many suffixes, the best-known ones
    return f" {word} ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def explain_no_tracks(root: Path, kind: Kind) -> str:
    """Explain why no folder in `root` holds tracks, and which folder to give instead.

    Args:
        root: A folder none of whose folders holds a track.
        kind: What was looked for.

    Returns:
        The message for the user.
    """
    other: Kind = "picture" if kind == "audio" else "audio"
    if holds_tracks(root, kind):
        return (
            f"{root} holds {_NOUN[kind]} itself, but tracks are expected one level down, in one folder per genre. "
            f"If {root.absolute().name} is a genre, give its parent, {root.absolute().parent}"
        )
    if themselves := [f"{folder.name}/" for folder in genre_folders(root, kind) if holds_tracks(folder, kind)]:
        return (
            f"{root} holds {_NOUN[kind]} directly in {listed(themselves)}, not in genre folders there: put them into "
            "one folder per genre, or name their genres in a table, data.labels=CSV"
        )
    suffixes = listed(SUFFIXES[kind], "or")
    packed = [file.name for file in files_below(root, LEVELS_DOWN) if file.suffix.lower() in _PACKED]
    if packed:
        return f"{root} holds packed files ({listed(packed[:3])}): unpack them, and give the folder of genre folders"
    if any(holds_tracks_below(folder, other) for folder in folders_in(root)):
        return f"{root} holds {_NOUN[other]}, but none of the {_NOUN[kind]} asked for ({suffixes})"
    if not visible(root):
        return f"{root} is empty: give the folder that holds one folder per genre, with {suffixes} files in each"
    return f"{root} has no {suffixes} file in any of its folders: give the folder that holds one folder per genre"


def is_unicode(name: str) -> bool:
    """Return whether a name from the file system can be written as UTF-8."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _roots_below(folder: Path, kind: Kind, levels: int) -> list[Path]:
    """Find the nearest folders below that hold folders with tracks."""
    if levels == 0:
        return []
    inner = folders_in(folder)
    here = [path for path in inner if any(holds_tracks(genre, kind) for genre in folders_in(path))]
    return here or [root for path in inner for root in _roots_below(path, kind, levels - 1)]
