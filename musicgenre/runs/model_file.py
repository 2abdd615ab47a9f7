"""The file of a run's model, found without reading it, or why there is none."""

from pathlib import Path

from musicgenre.errors import MusicGenreError
from musicgenre.quoting import quoted
from musicgenre.runs.find import newest_run
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.sums import was_written


def checkpoint_of(path: Path) -> Path:
    """Return the checkpoint that a path stands for: the file itself, or the one that the run has tested."""
    return path if path.is_file() else RunFolder(path).tested_ckpt


def model_of(path: Path) -> Path:
    """Return the model file that a path stands for: a checkpoint, or a fitted pipeline if there is none.

    Raises:
        MusicGenreError: The folder is not a run, is unfinished, or holds a GAN alone.
    """
    folder, checkpoint = RunFolder(path), checkpoint_of(path)
    other = checkpoint == folder.best_ckpt and not path.is_file() and was_written(folder.chosen_ckpt)  # than was tested
    if checkpoint.is_file() and not other:  # a pickled model is only read if there is nothing else
        return checkpoint
    if folder.model_joblib.is_file() and not other:
        return folder.model_joblib
    raise MusicGenreError(_why_not_trained(folder))


def _why_not_trained(folder: RunFolder) -> str:
    found = "no such folder" if not folder.path.is_dir() else f"no {folder.tested_ckpt.relative_to(folder.path)} in it"
    if newest := newest_run(folder.path):
        return f"{folder.path} is a folder of runs: give one of them, such as the newest, {quoted(f'run={newest}')}."
    if lost := next(filter(was_written, (folder.chosen_ckpt, folder.best_ckpt, folder.model_joblib)), None):
        return f"{lost}, the model that this run wrote, is missing: copy it back, or train again."
    if folder.written_by() == "gan" and folder.metrics_json.is_file():
        draw, add = (quoted(f"{key}={folder.path}") for key in ("run", "gan_run"))
        return (
            f"{folder.path} holds a GAN, which classifies nothing: draw from it with `musicgenre generate {draw}`, or "
            f"give {add} to `musicgenre train`."
        )
    if folder.written_by() == "gan":
        found = "it holds a GAN that is not finished"
    elif folder.metrics_json.is_file():
        found = "it holds results but no model: those of an ensemble, of a test, or of a version that kept none"
    return (
        f"{folder.path} is not a trained run ({found}): give a folder that `musicgenre train` wrote, "
        "such as outputs/DATE/TIME or multirun/DATE/TIME/NAME."
    )
