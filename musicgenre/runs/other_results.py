"""Results of commands that train nothing, in a run folder: what each writes, and what it removes of earlier results."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from musicgenre.errors import MusicGenreError, OccupiedError
from musicgenre.files import draft_of, replace_text
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.job import Job
from musicgenre.runs.read import read_yaml
from musicgenre.words import counted
from musicgenre.yaml_text import as_yaml

log = logging.getLogger(__name__)

_TESTED = tuple(f"figures/{kind}_{split}.png" for kind in ("confusion", "genres") for split in ("val", "test"))
_EVENTS = "events.out.tfevents.*"  # of TensorBoard: each writer gives its file another name
WRITTEN = {  # the files of each command, as glob patterns; metrics.json comes first, as it marks a folder as complete
    "evaluate": (
        "metrics.json", "predictions.csv", "genres.csv", "split.csv", "skipped.csv", "tracks.csv", "deformations.csv",
        "figures/deformations.png", *_TESTED,
    ),
    "ensemble": ("metrics.json", "predictions.csv", "genres.csv", *_TESTED),
    "predict": (
        "tracks.csv", "predictions.csv", "segments.csv", "predictions.json",
        "tracks.partial.csv", "predictions.partial.csv", "segments.partial.csv", "predictions.partial.json",
        "figures/**/*.*.png",  # named after the audio file, with its suffix,
        f"figures/**/*-{'[0-9a-f]' * 8}.png",  # or with a hash where that name was too long
    ),
    "audit": ("audit.csv", "audit.png"),
    "compare": ("differences.csv", "tracks.csv", "figures/forest.png", "figures/forest.pdf"),
    "explore": (
        "classes.png", "waveforms.png", "side_by_side_mel.png", "side_by_side_mfcc.png", "correlation.png",
        "variance.png", "components.png", "mosaic.png", "means.png", "stability.csv", "stability.png",
        *(f"net/{name}.png" for name in ("filters", "tracks", "training_tracks")),
        *(f"*/{name}.png" for name in (
            "waveform", "stft_lines", "spectrum", "spectrograms", "mfcc", "zero_crossings", "harmonic_percussive",
            "tempo", "picture", "saliency", "activations", "augmentations",
        )),
    ),
    "generate": ("samples.npz", "figures/samples.png", "audio/*_[0-9]*.wav", _EVENTS),
    "report": (
        "results.csv", "results.md", "results.tex", "runs.csv", "comparisons.csv", "leak_gap.csv", "convergence.csv",
        "deformations.csv", "left_out.csv", "classification_reports.txt", "report.html",
        "figures/confusion_*.png", "figures/confusion_*.pdf",  # but for those in _TESTED
        *(f"figures/{name}.{ending}" for ending in ("png", "pdf") for name in (
            "accuracies", "accuracies_segments", "differences", "leak_gap", "convergence", "deformations", "cost",
            "reliability",
        )),
    ),
    "export": ("model.onnx", "model.pt2"),
    "prepare": ("features.csv",),
}  # fmt: skip


def refuse_training_run(folder: RunFolder) -> None:
    """Make sure that a folder holds no training run, whose results would be overwritten.

    Raises:
        OccupiedError: It does.
    """
    if folder.signature() is not None:
        raise OccupiedError(
            f"{folder.path} holds a training run, whose results would be overwritten: choose another hydra.run.dir."
        )


def refuse_others(folder: RunFolder, command: str) -> None:
    """Make sure that a command may write its results into a folder.

    Raises:
        OccupiedError: The folder holds a training run, or files with the names of the command's that it did not
            write: they would be overwritten.
    """
    refuse_training_run(folder)
    _refuse_foreign(folder, command, WRITTEN[command])


@contextmanager
def begin_files(job: Job, *names: str) -> Iterator[None]:
    """Make sure that a command may write its files, and record the job in `.hydra/COMMAND.yaml`.

    It also becomes the folder's config, unless the folder is a run or has the config of another command. A command that
    fails before it writes a file leaves `.hydra/` as it was. Once it succeeds, files that an earlier call has written
    and this one has not are removed.

    Args:
        job: The command's settings.
        names: Names of the files, if it does not write all of `WRITTEN`.

    Raises:
        OccupiedError: The folder holds files with these names that the command did not write.
    """
    folder, names = RunFolder(job.folder), names or WRITTEN[job.command]
    _refuse_foreign(folder, job.command, names)
    own = not folder.config_yaml.is_file() or folder.written_by() == job.command
    configs = (folder.config_yaml, folder.overrides_yaml, folder.hydra_yaml)
    records = (_record(folder, job.command), *(configs if own else ()))
    before = {path: path.read_bytes() if path.is_file() else None for path in records}
    there = _times(folder, names)
    if own:
        folder.write_config(job)
    replace_text(records[0], job.hydra)  # which stays when a run or an evaluation writes its own config
    try:
        yield
    except BaseException:
        with suppress(OSError, MusicGenreError):  # the first error tells more
            if _times(folder, names) == there:
                _restore(before)
            else:
                _list_files(folder, job.command, {*_listed(folder, job.command), *_changed(folder, names, there)})
        raise
    _replace_earlier(folder, job.command, names, _changed(folder, names, there))


def _record(folder: RunFolder, command: str) -> Path:
    """Return the file that records that a command has written into a folder, whatever else has."""
    return folder.config_yaml.with_name(f"{command}.yaml")


def _replace_earlier(folder: RunFolder, command: str, names: Sequence[str], written: set[str]) -> None:
    """List the files that a command has written, and remove those with such names that only its earlier calls have."""
    listed = _listed(folder, command)
    for path in _files(folder, names):
        if path.relative_to(folder.path).as_posix() in listed - written:
            path.unlink()
            _remove_if_empty(path.parent)
    _list_files(folder, command, {name for name in listed if (folder.path / name).is_file()} | written)


def _listed(folder: RunFolder, command: str) -> set[str]:
    """Return the files that the earlier calls of a command have listed."""
    path = _list_of(folder, command)
    return {str(name) for name in read_yaml(path) or ()} if path.is_file() else set()


def _list_files(folder: RunFolder, command: str, names: set[str]) -> None:
    replace_text(_list_of(folder, command), as_yaml(sorted(names)))


def _list_of(folder: RunFolder, command: str) -> Path:
    return folder.config_yaml.with_name(f"{command}_files.yaml")


def _changed(folder: RunFolder, names: Sequence[str], there: Mapping[Path, tuple[int, int]]) -> set[str]:
    """Return the files that were written since `there` was read."""
    return {path.relative_to(folder.path).as_posix() for path, _ in _times(folder, names).items() - there.items()}


def _times(folder: RunFolder, names: Sequence[str]) -> dict[Path, tuple[int, int]]:
    """Return what changes for each file once it is written anew."""
    found = {path: path.lstat() for path in _files(folder, names)}
    return {path: (stat.st_mtime_ns, stat.st_ino) for path, stat in found.items()}


def _restore(before: Mapping[Path, bytes | None]) -> None:
    for path, content in before.items():
        if content is None:
            path.unlink(missing_ok=True)
        else:
            with draft_of(path) as draft:
                draft.write_bytes(content)
        _remove_if_empty(path.parent)


def _remove_if_empty(folder: Path) -> None:
    with suppress(OSError):  # it holds more
        folder.rmdir()


def _refuse_foreign(folder: RunFolder, command: str, names: Sequence[str]) -> None:
    if _is_of(folder, command):
        return
    replaced = [name for name in names if name != _EVENTS]
    if found := [path.relative_to(folder.path).as_posix() for path in _files(folder, replaced)]:
        raise OccupiedError(
            f"{folder.path} holds {', '.join(found[:3])}, which musicgenre {command} did not write and would "
            "overwrite: choose another hydra.run.dir."
        )


def _is_of(folder: RunFolder, command: str) -> bool:
    """Return whether `.hydra/` tells that a command has written into a folder."""
    return folder.written_by() == command or _record(folder, command).is_file()


def known_files(folder: RunFolder) -> set[Path]:
    """Return the files in a folder that are known to be from commands that train nothing."""
    commands = [command for command in WRITTEN if _is_of(folder, command)]
    return {path for command in commands for path in _files(folder, WRITTEN[command])}


def begin_others(job: Job) -> None:
    """Remove the results of an earlier call of evaluate or ensemble, not to mix them with the new; record the job.

    What is removed is logged.
    """
    folder = RunFolder(job.folder)
    found = _files(folder, WRITTEN[job.command]) if folder.written_by() == job.command else []
    for path in found:
        path.unlink(missing_ok=True)
    if found:
        tables = [path.name for path in found if path.parent == folder.path]
        figures = len(found) - len(tables)
        gone = [*tables, *([counted(figures, "figure")] if figures else [])]
        log.info("Removed what an earlier call wrote in %s: %s.", folder.path, ", ".join(gone))
    folder.write_config(job)


def _files(folder: RunFolder, names: Sequence[str]) -> list[Path]:
    found = {path for pattern in names for path in folder.path.glob(pattern)}
    return sorted(path for path in found if path.relative_to(folder.path).as_posix() in names or not _is_tested(path))


def _is_tested(path: Path) -> bool:
    return f"figures/{path.name}" in _TESTED  # which a pattern does not mean
