"""Contents of a run folder that do not belong to the run: other runs, and files that no run writes."""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from musicgenre.errors import MusicGenreError
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.identity import value_of
from musicgenre.runs.other_results import WRITTEN, known_files
from musicgenre.runs.owner import MARK
from musicgenre.runs.read import read_yaml

_PART = re.compile(r"cnn|gan|epoch_\d+")  # folders in a run folder that may be runs, but are part of that run
_STARTED = (MARK, "musicgenre.log")  # anything that was started by itself has one of these in its folder
_YAML = r".+\.yaml"
_FOLDERS = {  # inside a run folder, with the names of the files below them
    r"\.hydra": _YAML,
    "figures": r".+\.png",
    "checkpoints": r".+\.(ckpt|joblib)|SHA256SUMS",
    rf"embeddings|lightning_logs|{_PART.pattern}": (
        r".+\.(ckpt|joblib|csv|json|npz|yaml|md|tsv|bytes|pbtxt|png|log|txt)|SHA256SUMS|events\.out\..*"
    ),
    "wandb": ".*",
}
_DRAFT = r"\..+\.[0-9a-f]{8}-\d+-[0-9a-f]{12}"
_ANYWHERE = re.compile(rf"\.(lock|running|failed)|\.DS_Store|Thumbs\.db|desktop\.ini|{_DRAFT}")
_FILES = re.compile(
    r"(environment|metrics)\.json|model_card\.md|musicgenre\.log|SHA256SUMS|events\.out\..*|hparams\.yaml"
    r"|projector_config\.pbtxt|[a-z]+-profile\.txt|model\.onnx\.data"
)
_TRAINED = re.compile(r"(metrics|predictions|tracks|genres|split|skipped|layers)\.csv|(samples|real)\.npz")
_NAMED = 2  # at a time


def other_runs(found: Sequence[Path]) -> dict[Path, list[Path]]:
    """Return each run folder, with the folders of separate runs inside it.

    Args:
        found: Folders that hold what a run folder holds.
    """
    there = set(found)
    runs = dict[Path, list[Path]]({folder: [] for folder in found if not _is_part(folder, there)})
    for folder in runs:
        for above in folder.parents:
            if above in runs:
                runs[above].append(folder)
    return runs


def _is_part(folder: Path, there: set[Path]) -> bool:
    by_itself = any((folder / name).is_file() for name in _STARTED)
    return folder.parent in there and bool(_PART.fullmatch(folder.name)) and not by_itself


def what_else(folder: Path, others: Sequence[Path]) -> str:
    """Say what a run folder holds that does not belong to the run; empty if there is nothing.

    Args:
        folder: The run folder.
        others: Folders of other runs inside it.
    """
    inside = {path.relative_to(folder).parts[0] for path in others}
    foreign = _foreign(RunFolder(folder), inside)
    found = [path.relative_to(folder).as_posix() for path in (*others, *foreign)]
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return f"besides this run, it holds {', '.join(found[:_NAMED])}{more}" if found else ""


def _foreign(run: RunFolder, others: set[str]) -> Iterator[Path]:
    """Yield what a run folder holds, besides other runs, that neither the run nor a known command wrote."""
    known = known_files(run)
    trained = run.written_by() not in WRITTEN or run.written_by() == "evaluate"
    files = [_ANYWHERE, _FILES, *([_TRAINED] if trained else [])]
    for path in sorted(run.path.iterdir()):
        if path.name in others or path in known:
            continue
        if path.is_dir():
            yield from _foreign_in(path, known, trained=trained)
        elif not any(names.fullmatch(path.name) for names in files) and path.name != _log_of(run):
            yield path


def _foreign_in(folder: Path, known: set[Path], *, trained: bool) -> list[Path]:
    """Return the files in a folder inside a run folder that are not the run's; the folder itself if none of them is.

    Args:
        folder: The folder inside the run folder.
        known: Files that commands which train nothing wrote.
        trained: Whether the run is a training run, which owns all its figures and weights.
    """
    names = [kind for name, kind in _FOLDERS.items() if (trained or kind == _YAML) and re.fullmatch(name, folder.name)]
    if folder.is_symlink():  # only the link is removed
        return [] if names else [folder]
    own = re.compile("|".join([_ANYWHERE.pattern, *names]))
    files = sorted(path for path in folder.rglob("*") if not path.is_dir())
    foreign = [path for path in files if path not in known and not own.fullmatch(path.name)]
    if not files or names or len(foreign) < len(files) or _ANYWHERE.fullmatch(folder.name):
        return foreign
    return [folder]


def _log_of(run: RunFolder) -> str:
    """Return the name of a run's log; empty if no Hydra config can be read, of the run or of the sweep around it."""
    for path in (run.hydra_yaml, run.path.parent / "multirun.yaml"):
        with suppress(MusicGenreError):
            return f"{value_of(read_yaml(path), 'hydra.job.name', 'musicgenre')}.log"
    return ""
