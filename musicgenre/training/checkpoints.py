"""Going on where a run stopped, in its own folder or in a new one."""

import logging
import shutil
from pathlib import Path
from typing import Any

import torch

from musicgenre.errors import MusicGenreError
from musicgenre.modules.classifier import GenreClassifier
from musicgenre.runs.folder import RunFolder

log = logging.getLogger(__name__)


def finished_metrics(folder: Path, run_signature: str) -> dict[str, float | str] | None:
    """The results of the same run, if the folder already holds it complete.

    Raises:
        MusicGenreError: The folder holds another run, which would be overwritten.
    """
    return RunFolder(folder).finished_metrics(run_signature)


def resume_point(folder: Path, ckpt_path: str | None, classifier: GenreClassifier) -> Path | None:
    """The checkpoint to go on from: the one asked for, or the folder's own last one; None to start afresh.

    A checkpoint of another folder is copied into this one together with that run's best, so that the best so far
    still counts when the two halves are judged as one run.

    Raises:
        MusicGenreError: There is a checkpoint, and the classifier's training cannot go on from it.
    """
    own = folder / "checkpoints" / "last.ckpt"
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
    table = source.parent.parent / "metrics.csv"
    if table.is_file():
        shutil.copy2(table, folder / table.name)
    torch.save(_moved(checkpoint, str(source.parent), str(own.parent)), own)
    return own


def read_checkpoint(path: Path) -> dict[str, Any]:
    """A checkpoint's content, on the CPU.

    Raises:
        MusicGenreError: The file is not a checkpoint.
    """
    try:
        checkpoint: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        checkpoint["state_dict"], checkpoint["hyper_parameters"]
    except Exception as error:  # torch raises a dozen kinds, from a short read to a foreign pickle
        raise MusicGenreError(f"{path} is not a whole checkpoint of musicgenre: {_first_line(error)}") from error
    return checkpoint


def _read_resumable(path: Path, classifier: GenreClassifier) -> dict[str, Any]:
    """A checkpoint with the optimizer's state that fits the classifier, which is given its weights."""
    checkpoint = read_checkpoint(path)
    if "optimizer_states" not in checkpoint:
        raise MusicGenreError(f"{path} holds weights only: resume from checkpoints/last.ckpt beside it.")
    genres = checkpoint["hyper_parameters"].get("genres", [])
    if genres != list(classifier.genres):
        raise MusicGenreError(f"{path} knows {', '.join(genres)}, and the data has {', '.join(classifier.genres)}.")
    try:
        classifier.load_state_dict(checkpoint["state_dict"])
    except RuntimeError as error:
        raise MusicGenreError(
            f"{path} was trained with other settings of the net or the features than these: {_first_line(error)}"
        ) from error
    return checkpoint


def _first_line(error: Exception) -> str:
    """What an error says, without what torch adds on the lines below; where these hold all, the first of them."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[1] if len(lines) > 1 and lines[0].endswith(":") else lines[0]


def _moved(checkpoint: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    """The checkpoint with the folder that its callbacks remember replaced."""

    def move(value: Any) -> Any:  # noqa: ANN401
        if isinstance(value, str):
            return value.replace(old, new)
        if isinstance(value, dict):
            return {move(key): move(item) for key, item in value.items()}
        return value

    return checkpoint | {"callbacks": move(checkpoint["callbacks"])}
