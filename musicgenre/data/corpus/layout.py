"""Check whether a folder is laid out as ROOT/GENRE/FILE, and explain how it is not."""

import logging
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from musicgenre.data.corpus.any_names import divides
from musicgenre.data.corpus.genres import are_numbers, is_genre, plain_genre
from musicgenre.data.corpus.listing import (
    LEVELS_DOWN,
    files_below,
    folders_in,
    genre_folders,
    holds_tracks,
    holds_tracks_below,
    visible,
)
from musicgenre.data.corpus.numbering import is_date
from musicgenre.data.corpus.subsets import subset_of
from musicgenre.data.corpus.tracks import SUFFIXES, Kind
from musicgenre.errors import MusicGenreError
from musicgenre.files import bad_name
from musicgenre.suggest import similar_beside
from musicgenre.words import known_artist

_log = logging.getLogger(__name__)
_NOUN: dict[Kind, str] = {"audio": "audio files", "picture": "pictures"}
_LISTED = 15  # names that a sentence holds
_OBEYED = "or name the genres of this level with data.genres=[...]"
_TABLES = (".parquet", ".arrow")  # as Hugging Face has them, with recordings in a column
_PACKED = (".gz", ".tgz", ".tar", ".zip", ".7z", ".rar", *_TABLES)


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
        unpack = "unpack it, and " if is_packed(root) else ""
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
    named = sorted(
        (folder for folder in inner if subset_of(folder.name)), key=lambda path: not holds_tracks_below(path, kind)
    )
    if not named:
        return {}
    others = [folder for folder in inner if folder not in named and holds_tracks_below(folder, kind)]
    if others:
        _require_genres_alone(root, named, others, kind)
        return {}
    found: dict[str, Path] = {}
    for folder in named:
        subset = str(subset_of(folder.name))
        if subset in found and holds_tracks_below(folder, kind):
            raise MusicGenreError(f"{root} has two folders for {subset}, {found[subset].name} and {folder.name}")
        found.setdefault(subset, folder)
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

    If one of them holds tracks itself, the others' folders may be sub-genres: this gives only a warning, and so do
    folders of the same names in each, unless those in `root` are called as no genres (fold1, fold2).

    Raises:
        MusicGenreError: In either case, or if a folder holds copies of the others; the message says what to do.
    """
    inner = [folder for folder in genre_folders(root, kind) if holds_tracks_below(folder, kind)]
    for folder in inner:
        _require_no_copies(folder, [other for other in inner if other != folder], kind)
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
    if _hold_the_same(inner, kind, surely=bool(below) and alone):
        return
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


def _require_no_copies(folder: Path, others: Sequence[Path], kind: Kind) -> None:
    """Raise an error if a folder beside the genres holds folders of most of their names; warn of some names.

    Numbers and the like are no copies in a folder that is called so itself: they are its discs, or folds. Words that
    are no well-known genres may be sub-genres: two thirds of them are not enough.
    """
    beside = {plain_genre(other.name) for other in others}
    for top in (folder, *(path for path in folders_in(folder) if not holds_tracks(path, kind))):
        inner = [path for path in folders_in(top) if _may_be_genre(path.name) or _may_be_genre(folder.name)]
        same = [path for path in inner if plain_genre(path.name) in beside and holds_tracks_below(path, kind)]
        if len(same) > 1 and 2 * len(same) > len(inner):
            held = f"{folder} holds folders called as those beside it ({listed([path.name for path in same])})"
            known = all(is_genre(path.name) for path in same)
            most = 3 * len(same) >= 2 * len(beside) if known else 3 * len(same) > 2 * len(beside)
            if most and not is_genre(folder.name):
                raise MusicGenreError(f"{held}, and is no genre: move it elsewhere, {_OBEYED}")
            _log.warning("%s, but is taken as a genre: if it is none, move it elsewhere, %s.", held, _OBEYED)
            return


def _hold_the_same(inner: Sequence[Path], kind: Kind, *, surely: bool) -> bool:
    """Return whether most folders hold folders of the same names, with a warning; raise an error if it is certain."""
    found = {top: [path.name for path in folders_in(top) if _may_be_genre(path.name)] for top in inner}
    tops = [top for top in inner if found[top]]
    if len(tops) < 2 or 2 * len(tops) <= len(inner):
        return False
    tops_with = Counter(name for top in tops for name in found[top])
    common = {name for name, number in tops_with.items() if 2 * number > len(tops)}
    fullest = max(tops, key=lambda top: len(common.intersection(found[top])))
    same = sorted(name for name in common.intersection(found[fullest]) if holds_tracks_below(fullest / name, kind))
    if len(same) < 2 or 2 * len(same) <= len(tops_with):
        return False
    said = (
        f"{listed([top.name for top in tops])} hold folders of the same names ({listed(same)}). If those are the "
        f"genres, give {fullest}, or join the folders of one name (subsets may be called train, val and test); if not, "
        + _OBEYED.removeprefix("or ")
    )
    if surely or all(divides(top.name) and not is_date(top.name) for top in tops):
        raise MusicGenreError(f"{tops[0].parent} is too high up: {said}")
    _log.warning("%s may be too high up: %s.", tops[0].parent, said)
    return True


def _may_be_genre(name: str) -> bool:
    return not (divides(name) or name.isdecimal() or known_artist(name) is None)


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
            f"If {root.absolute().name} is a genre, give its parent, {root.absolute().parent}; if it holds several, "
            "name them in a table, data.labels=CSV"
        )
    if themselves := [f"{folder.name}/" for folder in genre_folders(root, kind) if holds_tracks(folder, kind)]:
        return (
            f"{root} holds {_NOUN[kind]} directly in {listed(themselves)}, not in genre folders there: put them into "
            "one folder per genre, or name their genres in a table, data.labels=CSV"
        )
    suffixes = listed(SUFFIXES[kind], "or")
    packed = [file.name for file in files_below(root, LEVELS_DOWN) if is_packed(file)]
    if packed and all(name.lower().endswith(_TABLES) for name in packed):
        return (
            f"{root} holds tables ({listed(packed[:3])}), perhaps with recordings in them: write these to files, in "
            "one folder per genre, as docs/own_data.md shows"
        )
    if packed:
        return f"{root} holds packed files ({listed(packed[:3])}): unpack them, and give the folder of genre folders"
    if any(holds_tracks_below(folder, other) for folder in folders_in(root)):
        return f"{root} holds {_NOUN[other]}, but none of the {_NOUN[kind]} asked for ({suffixes})"
    if not visible(root):
        return f"{root} is empty: give the folder that holds one folder per genre, with {suffixes} files in each"
    return f"{root} has no {suffixes} file in any of its folders: give the folder that holds one folder per genre"


def is_packed(file: Path) -> bool:
    """Return whether a file is an archive, or a table that may hold recordings, by its suffix."""
    return file.suffix.lower() in _PACKED


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
