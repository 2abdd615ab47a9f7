"""Results of commands that train nothing, in a run folder: what each writes, and what it removes of earlier results."""

from collections.abc import Sequence
from contextlib import suppress
from mmap import ACCESS_READ, mmap
from pathlib import Path

from musicgenre.errors import MusicGenreError
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.job import Job
from musicgenre.runs.read import read_metrics

_FIGURES = ("figures/confusion_*.png", "figures/genres_*.png", "figures/deformations.png")
WRITTEN = {  # the files of each command, as glob patterns; metrics.json comes first, as it marks a folder as complete
    "evaluate": (
        "metrics.json", "predictions.csv", "genres.csv", "split.csv", "skipped.csv", "tracks.csv", "deformations.csv",
        *_FIGURES,
    ),
    "ensemble": ("metrics.json", "predictions.csv", "genres.csv", *_FIGURES),
    "predict": ("tracks.csv", "predictions.csv", "segments.csv", "predictions.json"),
    "audit": ("audit.csv", "audit.png"),
    "compare": ("differences.csv", "tracks.csv", "figures/forest.png"),
    "explore": (
        "classes.png", "waveforms.png", "side_by_side_mel.png", "side_by_side_mfcc.png", "correlation.png",
        "variance.png", "components.png", "mosaic.png", "means.png", "stability.csv", "stability.png",
        "*/waveform.png", "*/picture.png", "net/*.png",
    ),
    "generate": ("samples.npz", "figures/samples.png", "audio/*_[0-9]*.wav"),
    "report": (
        "results.csv", "results.md", "results.tex", "runs.csv", "comparisons.csv", "leak_gap.csv", "convergence.csv",
        "deformations.csv", "left_out.csv", "classification_reports.txt", "report.html",
        *(f"figures/{name}.png" for name in ("accuracies", "differences", "leak_gap", "deformations", "reliability")),
    ),
    "export": ("model.onnx", "model.pt2"),
    "prepare": ("features.csv",),
}  # fmt: skip
_TOGETHER = {  # files that together show that a folder without a config is a command's: any of these sets
    "audit": (WRITTEN["audit"],),
    "compare": (("differences.csv", "tracks.csv"),),
    "explore": (("classes.png", "waveforms.png"), ("classes.png", "mosaic.png"), ("correlation.png", "variance.png")),
    "generate": (("samples.npz", "figures/samples.png"),),
    "report": (("results.csv", "runs.csv", "left_out.csv", "report.html"),),
}
_HOLDS = {  # bytes by which the only file of a command is recognised
    "model.onnx": (b"waveform", b"probabilities", b"n_samples"),
    "model.pt2": (b"musicgenre.json",),
    "features.csv": (b"filename,length,chroma_stft_mean",),
}


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
        MusicGenreError: The folder holds a training run, or files with the names of the command's that it did not
            write: they would be overwritten.
    """
    refuse_training_run(folder)
    _refuse_foreign(folder, command, WRITTEN[command])


def begin_files(job: Job, *names: str) -> None:
    """Make sure that a command may write its files, and record the job, by which it recognises them later.

    If the folder is a run, or has the config of another command, that config is kept.

    Args:
        job: The command's settings.
        names: Names of the files, if it does not write all of `WRITTEN`.

    Raises:
        MusicGenreError: The folder holds files with these names that the command did not write.
    """
    folder = RunFolder(job.folder)
    _refuse_foreign(folder, job.command, names or WRITTEN[job.command])
    if not folder.config_yaml.is_file() or folder.written_by() == job.command:
        folder.write_config(job)


def _refuse_foreign(folder: RunFolder, command: str, names: Sequence[str]) -> None:
    if folder.written_by() == command or _is_known(folder, command):
        return
    paths = [path for path in _files(folder, names) if not _is_known_file(path)]
    if found := [path.relative_to(folder.path).as_posix() for path in paths]:
        raise MusicGenreError(
            f"{folder.path} holds {', '.join(found[:3])}, which musicgenre {command} did not write and would "
            "overwrite: choose another hydra.run.dir."
        )


def _is_known(folder: RunFolder, command: str) -> bool:
    """Return whether a folder without the command's config holds its files nevertheless.

    They are from an earlier version or a call from Python, or are next to those of another command.
    """
    if command == "ensemble":
        return _holds_results(folder) and "members" in read_metrics(folder.metrics_json)
    return any(all((folder.path / name).is_file() for name in names) for names in _TOGETHER.get(command, ()))


def _is_known_file(path: Path) -> bool:
    with suppress(OSError, ValueError):  # it cannot be read, or is empty
        if path.name in _HOLDS:
            with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as content:
                return all(content.find(word) >= 0 for word in _HOLDS[path.name])
    return False


def known_files(folder: RunFolder) -> set[Path]:
    """Return the files in a folder that are known to be from commands that train nothing."""
    by, results = folder.written_by(), _holds_results(folder)
    return {
        path
        for command, names in WRITTEN.items()
        for path in _files(folder, names)
        if by == command or _is_known(folder, command) or _is_known_file(path) or (results and command == "evaluate")
    }


def begin_others(folder: RunFolder, command: str, job: Job | None) -> None:
    """Remove the results of an earlier call of a command, so that they do not mix with the new ones.

    Args:
        folder: Folder for the results.
        command: evaluate, ensemble or predict.
        job: The command's settings, which are recorded; None for a call from Python.
    """
    if folder.written_by() == command or _holds_results(folder):
        for path in (
            *_files(folder, WRITTEN[command]),
            *((folder.config_yaml, folder.hydra_yaml) if job is None else ()),
        ):
            path.unlink(missing_ok=True)
    if job is not None:
        folder.write_config(job)


def _files(folder: RunFolder, names: Sequence[str]) -> list[Path]:
    return [path for pattern in names for path in sorted(folder.path.glob(pattern))]


def _holds_results(folder: RunFolder) -> bool:
    """Return whether a folder without a config holds results of a call from Python."""
    if folder.config_yaml.is_file():
        return False
    with suppress(MusicGenreError):
        return any(name.startswith(("test/", "val/")) for name in read_metrics(folder.metrics_json))
    return False
