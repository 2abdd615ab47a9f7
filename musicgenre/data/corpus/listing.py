"""List what lies in a folder of music, with the folders of results set aside that lie in it, too."""

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from musicgenre.data.corpus.tracks import SUFFIXES, Kind
from musicgenre.errors import MusicGenreError
from musicgenre.files import cache_or_none

LEVELS_DOWN = 4  # how far below a folder is looked around, to tell genres from what lies above them
_RUN_FILES = (".lock", ".running", "musicgenre.log", "multirun.yaml")  # one of them is in every folder of results
_OF_RUNS = ("outputs", "multirun")  # what such folders lie in, where nobody chose another
_OF_A_RUN = re.compile(r"figures|embeddings|checkpoints|gan|cnn|net|samples|audio|epoch_\d+")  # folders in a run's
_BY_TIME = re.compile(r"\d\d-\d\d-\d\d(?!\d)")  # what they are called, where nobody chose another name
_HIDDEN = re.compile(r"\.(?![.\d])")
_OF_SYSTEMS = re.compile(  # hidden names that are nobody's title
    r"\.[\W_]|\.(?:trash(?:es|ed)?|AppleDouble|TemporaryItems|git|svn|hg|cache|thumbnails|snapshots?|zfs|ipynb_checkpoints)\b",
    re.IGNORECASE,
)
_OF_DISKS = ("__MACOSX", "lost+found", "System Volume Information", "$RECYCLE.BIN")


def is_hidden(name: str) -> bool:
    """Tell whether a name is a hidden one, and no title that begins with dots.

    Example:
        >>> is_hidden(".cache"), is_hidden("._a.mp3"), is_hidden("...And Justice for All"), is_hidden(".38 Special")
        (True, True, False, False)
    """
    return bool(_HIDDEN.match(name))


def hides_tracks(path: Path, kind: Kind) -> bool:
    """Tell whether a hidden name may be a title: a track (`.Paak.mp3`), or a folder of tracks, that no system keeps."""
    if not is_hidden(path.name) or _OF_SYSTEMS.match(path.name):
        return False
    with suppress(MusicGenreError):  # a folder that may not be listed
        return holds_tracks_below(path, kind) if path.is_dir() else path.suffix.lower() in SUFFIXES[kind]
    return False


def hidden_in(folder: Path) -> list[Path]:
    """List the hidden names in a folder, sorted."""
    return sorted(path for path in folder.iterdir() if is_hidden(path.name))


def folders_in(folder: Path) -> list[Path]:
    """List the folders in a folder, sorted, without hidden ones.

    Args:
        folder: Where to look.

    Returns:
        Their paths.
    """
    return [path for path in visible(folder) if path.is_dir()]


def genre_folders(root: Path, kind: Kind) -> list[Path]:
    """List the folders in a folder, sorted, without those that hold results and no tracks: `run_folders`.

    Args:
        root: Where to look.
        kind: Of the tracks.

    Returns:
        Their paths. Links that lead back to the folder, or to one above, are passed over.
    """
    of_runs = run_folders(root, kind)
    inner = [path for path in folders_in(root) if path not in of_runs]
    return [path for path in inner if not (path.is_symlink() and _leads_back(path, (root,)))]


def run_folders(root: Path, kind: Kind) -> list[Path]:
    """List the folders in a folder that hold results, or the cache, and no tracks: outputs/ beside the genres.

    Args:
        root: Where to look.
        kind: Of the tracks.

    Returns:
        Their paths.
    """
    return [path for path in folders_in(root) if not holds_tracks(path, kind) and _is_of_ours(path, kind)]


def _is_of_ours(folder: Path, kind: Kind) -> bool:
    if folder.absolute() == cache_or_none():
        return True
    if _is_run(folder):
        beside = [inner for inner in folders_in(folder) if not _OF_A_RUN.fullmatch(inner.name)]
        return not any(holds_tracks_below(inner, kind) for inner in beside)
    if holds_tracks_below(folder, kind):
        return False
    return _holds_run(folder, 2) or (folder.name in _OF_RUNS and not any(files_below(folder, LEVELS_DOWN)))


def _is_run(folder: Path) -> bool:
    return any(os.path.isfile(folder / name) for name in _RUN_FILES)  # noqa: PTH113  # False without permission, too


def _is_passed_over(folder: Path) -> bool:
    """Tell whether a folder below a genre's holds results: not where somebody left some beside tracks."""
    if not _is_run(folder):
        return False
    return bool(_BY_TIME.match(folder.name)) or not any(holds_tracks(folder, kind) for kind in SUFFIXES)


def _holds_run(folder: Path, levels: int) -> bool:
    return any(_is_run(path) or (levels > 0 and _holds_run(path, levels - 1)) for path in folders_in(folder))


def files_in(folder: Path) -> list[Path]:
    """List what is no folder in a folder, sorted, without hidden files; broken links are among them.

    Args:
        folder: Where to look.

    Returns:
        Their paths.
    """
    return [path for path in visible(folder) if not path.is_dir()]


def files_below(folder: Path, levels: int | None = None, passed: list[Path] | None = None) -> Iterator[Path]:
    """List what is no folder in a folder and in those below it, sorted, without hidden names and folders of results.

    Args:
        folder: Where to look.
        levels: How many folders down; None for all.
        passed: Gets the hidden names and the folders of results, as they are met.

    Returns:
        Paths; those in the folder itself first. Links that lead back to a folder above are passed over.
    """
    return _below(folder, levels, passed, (folder,))


def _below(folder: Path, levels: int | None, passed: list[Path] | None, above: tuple[Path, ...]) -> Iterator[Path]:
    yield from files_in(folder)
    if passed is not None:
        passed += hidden_in(folder)
    if levels != 0:
        for inner in folders_in(folder):
            if _is_passed_over(inner):
                if passed is not None:
                    passed.append(inner)
            elif not (inner.is_symlink() and _leads_back(inner, above)):
                yield from _below(inner, levels and levels - 1, passed, (*above, inner))


def _leads_back(link: Path, above: Iterable[Path]) -> bool:
    """Tell whether a link leads to one of the folders that it was reached by, or to what holds one of them."""
    target = link.resolve()
    return any(folder.resolve().is_relative_to(target) for folder in above)


def holds_tracks_below(folder: Path, kind: Kind) -> bool:
    """Tell whether a folder, or one below it, holds a track."""
    return any(file.suffix.lower() in SUFFIXES[kind] for file in files_below(folder, LEVELS_DOWN))


def visible(folder: Path) -> list[Path]:
    """List what lies in a folder, sorted, without hidden names and what disks keep for themselves.

    Raises:
        MusicGenreError: The folder may not be listed.
    """
    try:
        names = sorted(folder.iterdir())
    except PermissionError as error:
        raise MusicGenreError(f"no permission to list the folder {folder}") from error
    return [path for path in names if not is_hidden(path.name) and path.name not in _OF_DISKS]


def holds_tracks(folder: Path, kind: Kind) -> bool:
    """Tell whether a folder holds a track itself.

    Raises:
        MusicGenreError: The folder may not be listed.
    """
    try:
        with os.scandir(folder) as entries:
            shown = (entry for entry in entries if not is_hidden(entry.name))
            names = ((entry, Path(entry.name).suffix.lower()) for entry in shown)
            return any(suffix in SUFFIXES[kind] and not entry.is_dir() for entry, suffix in names)
    except PermissionError as error:
        raise MusicGenreError(f"no permission to list the folder {folder}") from error
