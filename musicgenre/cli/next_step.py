"""What to type next, after a training or a sweep."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from musicgenre.cli.as_typed import as_typed
from musicgenre.errors import MusicGenreError
from musicgenre.quoting import quoted
from musicgenre.runs.find import find_runs
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.identity import REPEATED, value_of
from musicgenre.runs.own_configs import own_parts
from musicgenre.runs.read import read_yaml
from musicgenre.runs.run import Run
from musicgenre.runs.settings import repeat_of
from musicgenre.transcript import show

_APART = ("split", "data")  # groups whose runs cannot be compared with each other


def show_next(folder: Path) -> None:
    """Show the next command for a run that has just finished; nothing if the folder holds none."""
    if RunFolder(folder).metrics_json.is_file():
        show(f"Next: {as_typed(after_run(folder))}")


def after_run(folder: Path) -> str:
    """Return the command that classifies songs with a run, or, if it was trained on pictures, reports on it.

    Example:
        >>> after_run(Path("outputs/mine"))
        'musicgenre predict run=outputs/mine audio=FILE_OR_FOLDER'
    """
    files = RunFolder(folder)
    hydra, config = _read(files.hydra_yaml), _read(files.config_yaml)
    if value_of(hydra, "hydra.runtime.choices.features", None) == "picture":  # audio cannot be turned into these
        return f"musicgenre report {quoted(f'runs={folder}')}"
    return " ".join(["musicgenre predict", *own_parts(hydra, config), quoted(f"run={folder}"), "audio=FILE_OR_FOLDER"])


def _read(path: Path) -> Mapping[str, Any]:
    """Return one of a run's configs; an empty one if it was not recorded."""
    try:
        found = read_yaml(path)
    except MusicGenreError:
        return {}
    return found if isinstance(found, dict) else {}


def after_sweep(folder: Path, swept: Sequence[str]) -> list[str]:
    """Return the commands that show a sweep's runs side by side: `report`, and `compare` for at most two swept keys.

    Tested runs are compared where all have one seed and fold, not where they are repeats of each other, and by nothing
    that they inherit.

    Example:
        >>> after_sweep(Path("multirun/mine"), ["optimizer", "seed"])
        ['musicgenre report runs=multirun/mine', 'musicgenre compare runs=multirun/mine by=optimizer']
    """
    runs = quoted(f"runs={folder}")
    found = [Run(path) for path in find_runs(folder)] if folder.is_dir() else []
    idle = [key for key in swept if any(run.inherits(key) for run in found[:1])]
    compared = [key for key in swept if key not in (*REPEATED, *_APART, *idle)]
    if "run" in compared and len({*map(repeat_of, found)}) > 1:
        compared.remove("run")
    return [f"musicgenre report {runs}", *(f"musicgenre compare {runs} {quoted(f'by={key}')}" for key in compared[:2])]
