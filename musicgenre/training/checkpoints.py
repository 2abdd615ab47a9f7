"""Going on where a run stopped, in its own folder or in a new one."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from musicgenre.errors import MusicGenreError
from musicgenre.files import copy_whole, draft_of
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
        checkpoint = _read_resumable(own, classifier)
        if (remembered := _remembered(checkpoint, own.name)) not in (None, str(own.parent)):
            with draft_of(own) as draft:  # the folder was moved meanwhile
                torch.save(_moved(checkpoint, str(remembered), str(own.parent)), draft)
        log.info("Going on from %s.", own)
        return own
    source = Path(ckpt_path).expanduser().resolve()
    if not source.is_file():
        raise MusicGenreError(f"There is no checkpoint {source}: give ckpt_path=RUN/checkpoints/last.ckpt.")
    checkpoint = _read_resumable(source, classifier)
    if source == own.resolve():
        return own
    for path in source.parent.glob("*.ckpt"):
        if path != source:
            copy_whole(path, own.parent / path.name)
    other = RunFolder(source.parent.parent)
    for stage in other.path.glob("epoch_*/checkpoints/best.ckpt"):  # milestones that lie behind
        copy_whole(stage, folder.path / stage.relative_to(other.path))
    if other.history_csv.is_file():
        copy_whole(other.history_csv, folder.history_csv)
    _apply_settings(checkpoint, classifier, source)
    old = _remembered(checkpoint, source.name) or str(source.parent)
    with draft_of(own) as draft:
        torch.save(_moved(checkpoint, old, str(own.parent)), draft)
    return own


def _remembered(checkpoint: Mapping[str, Any], name: str) -> str | None:
    """Return the folder in which a checkpoint of that name was written, by what its callbacks remember of it."""
    for state in checkpoint["callbacks"].values():
        if isinstance(state, Mapping) and Path(str(state.get("best_model_path", ""))).name == name:
            return str(Path(str(state["best_model_path"])).parent)
    return None


def _apply_settings(checkpoint: dict[str, Any], classifier: GenreClassifier, source: Path) -> None:
    """Let settings that a restored state would override take effect.

    Raises:
        MusicGenreError: They cannot: the optimizer is another one, or a schedule has counted on the old ones.
    """
    old, new = checkpoint[KEY]["config"] or {}, classifier.config or {}
    changed = _differing(old, new, ("optimizer", "scheduler"))
    if "optimizer._target_" in changed or (changed and (old.get("scheduler") or new.get("scheduler"))):
        raise MusicGenreError(
            f"{source} was written with other settings of {', '.join(changed)}, and going on takes its optimizer and "
            "schedule as they are: give the same ones, or train anew."
        )
    for key in changed:
        for state in checkpoint["optimizer_states"]:
            for group in state["param_groups"]:
                group[key.partition(".")[2]] = new["optimizer"].get(key.partition(".")[2])
        log.info("From here on %s is %s.", key, new["optimizer"].get(key.partition(".")[2]))
    patience = ((new.get("callbacks") or {}).get("early_stopping") or {}).get("patience")
    for state in checkpoint["callbacks"].values():
        if patience is not None and isinstance(state, dict) and "patience" in state:
            state["patience"] = patience


def _differing(old: Mapping[str, Any], new: Mapping[str, Any], groups: Sequence[str]) -> list[str]:
    """Return the keys of some groups whose values two configs do not share."""
    found = []
    for group in groups:
        one, other = old.get(group) or {}, new.get(group) or {}
        found += [f"{group}.{key}" for key in sorted({*one, *other}) if one.get(key) != other.get(key)]
    return found


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
