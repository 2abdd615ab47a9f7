"""musicgenre: music genre classification on GTZAN, from a folder of audio to a tested classifier."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from musicgenre.runs.run import Run

__version__ = "0.1.0"


def load_run(folder: str | Path) -> "Run":
    """A run folder as Python objects: `config`, `metrics`, `predictions`, `classifier`.

    Raises:
        MusicGenreError: The folder is no run.

    Example:
        >>> run = load_run("outputs/2026-01-31/12-00-00")  # doctest: +SKIP
        >>> run.metrics["test/track/accuracy"]  # doctest: +SKIP
        0.8
        >>> run.classifier("song.mp3").genre  # doctest: +SKIP
        'blues'
    """
    from musicgenre.runs import run

    return run.load_run(folder)
