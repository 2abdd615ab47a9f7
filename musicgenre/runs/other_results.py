"""Results of commands that train nothing, in a run folder: what each writes, and what of an earlier call goes first."""

from contextlib import suppress
from pathlib import Path

from musicgenre.errors import MusicGenreError
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.job import Job
from musicgenre.runs.read import read_metrics

_FIGURES = ("figures/confusion_*.png", "figures/genres_*.png", "figures/deformations.png")
WRITTEN = {  # by each command, as patterns of names; metrics.json says that a folder is complete
    "evaluate": (
        "metrics.json", "predictions.csv", "genres.csv", "split.csv", "skipped.csv", "tracks.csv", "deformations.csv",
        *_FIGURES,
    ),
    "ensemble": ("metrics.json", "predictions.csv", "genres.csv", *_FIGURES),
    "predict": ("tracks.csv", "predictions.csv", "segments.csv", "predictions.json"),
}  # fmt: skip


def refuse_training_run(folder: RunFolder) -> None:
    """Make sure that a folder holds no training run, whose results would be overwritten.

    Raises:
        MusicGenreError: It does.
    """
    if folder.signature() is not None:
        raise MusicGenreError(
            f"{folder.path} holds a training run, whose results would be overwritten: choose another hydra.run.dir."
        )


def refuse_others(folder: RunFolder, command: str) -> None:
    """Make sure that a command may write its results into a folder.

    Raises:
        MusicGenreError: The folder holds a training run, or files that are called like the command's and that it did
            not write: they would be overwritten.
    """
    refuse_training_run(folder)
    if folder.written_by() == command:
        return
    if found := [path.relative_to(folder.path).as_posix() for path in _files(folder, command)]:
        raise MusicGenreError(
            f"{folder.path} holds {', '.join(found[:3])}, which musicgenre {command} did not write and would "
            "overwrite: choose another hydra.run.dir."
        )


def begin_others(folder: RunFolder, command: str, job: Job | None) -> None:
    """Remove what an earlier call of a command has left, which would be taken for part of what is found now.

    Args:
        folder: Gets the results.
        command: A key of `WRITTEN`.
        job: What was asked for, which is written down; None where nobody typed anything.
    """
    if folder.written_by() == command or _holds_results(folder):
        for path in (*_files(folder, command), *((folder.config_yaml, folder.hydra_yaml) if job is None else ())):
            path.unlink(missing_ok=True)
    if job is not None:
        folder.write_config(job)


def _files(folder: RunFolder, command: str) -> list[Path]:
    return [path for pattern in WRITTEN[command] for path in sorted(folder.path.glob(pattern))]


def _holds_results(folder: RunFolder) -> bool:
    """Return whether a folder without a config has results that a call from Python has written."""
    if folder.config_yaml.is_file():
        return False
    with suppress(MusicGenreError):
        return any(name.startswith(("test/", "val/")) for name in read_metrics(folder.metrics_json))
    return False
