"""What can be wrong with a file before anyone looks inside it."""

import stat
from pathlib import Path


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
