"""Recordings that ffmpeg makes; a test is skipped where it cannot."""

import subprocess
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from musicgenre.data.audio import ffmpeg

needs_ffmpeg = pytest.mark.skipif(not ffmpeg.installed(), reason="ffmpeg is not installed")
SOUND = "-f lavfi -i sine=frequency=440:duration=3:sample_rate=44100"
PICTURE = "-f lavfi -i testsrc=duration=6:size=64x64:rate=5"


@cache  # each takes a tenth of a second
def by_ffmpeg(suffix: str, how: str) -> bytes:
    """Make a file with ffmpeg's arguments."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"a.{suffix}"
        if subprocess.run(["ffmpeg", "-v", "error", *how.split(), path], check=False, capture_output=True).returncode:
            pytest.skip("this ffmpeg cannot write it")
        return path.read_bytes()


@cache
def piped(how: str) -> bytes:
    """Make a file with ffmpeg's arguments in a pipe, where it cannot go back to write sizes."""
    made = subprocess.run(["ffmpeg", "-v", "error", *how.split(), "pipe:1"], check=False, capture_output=True)
    if made.returncode:
        pytest.skip("this ffmpeg cannot write it")
    return made.stdout
