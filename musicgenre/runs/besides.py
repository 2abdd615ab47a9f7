"""Contents of a run folder that do not belong to the run: other runs, and files that no run writes."""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from musicgenre.errors import MusicGenreError
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.identity import value_of
from musicgenre.runs.other_results import known_files
from musicgenre.runs.owner import MARK
from musicgenre.runs.read import read_yaml

_PART = re.compile(r"cnn|gan|epoch_\d+")  # folders in a run folder that may be runs, but are part of that run
_STARTED = (MARK, "musicgenre.log")  # anything that was started by itself has one of these in its folder
_FOLDERS = {  # inside a run folder, with the names of the files below them
    r"\.hydra": r".+\.yaml",
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
_GENERATED = re.compile(r".+_\d+\.wav")  # in audio/
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
    return f"it holds {', '.join(found[:_NAMED])}{more}, not of this run" if found else ""


def _foreign(run: RunFolder, others: set[str]) -> Iterator[Path]:
    """Yield what a run folder holds, besides other runs, that neither the run nor a known command wrote."""
    known = known_files(run)
    trained = run.written_by() in ("", "train", "gan", "evaluate")
    files = [_ANYWHERE, _FILES, *([_TRAINED] if trained else [])]
    for path in sorted(run.path.iterdir()):
        if path.name in others or path in known:
            continue
        if path.is_dir():
            yield from _foreign_in(path)
        elif not any(names.fullmatch(path.name) for names in files) and path.name != _log_of(run):
            yield path


def _foreign_in(folder: Path) -> list[Path]:
    """Return the files that no run writes in a folder inside a run folder; the folder itself if no run has such."""
    if folder.name == "audio":
        sounds = all(_GENERATED.fullmatch(path.name) for path in folder.iterdir())
        return [] if sounds and (folder.parent / "samples.npz").is_file() else [folder]
    kinds = [kind for names, kind in _FOLDERS.items() if re.fullmatch(names, folder.name)]
    if not kinds:
        return [] if _ANYWHERE.fullmatch(folder.name) else [folder]
    if folder.is_symlink():  # only the link is removed
        return []
    files = sorted(path for path in folder.rglob("*") if not path.is_dir())
    return [path for path in files if not (_ANYWHERE.fullmatch(path.name) or re.fullmatch(kinds[0], path.name))]


def _log_of(run: RunFolder) -> str:
    """Return the name of a run's log; empty if the run's Hydra config cannot be read."""
    with suppress(MusicGenreError):
        return f"{value_of(read_yaml(run.hydra_yaml), 'hydra.job.name', 'musicgenre')}.log"
    return ""
