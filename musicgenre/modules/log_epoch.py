"""Logging of a training epoch."""

from collections.abc import Mapping
from typing import Any

import lightning as L

from musicgenre.errors import MusicGenreError


def log_epoch(module: L.LightningModule, metrics: Mapping[str, float]) -> None:
    """Log an epoch's training metrics before its checkpoint is written, not after it as Lightning does.

    A run killed between the two would never log them, since it resumes with the next epoch.

    Args:
        module: The module, in `on_train_epoch_end`.
        metrics: The metrics, the same in every process.
    """
    trainer = module.trainer
    module.log_dict(dict(metrics), logger=False, sync_dist=True)  # for callbacks that monitor them
    step = trainer.fit_loop.epoch_loop._batches_that_stepped - 1  # as Lightning counts at the end of an epoch
    named: Any = {**metrics, "epoch": trainer.current_epoch}
    trainer._logger_connector.log_metrics(named, step=step)
    for logger in trainer.loggers:
        if callable(show := getattr(logger, "show_epoch", None)):  # it holds values until then
            show()


def diverged(of: str, loss: float, epoch: int) -> MusicGenreError:
    """Return the error for a loss that is not finite.

    Args:
        of: "training" or "validation".
        loss: NaN or infinite.
        epoch: The epoch, from 0.
    """
    return MusicGenreError(
        f"The {of} loss is {loss} in epoch {epoch + 1}: the training has diverged. Lower optimizer.lr, or clip "
        "gradients with trainer.gradient_clip_val=1."
    )
