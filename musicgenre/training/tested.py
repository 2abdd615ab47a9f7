"""Choose the epoch that is tested, save its weights where later readers look for them, and log it."""

import logging
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import lightning as L
import torch
from lightning.pytorch.callbacks import ModelCheckpoint
from torch import Tensor

from musicgenre.errors import MusicGenreError
from musicgenre.files import copy_whole
from musicgenre.runs.folder import RunFolder
from musicgenre.training.whole import write_checkpoint

log = logging.getLogger(__name__)

_RESULT = re.compile(r"val/(track|segment)/(accuracy|loss|macro_f1)|train/(track|segment)/(accuracy|loss)")


@dataclass(frozen=True)
class Tested:
    """The weights that are tested.

    Attributes:
        path: Their checkpoint, in the run folder.
        epoch: The epoch after which they were saved, from 1.
        best_epoch: The best epoch by the monitored value, from 1; None if nothing was monitored.
        own: The monitored value of that epoch, by name, if a callback of the user's own logs it.
    """

    path: Path
    epoch: int
    best_epoch: int | None
    own: Mapping[str, float] = field(default_factory=dict)

    def summary(self) -> dict[str, float]:
        """Return the entries of `metrics.json`: tested_epoch, best_epoch if it is known, and an own monitored value."""
        best = {} if self.best_epoch is None else {"best_epoch": self.best_epoch}
        return {"tested_epoch": self.epoch, **best, **self.own}


class CountsFromOne(ModelCheckpoint):
    """Lightning's ModelCheckpoint with epochs counted from 1 in names, as on the console and in `metrics.json`."""

    def format_checkpoint_name(
        self, metrics: dict[str, Tensor], filename: str | None = None, ver: int | None = None, prefix: str | None = None
    ) -> str:
        """Return a checkpoint's name."""
        counted = metrics | {"epoch": metrics["epoch"] + 1} if "epoch" in metrics else metrics
        return super().format_checkpoint_name(counted, filename, ver, prefix)


def keep_tested(trainer: L.Trainer, folder: RunFolder, select: str, *, validated: bool) -> Tested:
    """Choose the epoch that is tested, and save its weights where `RunFolder.tested_ckpt` finds them.

    The best epoch is the one that Lightning calls best, whatever its callback's settings; if its file is not the run
    folder's best.ckpt, it is copied.

    Args:
        trainer: The Trainer, after fitting.
        folder: The run folder.
        select: "best" or "last".
        validated: Whether there was validation; without it, the last epoch is tested.

    Raises:
        MusicGenreError: No epoch was judged best.
    """
    best = _best_checkpoint(trainer)
    best_epoch = None if best is None else epoch_of(best)
    if select == "last" or not validated:
        trainer.save_checkpoint(folder.chosen_ckpt, weights_only=True)
        epoch = max(1, trainer.current_epoch)
        if trainer.is_global_zero:
            _set_epoch(folder.chosen_ckpt, epoch)
    else:
        if best is None or best_epoch is None:
            raise MusicGenreError(
                "Training ended before an epoch was validated and saved, so that there is none to test: let it end "
                "after a validation (trainer.max_epochs, trainer.max_steps, trainer.check_val_every_n_epoch), or set "
                "select=last."
            )
        epoch = best_epoch
        if trainer.is_global_zero:
            _copy_chosen(best, folder)
    trainer.strategy.barrier()
    own = _own_value(trainer, select) if validated else {}
    return Tested(folder.tested_ckpt, epoch, best_epoch if validated else None, own)


def require_best(trainer: L.Trainer, select: str, *, validated: bool) -> None:
    """Check, before training, that some callback looks for the best epoch if that is the one to test.

    Raises:
        MusicGenreError: None does.
    """
    if select == "best" and validated and not _monitoring(trainer):
        raise MusicGenreError(
            "select=best needs a checkpoint callback that monitors validation: keep callbacks.best, or set select=last."
        )


def _monitoring(trainer: L.Trainer) -> list[ModelCheckpoint]:
    return [c for c in trainer.checkpoint_callbacks if isinstance(c, ModelCheckpoint) and c.monitor is not None]


def _own_value(trainer: L.Trainer, select: str) -> dict[str, float]:
    """Return the value that decided which epoch is best, by name, if it is not among a run's results anyway."""
    for callback in _monitoring(trainer)[:1]:
        name = str(callback.monitor)
        value = callback.best_model_score if select == "best" else trainer.callback_metrics.get(name)
        if value is not None and not _RESULT.fullmatch(name):
            return {name: float(value)}
    return {}


def announce_tested(tested: Tested, epochs: int, monitor: str, select: str) -> None:
    """Log which epoch is tested, and why."""
    if tested.best_epoch is None:
        log.info("Epoch %d of %d is tested, the last: it is unknown which is best.", tested.epoch, epochs)
    elif select == "last":
        best = f"by {monitor} the best was epoch {tested.best_epoch}"
        log.info("Epoch %d of %d is tested, the last (select=last); %s.", tested.epoch, epochs, best)
    else:
        log.info("Epoch %d of %d is tested, the best by %s.", tested.epoch, epochs, monitor)


def epoch_of(path: Path) -> int:
    """Return the epoch after which a checkpoint was written, from 1; Lightning counts from 0."""
    return _told(path, "epoch") + 1


def step_of(path: Path) -> int:
    """Return the step after which a checkpoint was written, from 1."""
    return _told(path, "global_step")


def _told(path: Path, name: str) -> int:
    try:
        return int(torch.load(path, map_location="cpu", weights_only=True, mmap=True)[name])
    except (LookupError, TypeError, ValueError) as error:
        what = name.rpartition("_")[2]
        raise MusicGenreError(f"{path} is damaged: it does not say after which {what} it was written.") from error


def _best_checkpoint(trainer: L.Trainer) -> Path | None:
    """Return the best checkpoint of the first callback that monitors something."""
    found = next((callback.best_model_path for callback in _monitoring(trainer)), "")
    return Path(found) if found and Path(found).is_file() else None


def _copy_chosen(best: Path, folder: RunFolder) -> None:
    """Keep best.ckpt alone if it is the tested one; otherwise add tested.ckpt beside it."""
    folder.chosen_ckpt.unlink(missing_ok=True)
    if best.resolve() == folder.best_ckpt.resolve():
        return
    folder.checkpoints.mkdir(parents=True, exist_ok=True)
    try:
        os.link(best, folder.chosen_ckpt)  # the same bytes under a second name
    except OSError:  # another file system, or no hard links
        copy_whole(best, folder.chosen_ckpt)


def _set_epoch(path: Path, epoch: int) -> None:
    """Set the epoch of a checkpoint written after fitting to the last one, as in those written during an epoch."""
    checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    write_checkpoint({**checkpoint, "epoch": epoch - 1}, path)
