"""Resuming a run where it stopped, in its own folder or in a new one."""

import logging
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from musicgenre.data.datamodule import GenreDataModule
from musicgenre.errors import MusicGenreError
from musicgenre.files import copy_whole, expanded
from musicgenre.modules.checkpoint import KEY, first_line, read_checkpoint
from musicgenre.modules.classifier import GenreClassifier
from musicgenre.modules.optimizer import optimizer_of
from musicgenre.runs.folder import RunFolder
from musicgenre.training.changed import apply_settings
from musicgenre.training.continuing import KEY as CONTINUING
from musicgenre.training.leftovers import remove_later, start_afresh
from musicgenre.training.unseen import contents_in, refuse_seen
from musicgenre.training.whole import write_checkpoint

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ResumePoint:
    """Where a run resumes.

    Attributes:
        path: A checkpoint in its own folder.
        epochs: Number of finished epochs.
    """

    path: Path
    epochs: int


def resume_point(
    folder: RunFolder,
    ckpt_path: str | None,
    classifier: GenreClassifier,
    data: GenreDataModule,
    *,
    writes: bool = True,
) -> ResumePoint | None:
    """Return the checkpoint to resume from: the folder's own last one, or the given one; None to start from scratch.

    A checkpoint of another folder is copied into this one together with that run's best, so that the best so far
    still counts when the two parts are treated as one run. Files of epochs that will be trained again are removed, as
    are those of a run that starts from scratch.

    Args:
        folder: The run folder.
        ckpt_path: The given checkpoint.
        classifier: Gets the weights; its net is built.
        data: The run's data.
        writes: Whether this process writes to the folder; the run's other processes come after it, when all is done.

    Raises:
        MusicGenreError: There is a checkpoint, but training cannot resume from it.
    """
    found = _own(folder)
    if found is None and ckpt_path is not None and writes:
        found = _copied(folder, expanded(ckpt_path).resolve(), classifier, data)
    if found is None:
        if writes:
            start_afresh(folder)
        return None
    path, checkpoint = found
    _give_weights(path, checkpoint, classifier)
    point = ResumePoint(path, epochs_in(checkpoint))
    if writes:
        here = os.path.realpath(folder.checkpoints)  # as Lightning writes paths
        if (remembered := _remembered(checkpoint, path.name)) not in (None, here):
            write_checkpoint(_moved(checkpoint, str(remembered), here), path)  # the folder was moved since
        remove_later(folder, path, point.epochs)
        log.info("Going on from %s.", path)
    return point


def epochs_in(checkpoint: Mapping[str, Any]) -> int:
    """Return a checkpoint's number of finished epochs."""
    return int(checkpoint["loops"]["fit_loop"]["epoch_progress"]["current"]["processed"])


def _own(folder: RunFolder) -> tuple[Path, dict[str, Any]] | None:
    """Return the folder's last checkpoint that training can resume from, whatever its name."""
    others = sorted(set(folder.checkpoints.glob("*.ckpt")) - {folder.last_ckpt, folder.chosen_ckpt})
    whole = [found for path in others if (found := _resumable(path))]
    last = _resumable(folder.last_ckpt)
    return last or max(whole, key=lambda found: (epochs_in(found[1]), int(found[1]["global_step"])), default=None)


def _resumable(path: Path) -> tuple[Path, dict[str, Any]] | None:
    """Return a checkpoint's path and content if training can resume from it; None if not, or if it is damaged."""
    if not path.is_file():
        return None
    try:
        checkpoint = read_checkpoint(path)
    except MusicGenreError as error:
        log.warning("%s This run does not resume from it.", error)
        return None
    return (path, checkpoint) if {"optimizer_states", "loops"} <= set(checkpoint) else None


def _copied(
    folder: RunFolder, source: Path, classifier: GenreClassifier, data: GenreDataModule
) -> tuple[Path, dict[str, Any]]:
    """Copy a checkpoint of another folder, and that run's best, into this one."""
    if not source.is_file():
        raise MusicGenreError(f"There is no checkpoint {source}: give ckpt_path=RUN/checkpoints/last.ckpt.")
    checkpoint, own = read_checkpoint(source), folder.last_ckpt
    if "optimizer_states" not in checkpoint:
        raise MusicGenreError(f"{source} holds weights only: resume from checkpoints/last.ckpt beside it.")
    _give_weights(source, checkpoint, classifier)
    other = RunFolder(source.parent.parent)
    _require_unseen(source, other, data)
    groups = optimizer_of(classifier).param_groups
    apply_settings(checkpoint, classifier.config or {}, source, groups, classifier.schedule)
    start_afresh(folder)
    old, here = _remembered(checkpoint, source.name) or os.path.realpath(source.parent), os.path.realpath(own.parent)
    for path in source.parent.glob("*.ckpt"):
        beside: dict[str, Any] = {}
        with suppress(MusicGenreError):  # an unreadable one is not ours
            beside = read_checkpoint(path)
        if "epoch" in beside and _place_of(beside) <= _place_of(checkpoint):
            write_checkpoint(_moved(beside, old, here), own.parent / path.name)
    for stage in other.path.glob("epoch_*/checkpoints/best.ckpt"):  # milestones already reached
        copy_whole(stage, folder.path / stage.relative_to(other.path))
    if other.history_csv.is_file():
        copy_whole(other.history_csv, folder.history_csv)
    checkpoint = _moved(checkpoint, old, here)
    checkpoint.get(CONTINUING, {}).update(stopped=False)  # its reason to stop may not apply here
    if lost := _lost_best(checkpoint, own):
        log.warning("The best weights of %s so far no longer exist: only the epochs to come can be the best.", source)
        checkpoint["callbacks"] = {name: state for name, state in checkpoint["callbacks"].items() if name not in lost}
    write_checkpoint(checkpoint, own)
    return own, checkpoint


def _place_of(checkpoint: Mapping[str, Any]) -> tuple[int, int]:
    """Return how far training had come: epoch and step."""
    return int(checkpoint["epoch"]), int(checkpoint.get("global_step", 0))


def _require_unseen(source: Path, other: RunFolder, data: GenreDataModule) -> None:
    """Raise an error if a checkpoint was trained on this run's validation or test tracks, or selected on the latter."""
    if not other.split_csv.is_file():
        log.warning("%s is not in a run folder, so it is unknown which tracks it has seen.", source)
        return
    refuse_seen(
        data,
        str(source),
        "resume with its data, split and seed, or train from scratch",
        other,
        learnt=contents_in(other, "train"),
        chosen_by=contents_in(other, "val"),
    )


def _give_weights(path: Path, checkpoint: Mapping[str, Any], classifier: GenreClassifier) -> None:
    """Load a checkpoint's weights, to check that they fit."""
    genres = tuple(checkpoint[KEY]["genres"] or ())
    if genres != classifier.genres:
        raise MusicGenreError(
            f"{path} knows {', '.join(genres)}, but the data has {', '.join(classifier.genres or ())}."
        )
    try:
        classifier.load_state_dict(checkpoint["state_dict"])
    except RuntimeError as error:
        raise MusicGenreError(
            f"{path} was trained with other settings of the net or the features than these: {first_line(error)}"
        ) from error


def _remembered(checkpoint: Mapping[str, Any], name: str) -> str | None:
    """Return the folder in which a checkpoint of that name was written, according to its callbacks' states."""
    for state in checkpoint["callbacks"].values():
        if isinstance(state, Mapping) and Path(str(state.get("best_model_path", ""))).name == name:
            return str(Path(str(state["best_model_path"])).parent)
    return None


def _lost_best(checkpoint: Mapping[str, Any], own: Path) -> list[str]:
    """Return the callbacks whose best weights are missing: those of a later epoch have replaced them since."""
    states = {name: state for name, state in checkpoint["callbacks"].items() if isinstance(state, Mapping)}
    best = {name: Path(str(state["best_model_path"])) for name, state in states.items() if state.get("best_model_path")}
    return [name for name, path in best.items() if path.name != own.name and not path.is_file()]


def _moved(checkpoint: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    """Return the checkpoint with the folder replaced in its callbacks' states."""

    def move(value: Any) -> Any:  # noqa: ANN401
        if isinstance(value, str):
            return new + value[len(old) :] if value == old or value.startswith(old + os.sep) else value
        if isinstance(value, dict):
            return {move(key): move(item) for key, item in value.items()}
        return value

    states = {
        key: {move(name): move(item) for name, item in state.items()} if isinstance(state, dict) else state
        for key, state in checkpoint.get("callbacks", {}).items()
    }
    return checkpoint | ({"callbacks": states} if "callbacks" in checkpoint else {})
