"""Files: why one cannot be read, atomic writes, and the cache folder."""

import errno
import hashlib
import os
import re
import shutil
import socket
import stat
import sys
import uuid
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from zipfile import BadZipFile

from platformdirs import user_cache_dir

from musicgenre.errors import MusicGenreError


def expanded(path: str | Path) -> Path:
    """Return a path with "~" replaced by the home folder.

    Raises:
        MusicGenreError: It starts with "~" and an unknown user name.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise MusicGenreError(f"the path is {path}, but there is no such user here: give the whole path") from error


NO_PERMISSION, CANNOT_OPEN = "no permission to read it", "cannot be opened"
NO_FILE, A_FOLDER, BROKEN_LINK = "no such file", "a folder, not a file", "broken link"


def is_passing(reason: str) -> bool:
    """Return whether an `unreadable_reason` is the machine's fault and not the file's.

    Example:
        >>> is_passing("cannot be opened ([Errno 24] Too many open files)"), is_passing("no such file")
        (True, False)
    """
    return reason.startswith((NO_PERMISSION, CANNOT_OPEN))


def unreadable_reason(path: Path) -> str | None:
    """Return in a few words why a file cannot be read at all.

    Args:
        path: The file.

    Returns:
        A short reason for use in a list ("empty file (0 bytes)"), or None if the file can be opened and is not empty.
    """
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            return A_FOLDER
        if not stat.S_ISREG(status.st_mode):  # opening a named pipe would block
            return "not a regular file"
        if status.st_size == 0:
            return "empty file (0 bytes)"
        with path.open("rb"):
            return None
    except FileNotFoundError:
        return f"{BROKEN_LINK} (to {path.readlink()})" if path.is_symlink() else NO_FILE
    except PermissionError:
        return NO_PERMISSION
    except (
        OSError,
        ValueError,
    ) as error:  # ValueError: a name with a null byte, or not valid in the file system's encoding
        return f"{CANNOT_OPEN} ({error})"


_STAND_INS = (
    (re.compile(rb"version https://git-lfs"), "a Git LFS pointer, not the file itself: run git lfs pull"),
    (
        re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|head|body|\?xml)\b", re.IGNORECASE),
        "HTML or XML, such as an error page, not the file itself: download it again",
    ),
    (
        re.compile(rb"\x1f\x8b|PK\x03\x04|BZh[1-9]1AY|\xfd7zXZ\0|7z\xbc\xaf|Rar!\x1a|\(\xb5/\xfd"),
        "compressed: unpack it",
    ),
)


def stand_in(head: bytes) -> str:
    """Return what is in a file's place, and what to do, by its first bytes; empty if they do not say so.

    Example:
        >>> stand_in(b"<!DOCTYPE html>"), stand_in(b"RIFF....WAVEfmt ")
        ('HTML or XML, such as an error page, not the file itself: download it again', '')
    """
    return next((what for mark, what in _STAND_INS if mark.match(head)), "")


def bad_name() -> str:
    """Return what to do about a file name that cannot be decoded: the name or this process's encoding is at fault."""
    encoding = sys.getfilesystemencoding()
    if encoding == "utf-8":
        return "not valid Unicode: rename it"
    return f"not valid {encoding}, the encoding of file names here: set PYTHONUTF8=1 in the environment"


# Name of a draft: .NAME.HOST-PROCESS-NUMBER.
_DRAFT = re.compile(r"\..*\.(?P<host>[0-9a-f]{8})-(?P<process>\d+)-[0-9a-f]{12}", re.DOTALL)
# Errors that numpy raises for an .npz that is truncated, has a flipped bit, or is something else.
NO_ARRAYS = (
    *(OSError, ValueError, LookupError, TypeError, AttributeError, EOFError, RuntimeError),
    *(BadZipFile, zlib.error),
)
NO_ROOM = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
_CANNOT = (*NO_ROOM, errno.EROFS, errno.EACCES, errno.EPERM, errno.EFBIG, errno.EISDIR, errno.ENOTDIR, errno.EEXIST)
_LONGEST_NAME = 255  # bytes, in most file systems


@contextmanager
def draft_of(path: Path) -> Iterator[Path]:
    """Yield a draft beside `path`, for a file or a folder, which replaces `path` if the block succeeds.

    If the block fails, the draft is removed: a reader never sees an incomplete file or folder.

    Raises:
        MusicGenreError: It cannot be written there.
    """
    own = f".{_host()}-{os.getpid()}-{uuid.uuid4().hex[:12]}"  # only the owner could read tempfile's
    name = os.fsdecode(os.fsencode(f".{path.name}")[: _LONGEST_NAME - len(own)])
    draft = path.with_name(name + own)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield draft
        draft.replace(path)
    except BaseException as error:
        with suppress(OSError):
            remove(draft)
        if isinstance(error, OSError) and error.errno in _CANNOT and error.filename in (None, *_names(draft, path)):
            raise cannot_write(path, error) from error
        raise


def cannot_write(path: Path, error: OSError) -> MusicGenreError:
    """Return the error for a file or folder that cannot be written: it says where, and what to do."""
    reason = error.strerror or str(error)
    if error.errno == errno.EEXIST:  # where a folder should be created
        reason = f"{error.filename} is not a folder"
    cache = cache_or_none()
    if cache is not None and path.is_relative_to(cache):
        mend = "Set the environment variable MUSICGENRE_CACHE to a writable folder"
        if error.errno in NO_ROOM:
            mend = "Make room there, or set the environment variable MUSICGENRE_CACHE to a folder on another disk"
        return MusicGenreError(f"The cache folder {cache} cannot be written to ({reason}). {mend}.")
    mend = "Choose another folder, for example with hydra.run.dir"
    if error.errno in NO_ROOM:
        again = "run the same command again with its hydra.run.dir or hydra.sweep.dir (a training goes on)"
        mend = f"Make room on its disk and {again}"
    return MusicGenreError(f"Cannot write {path}: {reason}. {mend}.")


def remove_drafts(folder: Path, *, owned: bool = False) -> None:
    """Remove drafts that killed processes have left, from a folder and all folders below it.

    Args:
        folder: The folder.
        owned: Whether nobody else writes there. Otherwise drafts of running processes and of other machines are kept,
            whatever their age.
    """
    for path in below(folder):
        found = _DRAFT.fullmatch(path.name)
        if found and (owned or _is_left(found["host"], found["process"])):
            with suppress(OSError):  # not ours
                remove(path)


def below(folder: Path) -> Iterator[Path]:
    """Yield all paths below a folder, in no order, skipping what another process removes or renames meanwhile.

    `Path.rglob` fails in that case up to Python 3.12. Links to folders are yielded but not followed.
    """
    for parent, folders, names in os.walk(folder):
        yield from (Path(parent, name) for name in (*folders, *names))


def _names(draft: Path, path: Path) -> tuple[str, ...]:
    """Return the names by which an error may refer to a file that cannot be written, or to its folders."""
    return tuple(map(os.fspath, (draft, path, *path.parents)))


def copy_whole(source: Path, target: Path) -> None:
    """Copy a file atomically, with its timestamps."""
    with draft_of(target) as draft:
        shutil.copy2(source, draft)


def is_running(process: int) -> bool:
    """Return whether a process with this id is running on this machine."""
    if sys.platform == "win32":  # where os.kill would send a signal
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # another user's
        return True
    return True


def _is_left(host: str, process: str) -> bool:
    return host == _host() and int(process) != os.getpid() and not is_running(int(process))


def _host() -> str:
    return f"{zlib.crc32(socket.gethostname().encode()):08x}"


def remove(path: Path) -> None:
    """Remove a file, a link, or a folder with all its contents, if it exists."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def file_stem(text: str, longest: int = 120) -> str:
    """Return a file name that any system accepts, for any text: without folders and special characters.

    Args:
        text: A text such as a genre.
        longest: Most bytes of the name; a longer one is cut and gets a hash.

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
    """Write `text` to `path` atomically (UTF-8, Linux line ends)."""
    with draft_of(path) as draft:
        draft.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")  # a name need not be UTF-8


def cache_dir() -> Path:
    r"""Return the cache folder, creating it if needed.

    `MUSICGENRE_CACHE` if set; otherwise the platform's folder for caches, such as `~/.cache/musicgenre` on Linux,
    `~/Library/Caches/musicgenre` on macOS and `%LOCALAPPDATA%\musicgenre` on Windows.

    Returns:
        An absolute path; the folder may be read-only, as it may already hold all that is needed.

    Raises:
        MusicGenreError: The folder cannot be created.
    """
    folder = _chosen().absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(folder, error) from error
    return folder


def cache_or_none() -> Path | None:
    """Return the path of the cache folder, which may not exist; None if there is no home folder for one."""
    try:
        return _chosen().absolute()
    except MusicGenreError:
        return None


def _chosen() -> Path:
    if chosen := os.environ.get("MUSICGENRE_CACHE"):
        return expanded(chosen)
    with suppress(RuntimeError):  # no home folder; older versions return a path that starts with "~"
        folder = Path(user_cache_dir("musicgenre", appauthor=False, opinion=False))
        if folder.is_absolute():
            return folder
    raise MusicGenreError("There is no home folder for a cache. Set MUSICGENRE_CACHE in the environment to a folder.")
