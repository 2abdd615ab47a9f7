"""Files that this user's runs wrote on this machine, known again by their content.

    CACHE/own/SHA256    an empty file for each pickled model that was written here

A model that came with a stranger's folder has another hash, whatever it is called and wherever it lies.
"""

import os
import re
from contextlib import suppress

from musicgenre.errors import MusicGenreError
from musicgenre.files import cache_dir

_HASH = re.compile(r"[0-9a-f]{64}")


def remember_own(sha256: str) -> None:
    """Note that a file of this content was written here; where no cache can be written, nothing is noted."""
    with suppress(OSError, MusicGenreError):
        folder = cache_dir() / "own"
        folder.mkdir(mode=0o700, exist_ok=True)
        (folder / sha256).touch()


def is_own(sha256: str) -> bool:
    """Return whether a file of this content was written here, by this user."""
    if not _HASH.fullmatch(sha256):
        return False
    with suppress(OSError, MusicGenreError):
        status = (cache_dir() / "own" / sha256).stat()
        return not hasattr(os, "getuid") or status.st_uid == os.getuid()  # a cache may be shared
    return False
