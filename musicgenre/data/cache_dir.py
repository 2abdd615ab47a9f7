"""Where musicgenre keeps what it can make again: rendered corpora, decoded audio, features."""

import os
import sys
import tempfile
from pathlib import Path

from musicgenre.errors import MusicGenreError


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
