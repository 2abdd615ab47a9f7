"""List the contents of a folder of music, and set aside folders of results in it."""

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from musicgenre.data.corpus.tracks import SUFFIXES, Kind
from musicgenre.errors import MusicGenreError
from musicgenre.files import cache_or_none

LEVELS_DOWN = 4  # levels searched below a folder, to tell genres from the folders above them
_RUN_FILES = (".lock", ".running", "musicgenre.log", "multirun.yaml")  # one of them is in every folder of results
_OF_RUNS = ("outputs", "multirun")  # the default folders for these
_OF_A_RUN = re.compile(r"figures|embeddings|checkpoints|gan|cnn|net|samples|audio|epoch_\d+")  # folders in a run folder
_BY_TIME = re.compile(r"\d\d-\d\d-\d\d(?!\d)")  # their default names
_HIDDEN = re.compile(r"\.(?![.\d])")
_OF_SYSTEMS = re.compile(  # hidden names that are not titles
    r"\.[\W_]|\.(?:trash(?:es|ed)?|AppleDouble|TemporaryItems|git|svn|hg|cache|thumbnails|snapshots?|zfs"
    r"|ipynb_checkpoints|recycle(?:d|r|[ _-]?bin)?|stversions|stfolder|sync|dropbox|Spotlight-V100|fseventsd"
    r"|DocumentRevisions-V100)\b",
    re.IGNORECASE,
)
_OF_DISKS = {"__macosx", "lost+found", "system volume information", "$recycle.bin"}
_OF_DISKS |= {"#recycle", "#snapshot", "@eadir", "@recycle", "@recently-snapshot", "@tmp"}  # of Synology and QNAP


def is_hidden(name: str) -> bool:
    """Return whether a name is hidden, and not a title that begins with dots.

    Example:
        >>> is_hidden(".cache"), is_hidden("._a.mp3"), is_hidden("...And Justice for All"), is_hidden(".38 Special")
        (True, True, False, False)
    """
    return bool(_HIDDEN.match(name))


def is_passed_over(name: str) -> bool:
    """Return whether a name is hidden, or that of a system's folder, such as a bin for deleted files.

    Example:
        >>> is_passed_over("#recycle"), is_passed_over("@eaDir"), is_passed_over("._a.mp3"), is_passed_over("#1 Hits")
        (True, True, True, False)
        >>> is_passed_over("RECYCLER"), is_passed_over("Recycler")  # of Windows XP, and an album
        (True, False)
    """
    return is_hidden(name) or name.casefold() in _OF_DISKS or name == "RECYCLER"


def is_in_icloud(name: str, kind: Kind) -> bool:
    """Return whether a name stands for a track that macOS has moved to iCloud.

    Example:
        >>> is_in_icloud(".so what.mp3.icloud", "audio"), is_in_icloud(".cover.jpg.icloud", "audio")
        (True, False)
    """
    return is_hidden(name) and name.endswith(".icloud") and Path(name).with_suffix("").suffix.lower() in SUFFIXES[kind]


def hides_tracks(path: Path, kind: Kind) -> bool:
    """Return whether a hidden name may be a title: a track (`.Paak.mp3`) or a folder of tracks, not a system's own."""
    if is_in_icloud(path.name, kind):
        return True
    if not is_hidden(path.name) or _OF_SYSTEMS.match(path.name):
        return False
    with suppress(MusicGenreError):  # no permission to list the folder
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
        Their paths. Links that lead back to the folder, or to one above, are skipped.
    """
    inner = [path for path in visible(folder) if path.is_dir()]
    return [path for path in inner if not (path.is_symlink() and _leads_back(path, (folder,)))]


def genre_folders(root: Path, kind: Kind) -> list[Path]:
    """List the folders in a folder, sorted, without hidden ones and `run_folders`.

    Args:
        root: Where to look.
        kind: Kind of the tracks.

    Returns:
        Their paths.
    """
    of_runs = run_folders(root, kind)
    return [path for path in folders_in(root) if path not in of_runs]


def run_folders(root: Path, kind: Kind) -> list[Path]:
    """List the folders in a folder that hold results, or the cache, and no tracks, such as outputs/.

    Args:
        root: Where to look.
        kind: Kind of the tracks.

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


def _holds_results(folder: Path) -> bool:
    """Return whether a folder below a genre's holds results, and is not a folder of tracks with results beside them."""
    if not _is_run(folder):
        return False
    return bool(_BY_TIME.match(folder.name)) or not any(holds_tracks(folder, kind) for kind in SUFFIXES)


def _holds_run(folder: Path, levels: int) -> bool:
    return any(_is_run(path) or (levels > 0 and _holds_run(path, levels - 1)) for path in folders_in(folder))


def files_in(folder: Path) -> list[Path]:
    """List the files in a folder, sorted, without hidden ones; broken links are included.

    Args:
        folder: Where to look.

    Returns:
        Their paths.
    """
    return [path for path in visible(folder) if not path.is_dir()]


def files_below(folder: Path, levels: int | None = None, passed: list[Path] | None = None) -> Iterator[Path]:
    """List the files in a folder and those below it, sorted, without hidden names and folders of results.

    Args:
        folder: Where to look.
        levels: Number of levels down; None for all.
        passed: List to which hidden names and folders of results are added.

    Returns:
        Paths; those in the folder itself first. Links that lead back to a folder above are skipped.
    """
    return _below(folder, levels, passed, (folder,))


def _below(folder: Path, levels: int | None, passed: list[Path] | None, above: tuple[Path, ...]) -> Iterator[Path]:
    yield from files_in(folder)
    if passed is not None:
        passed += hidden_in(folder)
    if levels != 0:
        for inner in folders_in(folder):
            if _holds_results(inner):
                if passed is not None:
                    passed.append(inner)
            elif not (inner.is_symlink() and _leads_back(inner, above)):
                yield from _below(inner, levels and levels - 1, passed, (*above, inner))


def _leads_back(link: Path, above: Iterable[Path]) -> bool:
    """Return whether a link leads to one of the folders that it was reached by, or to one above them."""
    target = link.resolve()
    return any(folder.resolve().is_relative_to(target) for folder in above)


def holds_tracks_below(folder: Path, kind: Kind) -> bool:
    """Return whether a folder, or one below it, holds a track."""
    return any(file.suffix.lower() in SUFFIXES[kind] for file in files_below(folder, LEVELS_DOWN))


def visible(folder: Path) -> list[Path]:
    """List the contents of a folder, sorted, without hidden names and system folders.

    Raises:
        MusicGenreError: There is no permission to list the folder.
    """
    try:
        names = sorted(folder.iterdir())
    except PermissionError as error:
        raise MusicGenreError(f"no permission to list the folder {folder}") from error
    return [path for path in names if not is_passed_over(path.name)]


def holds_tracks(folder: Path, kind: Kind) -> bool:
    """Return whether a folder holds a track itself.

    Raises:
        MusicGenreError: There is no permission to list the folder.
    """
    try:
        with os.scandir(folder) as entries:
            shown = (entry for entry in entries if not is_hidden(entry.name))
            names = ((entry, Path(entry.name).suffix.lower()) for entry in shown)
            return any(suffix in SUFFIXES[kind] and not entry.is_dir() for entry, suffix in names)
    except PermissionError as error:
        raise MusicGenreError(f"no permission to list the folder {folder}") from error
