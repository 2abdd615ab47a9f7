"""Published wheels, downloaded once by pip and cached: files to read, not packages to import."""

import hashlib
import importlib.util
import logging
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from musicgenre.errors import MusicGenreError
from musicgenre.files import cache_dir, copy_whole

log = logging.getLogger(__name__)

_SECONDS = 600  # limit of a download


class Wheel(NamedTuple):
    """A published wheel: its requirement for pip, file name, size in MB and SHA-256."""

    requirement: str
    file: str
    megabytes: int
    sha256: str

    @property
    def path(self) -> Path:
        """Its path in the cache."""
        return cache_dir() / "wheels" / self.file


def fetch_wheel(wheel: Wheel) -> Path:
    """Return the path of the cached wheel, downloading it by pip (or uv's pip) if it is missing or incomplete.

    Raises:
        MusicGenreError: The download failed, or its hash is wrong.
    """
    if wheel.path.is_file() and _sha256(wheel.path) == wheel.sha256:
        return wheel.path
    log.info("Downloading %s (%d MB) with pip, once.", wheel.file, wheel.megabytes)
    with tempfile.TemporaryDirectory() as folder:
        found = Path(folder, wheel.file)
        reason = _download(wheel, folder)
        if not found.is_file():
            raise MusicGenreError(
                f"{wheel.file} cannot be downloaded ({reason}): download it on a machine with a network (pip "
                f"download --no-deps {wheel.requirement}) and put it into {wheel.path.parent}."
            )
        if _sha256(found) != wheel.sha256:
            raise MusicGenreError(
                f"The {wheel.file} that pip downloaded is not the published one (its SHA-256 is "
                f"{_sha256(found)[:16]}...): ask whoever runs the package index."
            )
        copy_whole(found, wheel.path)
    return wheel.path


def _download(wheel: Wheel, folder: str) -> str:
    """Download the wheel into a folder by pip; return the last line of its error."""
    if importlib.util.find_spec("pip") is not None:
        pip = [sys.executable, "-m", "pip"]
    elif uv := shutil.which("uv"):
        pip = [uv, "tool", "run", "--quiet", "pip"]
    else:
        return "neither pip nor uv is installed here"
    command = [*pip, "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:"]
    try:
        done = subprocess.run(
            [*command, "--dest", folder, wheel.requirement], capture_output=True, text=True, timeout=_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    lines = [line.strip().removeprefix("ERROR: ").removeprefix("cause: ") for line in done.stderr.splitlines()]
    said = [line.rstrip(".") for line in lines if line]
    return said[-1] if said else f"pip exited with status {done.returncode}"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
