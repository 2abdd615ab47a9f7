"""What to type next, after a training or a sweep."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from musicgenre.cli.as_typed import as_typed
from musicgenre.errors import MusicGenreError
from musicgenre.quoting import quoted
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.identity import REPEATED, value_of
from musicgenre.runs.own_configs import own_configs
from musicgenre.runs.read import read_yaml
from musicgenre.runs.run import Run
from musicgenre.runs.settings import setting_text, settings_besides
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
    hydra = _hydra(folder)
    if value_of(hydra, "hydra.runtime.choices.features", None) == "picture":  # audio cannot be turned into these
        return f"musicgenre report {quoted(f'runs={folder}')}"
    return " ".join(["musicgenre predict", *own_configs(hydra), quoted(f"run={folder}"), "audio=FILE_OR_FOLDER"])


def _hydra(folder: Path) -> Mapping[str, Any]:
    """Return a run's own Hydra config; an empty one if it was not recorded."""
    try:
        found = read_yaml(RunFolder(folder).hydra_yaml)
    except MusicGenreError:
        return {}
    return found if isinstance(found, dict) else {}


def after_sweep(folder: Path, swept: Sequence[str], jobs: Sequence[Path]) -> list[str]:
    """Return the commands that show a sweep's runs side by side: `report`, and `compare` for at most two swept keys.

    Args:
        folder: The sweep's folder.
        swept: The swept keys.
        jobs: Folders of the finished jobs; a key is compared if they have two of its values that can be paired.
    """
    runs, done = quoted(f"runs={folder}"), [Run(job) for job in jobs]
    compared = [key for key in swept if key not in (*REPEATED, *_APART) and _can_be_paired(done, key)][:2]
    return [f"musicgenre report {runs}", *(f"musicgenre compare {runs} {quoted(f'by={key}')}" for key in compared)]


def _can_be_paired(jobs: Sequence[Run], key: str) -> bool:
    """Return whether a key's values have a seed and fold in common, and no two runs of a value have equal settings."""
    runs = [run for run in jobs if _counts(run, key)]
    places: dict[str, list[tuple[Any, ...]]] = {}
    for run, besides in zip(runs, settings_besides(runs, key), strict=True):
        places.setdefault(setting_text(run, key), []).append((_repeat(run), *besides.values()))
    if len(places) < 2 or any(len({*each}) < len(each) for each in places.values()):
        return False
    return bool(set.intersection(*({repeat for repeat, *_ in each} for each in places.values())))


def _repeat(run: Run) -> tuple[str, ...]:
    return tuple(setting_text(run, key) for key in REPEATED)


def _counts(run: Run, key: str) -> bool:
    """Return whether a key has an effect on a run that can be read and has a seed."""
    try:
        return bool(run.overrides and run.choices) and run.seed is not None and not run.ignores(key)
    except MusicGenreError:  # damaged
        return False
