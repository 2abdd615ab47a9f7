"""Files: what can be wrong with one, written whole or not at all, and where the cache lies."""

import os
import stat
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from musicgenre.errors import MusicGenreError


def unreadable_reason(path: Path) -> str | None:
    """Say in a few words why a file cannot be read at all.

    Args:
        path: The file.

    Returns:
        A short reason that reads well in a list ("empty file (0 bytes)"), or None if the file opens and holds
        bytes.
    """
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            return "a folder, not a file"
        if not stat.S_ISREG(status.st_mode):  # opening a named pipe would wait for ever
            return "not a regular file"
        if status.st_size == 0:
            return "empty file (0 bytes)"
        with path.open("rb"):
            return None
    except FileNotFoundError:
        return f"broken link (to {path.readlink()})" if path.is_symlink() else "no such file"
    except PermissionError:
        return "no permission to read it"
    except (
        OSError,
        ValueError,
    ) as error:  # ValueError: a name with a null byte, or not valid in the file system's encoding
        return f"cannot be opened ({error})"


@contextmanager
def draft_of(path: Path) -> Iterator[Path]:
    """A draft to write beside `path`, which takes its place where the block ends well and is removed where it fails.

    A reader never sees half of the file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}")  # tempfile's would be closed to everybody else
    try:
        yield draft
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def replace_text(path: Path, text: str) -> None:
    """Write `text` to `path` (UTF-8) through a draft."""
    with draft_of(path) as draft:
        draft.write_text(text, encoding="utf-8")


def cache_dir() -> Path:
    r"""The cache folder, made if it is not there yet.

    `MUSICGENRE_CACHE` if set; else the platform's own place for caches: `$XDG_CACHE_HOME/musicgenre` or
    `~/.cache/musicgenre`, `~/Library/Caches/musicgenre` on macOS, `%LOCALAPPDATA%\musicgenre` on Windows.

    Returns:
        An absolute path to a folder that can be written to.

    Raises:
        MusicGenreError: The folder cannot be made or written to.
    """
    folder = _chosen().absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        message = (
            f"The cache folder {folder} cannot be written to ({error.strerror or error}). "
            "Set the environment variable MUSICGENRE_CACHE to a folder that can."
        )
        raise MusicGenreError(message) from error
    return folder


def _chosen() -> Path:
    if chosen := os.environ.get("MUSICGENRE_CACHE"):
        return Path(chosen).expanduser()
    try:
        return _platform_caches() / "musicgenre"
    except RuntimeError as error:  # Path.home() where there is no home folder
        message = "There is no home folder for a cache. Set MUSICGENRE_CACHE in the environment to a folder."
        raise MusicGenreError(message) from error


def _platform_caches() -> Path:
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return Path(local) if local else Path.home() / "AppData" / "Local"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    xdg = os.environ.get("XDG_CACHE_HOME")
    return Path(xdg) if xdg else Path.home() / ".cache"
