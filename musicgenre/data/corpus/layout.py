"""Look around a folder that should be ROOT/GENRE/FILE, and explain how it is not."""

from collections.abc import Sequence
from pathlib import Path

from musicgenre.data.corpus.tracks import SUFFIXES, Kind
from musicgenre.errors import MusicGenreError

_NOUN: dict[Kind, str] = {"audio": "audio files", "picture": "pictures"}
_LEVELS_DOWN = 3


def require_folder(root: Path) -> None:
    """Stop unless `root` is a folder.

    Args:
        root: What the user gave.

    Raises:
        MusicGenreError: If there is nothing at `root`, or a file.
    """
    if root.is_dir():
        return
    if root.exists():
        raise MusicGenreError(f"{root} is a file: give the folder that holds one folder a genre")
    above = next(parent for parent in root.absolute().parents if parent.is_dir())
    raise MusicGenreError(f"there is no folder {root} (what exists of it is {above}): check the path")


def folders_in(folder: Path) -> list[Path]:
    """List the folders in a folder, sorted, without hidden ones.

    Args:
        folder: Where to look.

    Returns:
        Their paths.
    """
    return [path for path in _visible(folder) if path.is_dir()]


def files_in(folder: Path) -> list[Path]:
    """List what is no folder in a folder, sorted, without hidden files; broken links are among them.

    Args:
        folder: Where to look.

    Returns:
        Their paths.
    """
    return [path for path in _visible(folder) if not path.is_dir()]


def listed(names: Sequence[str], word: str = "and") -> str:
    """Join names as in a sentence.

    Args:
        names: At least one.
        word: What stands before the last.

    Returns:
        The text.

    Example:
        >>> listed(["blues", "jazz", "rock"])
        'blues, jazz and rock'
    """
    return f" {word} ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def explain_no_tracks(root: Path, kind: Kind) -> str:
    """Say why no folder in `root` holds tracks, and which folder to give instead.

    Args:
        root: A folder none of whose folders holds a track.
        kind: What was looked for.

    Returns:
        The message for the user.
    """
    other: Kind = "picture" if kind == "audio" else "audio"
    if _holds_tracks(root, kind):
        return (
            f"{root} holds {_NOUN[kind]} itself; tracks are expected one folder down, one folder a genre. "
            f"If {root.absolute().name} is a genre, give its parent, {root.absolute().parent}"
        )
    below = _roots_below(root, kind, _LEVELS_DOWN)
    if below:
        instead = listed([str(path) for path in below], "or")
        return f"{root} is too high up: give {instead}, where the genre folders lie"
    suffixes = listed(SUFFIXES[kind], "or")
    if any(_holds_tracks(folder, other) for folder in folders_in(root)):
        return f"{root} holds {_NOUN[other]}, but none of the {_NOUN[kind]} asked for ({suffixes})"
    if not _visible(root):
        return f"{root} is empty: give the folder that holds one folder a genre, with {suffixes} files in each"
    return f"{root} has no {suffixes} file in any of its folders: give the folder that holds one folder a genre"


def _visible(folder: Path) -> list[Path]:
    try:
        names = sorted(folder.iterdir())
    except PermissionError as error:
        raise MusicGenreError(f"no permission to list the folder {folder}") from error
    return [path for path in names if not path.name.startswith(".") and path.name != "__MACOSX"]


def _holds_tracks(folder: Path, kind: Kind) -> bool:
    return any(file.suffix.lower() in SUFFIXES[kind] for file in files_in(folder))


def _roots_below(folder: Path, kind: Kind, levels: int) -> list[Path]:
    """Find the nearest folders below that hold folders with tracks."""
    if levels == 0:
        return []
    inner = folders_in(folder)
    here = [path for path in inner if any(_holds_tracks(genre, kind) for genre in folders_in(path))]
    return here or [root for path in inner for root in _roots_below(path, kind, levels - 1)]
