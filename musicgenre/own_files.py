"""Files that this user's runs wrote on this machine, recognised by their content.

    CACHE/own-USER/SHA256    an empty file for each pickled model that was written here

A model from a stranger's folder has another hash, whatever its name and place.
"""

import logging
import os
import re
from contextlib import suppress
from pathlib import Path

from musicgenre.errors import MusicGenreError
from musicgenre.files import cache_dir

log = logging.getLogger(__name__)

_HASH = re.compile(r"[0-9a-f]{64}")


def remember_own(sha256: str) -> None:
    """Record that a file with this content was written here; if the cache cannot be written, warn what that means."""
    try:
        folder = _folder()
        folder.mkdir(mode=0o700, exist_ok=True)
        (folder / sha256).touch()
    except (OSError, MusicGenreError) as error:
        log.warning("The cache cannot be written (%s): reading this model.joblib will need trust=true.", error)


def is_own(sha256: str) -> bool:
    """Return whether a file with this content was written here by this user."""
    if not _HASH.fullmatch(sha256):
        return False
    with suppress(OSError, MusicGenreError):
        status = (_folder() / sha256).stat()
        return not hasattr(os, "getuid") or status.st_uid == os.getuid()
    return False


def _folder() -> Path:
    """Return this user's own folder: a cache may be shared."""
    return cache_dir() / (f"own-{os.getuid()}" if hasattr(os, "getuid") else "own")
