"""What was tested again: by an evaluation a run, and the file of its weights; and on what data."""

from collections.abc import Sequence
from pathlib import Path

from musicgenre.errors import MusicGenreError
from musicgenre.files import expanded
from musicgenre.runs.identity import value_of
from musicgenre.runs.read import read_settings
from musicgenre.runs.run import Run
from musicgenre.runs.settings import data_of, setting_text, split_of


def run_tested_by(run: Run) -> Run | None:
    """Return the run that an evaluation tested again; None if it is gone, or its folder now holds another one.

    Args:
        run: The evaluation.
    """
    try:
        place = expanded(str(value_of(run.config, "run", "")))
        if not place.is_absolute():
            place = Path(str(value_of(read_settings(run.files.hydra_yaml), "hydra.runtime.cwd", ""))) / place
        # of a checkpoint, which may have been removed, or the folder itself
        found = Run(place.parent.parent if place.suffix == ".ckpt" or place.is_file() else place)
        _ = (found.config, found.choices, found.overrides)  # raises if one is missing or damaged
        signatures = {run.metrics.get("signature") if run.is_finished else None, found.files.recorded("signature")}
        is_another = bool(found.evaluated) or len(signatures - {None}) > 1
    except (MusicGenreError, OSError):
        return None
    return None if is_another else found


def file_tested_by(run: Run) -> str:
    """Return the file of the weights that an evaluation tested, however its run was typed; as typed if that is gone.

    Args:
        run: The evaluation.
    """
    named = setting_text(run, "run")
    if run.tested is None:
        return named
    files = run.tested.files
    return str((files.checkpoints / Path(named).name if named.endswith(".ckpt") else files.tested_ckpt).resolve())


def where_tested(runs: Sequence[Run]) -> dict[str, str]:
    """Return data and split of runs, for the results of an ensemble of them or of an evaluation of one."""
    data, splits = (dict.fromkeys(part for run in runs for part in of(run).split(" + ")) for of in (data_of, split_of))
    return {"data": " + ".join(data), "split": " + ".join(splits)}
