"""What lies in a run's folder and is not the run's own: other runs, and files that no run writes."""

import re
from collections.abc import Sequence
from pathlib import Path

from musicgenre.runs.owner import MARK

_PART = re.compile(r"cnn|gan|epoch_\d+")  # folders in a run's that may be runs, and are parts of it
_STARTED = (MARK, "musicgenre.log")  # one of them is in the folder of whatever was started by itself
_TABLES = (
    "metrics predictions segments tracks genres split skipped layers features deformations audit stability differences "
    "results comparisons leak_gap convergence left_out runs"
)
_FOLDERS = rf"\.hydra|checkpoints|figures|embeddings|wandb|lightning_logs|{_PART.pattern}"
_FILES = (
    r"(environment|metrics|predictions)\.json|model_card\.md|[^.].*\.log|SHA256SUMS|events\.out\..*|hparams\.yaml"
    rf"|({_TABLES.replace(' ', '|')})\.csv|projector_config\.pbtxt|(samples|real)\.npz|[a-z]+-profile\.txt"
    r"|model\.(onnx|onnx\.data|pt2)|audit\.png|results\.(md|tex)|classification_reports\.txt|report\.html"
    r"|\.(lock|running|failed)|\.DS_Store|Thumbs\.db|desktop\.ini"
)
_OF_A_RUN = re.compile(rf"{_FOLDERS}|{_FILES}|\.({_FILES})\..*")  # the last are drafts
_GENERATED = re.compile(r".+_\d+\.wav")  # in audio/
_NAMED = 2  # at a time


def other_runs(found: Sequence[Path]) -> dict[Path, list[Path]]:
    """Return each folder of a run, and those in it of runs that are none of its parts.

    Args:
        found: Folders that hold what a run's folder does.
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
    """Say what a run's folder holds that is not the run's; nothing where all of it is.

    Args:
        folder: The run's.
        others: Folders of other runs in it.
    """
    inside = {path.relative_to(folder).parts[0] for path in others}
    names = sorted(path.name for path in folder.iterdir() if path.name not in inside and not _is_own(path))
    found = [*(path.relative_to(folder).as_posix() for path in others), *names]
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return f"it holds {', '.join(found[:_NAMED])}{more}, not of this run" if found else ""


def _is_own(path: Path) -> bool:
    if path.name == "audio":
        sounds = [each.name for each in path.iterdir()] if path.is_dir() else [""]
        return (path.parent / "samples.npz").is_file() and all(map(_GENERATED.fullmatch, sounds))
    return bool(_OF_A_RUN.fullmatch(path.name))
