"""Going on where a run stopped, in its own folder or in a new one."""

import logging
import shutil
from pathlib import Path
from typing import Any

import torch

from musicgenre.errors import MusicGenreError
from musicgenre.modules.checkpoint import KEY, first_line, read_checkpoint
from musicgenre.modules.classifier import GenreClassifier
from musicgenre.runs.folder import RunFolder

log = logging.getLogger(__name__)


def resume_point(folder: RunFolder, ckpt_path: str | None, classifier: GenreClassifier) -> Path | None:
    """Return the checkpoint to go on from: the one asked for, or the folder's own last one; None to start afresh.

    A checkpoint of another folder is copied into this one together with that run's best, so that the best so far
    still counts when the two halves are judged as one run.

    Raises:
        MusicGenreError: There is a checkpoint, and the classifier's training cannot go on from it.
    """
    own = folder.last_ckpt
    if ckpt_path is None:
        if not own.is_file():
            return None
        _read_resumable(own, classifier)
        log.info("Going on from %s.", own)
        return own
    source = Path(ckpt_path).expanduser().resolve()
    if not source.is_file():
        raise MusicGenreError(f"There is no checkpoint {source}: give ckpt_path=RUN/checkpoints/last.ckpt.")
    checkpoint = _read_resumable(source, classifier)
    if source == own.resolve():
        return own
    own.parent.mkdir(parents=True, exist_ok=True)
    for path in source.parent.glob("best*.ckpt"):
        shutil.copy2(path, own.parent / path.name)
    other = RunFolder(source.parent.parent)
    if other.history_csv.is_file():
        shutil.copy2(other.history_csv, folder.history_csv)
    torch.save(_moved(checkpoint, str(source.parent), str(own.parent)), own)
    return own


def _read_resumable(path: Path, classifier: GenreClassifier) -> dict[str, Any]:
    """Read a checkpoint with the optimizer's state that fits the classifier, and give this its weights."""
    checkpoint = read_checkpoint(path)
    if "optimizer_states" not in checkpoint:
        raise MusicGenreError(f"{path} holds weights only: resume from checkpoints/last.ckpt beside it.")
    genres = tuple(checkpoint[KEY]["genres"] or ())
    if genres != classifier.genres:
        raise MusicGenreError(
            f"{path} knows {', '.join(genres)}, and the data has {', '.join(classifier.genres or ())}."
        )
    try:
        classifier.load_state_dict(checkpoint["state_dict"])
    except RuntimeError as error:
        raise MusicGenreError(
            f"{path} was trained with other settings of the net or the features than these: {first_line(error)}"
        ) from error
    return checkpoint


def _moved(checkpoint: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    """Return the checkpoint with the folder that its callbacks remember replaced."""

    def move(value: Any) -> Any:  # noqa: ANN401
        if isinstance(value, str):
            return value.replace(old, new)
        if isinstance(value, dict):
            return {move(key): move(item) for key, item in value.items()}
        return value

    return checkpoint | {"callbacks": move(checkpoint["callbacks"])}
