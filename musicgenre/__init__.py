"""musicgenre: music genre classification on GTZAN, from a folder of audio to a tested classifier."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from musicgenre.runs import Run

__version__ = "0.1.0"


def load_run(folder: str | Path) -> "Run":
    """A run folder as Python objects: `config`, `metrics`, `predictions`, `classifier`.

    Raises:
        MusicGenreError: The folder is no run.
    """
    from musicgenre import runs  # imports torch and Lightning, which `import musicgenre` does not

    return runs.load_run(folder)
