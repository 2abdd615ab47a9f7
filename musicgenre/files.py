"""Files: what can be wrong with one, written whole or not at all, and where the cache lies."""

import hashlib
import os
import re
import shutil
import stat
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from platformdirs import user_cache_dir

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
    """Give a draft beside `path`, for a file or a folder: it takes the place of `path` where the block ends well.

    Where the block fails, the draft is removed: a reader never sees half of a file, nor half of a folder.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    shown = path.name.encode("utf-8", "replace")[:180].decode("utf-8", "ignore")  # of the 255 bytes that systems take
    draft = path.with_name(f".{shown}.{uuid.uuid4().hex}")  # tempfile's would be closed to everybody else
    try:
        yield draft
        draft.replace(path)
    except BaseException:
        if draft.is_dir():
            shutil.rmtree(draft, ignore_errors=True)
        else:
            draft.unlink(missing_ok=True)
        raise


def file_stem(text: str, longest: int = 120) -> str:
    """Return a name for a file that any system takes, whatever the text is: no folder, no sign that means anything.

    Args:
        text: Such as a genre.
        longest: Bytes of the name; of a longer one its hash is kept.

    Example:
        >>> file_stem("jazz"), file_stem("../../x"), file_stem("b[red] &/or"), file_stem("блюз")
        ('jazz', '_.._.._x', 'b_red_ &_or', 'блюз')
    """
    name = re.sub(r"[^\w .+=&-]+", "_", text).strip() or "_"
    content = name.encode("utf-8", "replace")
    if len(content) > longest:
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        name = content[: longest - 9].decode("utf-8", "ignore") + f"-{digest}"
    return f"_{name}" if name.startswith(".") else name


def replace_text(path: Path, text: str) -> None:
    """Write `text` to `path` (UTF-8) through a draft."""
    with draft_of(path) as draft:
        draft.write_text(text, encoding="utf-8", errors="backslashreplace")  # a file's name need not be UTF-8


def cache_dir() -> Path:
    r"""Return the cache folder, made if it is not there yet.

    `MUSICGENRE_CACHE` if set; else the platform's own place for caches, such as `~/.cache/musicgenre` on Linux,
    `~/Library/Caches/musicgenre` on macOS and `%LOCALAPPDATA%\musicgenre` on Windows.

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
    with suppress(RuntimeError):  # where there is no home folder; older versions give a path that begins with "~"
        folder = Path(user_cache_dir("musicgenre", appauthor=False, opinion=False))
        if folder.is_absolute():
            return folder
    raise MusicGenreError("There is no home folder for a cache. Set MUSICGENRE_CACHE in the environment to a folder.")
