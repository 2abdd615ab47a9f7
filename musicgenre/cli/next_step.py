"""What one would type next, after a training or a sweep."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from musicgenre.cli.as_typed import as_typed
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.identity import REPEATED
from musicgenre.transcript import show

_APART = ("split", "data")  # what keeps runs from being compared


def show_next(folder: Path) -> None:
    """Show what can be done with a run that was just finished; nothing where the folder holds none."""
    if RunFolder(folder).metrics_json.is_file():
        show(f"Next: {as_typed(after_run(folder))}")


def after_run(folder: Path) -> str:
    """Return the command that hears songs with a run.

    Example:
        >>> after_run(Path("outputs/mine"))
        'musicgenre predict run=outputs/mine audio=FILE_OR_FOLDER'
    """
    return f"musicgenre predict {shlex.quote(f'run={folder}')} audio=FILE_OR_FOLDER"


def after_sweep(folder: Path, swept: Sequence[str]) -> list[str]:
    """Return the commands that lay a sweep's runs side by side; `compare` where one key was swept beside repeats.

    Args:
        folder: Of the sweep.
        swept: Its keys.

    Example:
        >>> after_sweep(Path("multirun/mine"), ["seed", "optimizer"])
        ['musicgenre report runs=multirun/mine', 'musicgenre compare runs=multirun/mine by=optimizer']
        >>> after_sweep(Path("multirun/mine"), ["optimizer", "optimizer.lr"])
        ['musicgenre report runs=multirun/mine']
    """
    runs = shlex.quote(f"runs={folder}")
    settings = [key for key in swept if key not in REPEATED]
    compared = [key for key in settings if key not in _APART] if len(settings) == 1 else []
    return [f"musicgenre report {runs}", *(f"musicgenre compare {runs} by={key}" for key in compared)]
