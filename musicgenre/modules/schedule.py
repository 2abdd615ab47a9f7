"""Learning rate schedules and when they step."""

import inspect
import logging
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import lightning as L
from torch.optim import Optimizer
from torch.optim.lr_scheduler import (
    CosineAnnealingLR,
    LinearLR,
    LRScheduler,
    OneCycleLR,
    ReduceLROnPlateau,
    SequentialLR,
)

from musicgenre.errors import MusicGenreError
from musicgenre.modules.batches import said
from musicgenre.raised import at_own_line
from musicgenre.words import counted

log = logging.getLogger(__name__)

_KNOWN = ("loss", "accuracy", "acc", "f1")  # ends of metrics' names that say whether less is better


@dataclass(frozen=True)
class Schedule:
    """A schedule with the settings that Lightning needs.

    Attributes:
        make: Called with the optimizer, and with `total_steps` if it takes that.
        interval: Whether it steps after each "step" or each "epoch".
        frequency: Number of intervals between its steps.
        monitor: The logged metric that a plateau schedule watches.
    """

    make: Callable[..., LRScheduler]
    interval: Literal["epoch", "step"] = "epoch"
    frequency: int = 1
    monitor: str = "val/segment/loss"

    def __post_init__(self) -> None:
        if self.interval not in ("epoch", "step"):
            raise MusicGenreError(f"scheduler.interval is {self.interval!r}: choose epoch or step.")
        if self.frequency < 1:
            raise MusicGenreError(f"scheduler.frequency is {self.frequency}: give 1 or more.")
        if self.frequency > 1 and self.interval == "step" and self.is_laid_out:  # Lightning recounts each epoch
            raise MusicGenreError(
                f"scheduler.frequency is {self.frequency}, but a schedule over all training steps changes at each of "
                "them: set scheduler.frequency=1, or scheduler.interval=epoch."
            )

    def configuration(self, optimizer: Optimizer, trainer: L.Trainer) -> dict[str, Any]:
        """Return its `lr_scheduler` config for Lightning's `configure_optimizers`.

        Raises:
            MusicGenreError: The schedule spans the whole training, which has no end, or it cannot be made.
        """
        return {
            "scheduler": self._made(optimizer, self.total(trainer)),
            "interval": self.interval,
            "frequency": self._frequency(trainer),
            "monitor": self.monitor,
        }

    def _made(self, optimizer: Optimizer, total: int | None) -> LRScheduler:
        try:
            made = self.make(optimizer, **({} if total is None else {"total_steps": total}))
        except (TypeError, ValueError) as error:
            raise MusicGenreError(
                f"The scheduler cannot be made of an optimizer alone ({error}{at_own_line(error)}): give it its "
                "settings in a functools.partial, such as partial(torch.optim.lr_scheduler.StepLR, step_size=10)."
            ) from error
        if not hasattr(made, "step"):
            raise MusicGenreError(f"What makes the scheduler returns {said(made)}: let it return a scheduler.")
        mode, better = getattr(made, "mode", None), "min" if self.monitor.endswith("loss") else "max"
        if self.monitor.endswith(_KNOWN) and isinstance(made, ReduceLROnPlateau) and mode != better:
            log.warning(
                "%s with mode=%s takes a worse %s for a better one: give mode=%s, or another metric, such as "
                'Schedule(..., monitor="val/track/accuracy").',
                *(type(made).__name__, mode, self.monitor, better),
            )
        return made

    def _frequency(self, trainer: L.Trainer) -> int:
        """Return the frequency; a schedule that watches validation only steps after one."""
        every = trainer.check_val_every_n_epoch or 1
        late = self.watches_validation and self.interval == "epoch" and self.frequency % every
        return every if late else self.frequency

    @property
    def watches_validation(self) -> bool:
        """Whether its steps depend on a validation metric."""
        kind = getattr(self.make, "func", self.make)
        return isinstance(kind, type) and issubclass(kind, ReduceLROnPlateau) and self.monitor.startswith("val/")

    @property
    def is_laid_out(self) -> bool:
        """Whether it takes `total_steps` and that is not set, so that it spans the whole training."""
        found = inspect.signature(self.make).parameters.get("total_steps")
        return found is not None and found.default in (None, inspect.Parameter.empty)

    def total(self, trainer: L.Trainer) -> int | None:
        """Return how many steps the schedule takes over the whole training; None if it does not need to know.

        Raises:
            MusicGenreError: The training has no end.
        """
        if not self.is_laid_out:
            return None
        steps = trainer.estimated_stepping_batches if self.interval == "step" else trainer.max_epochs or -1
        if steps == math.inf or steps < 1:
            raise MusicGenreError(
                "This schedule spans the whole training, which has no set end here: set trainer.max_epochs."
            )
        return math.ceil(int(steps) / self.frequency)

    def require_same_total(self, before: int | None, trainer: L.Trainer, path: Path) -> None:
        """Raise an error if training resumes with a schedule that spanned another number of steps.

        Args:
            before: The number in the checkpoint; None if it has none.
            trainer: The Trainer of the resumed training.
            path: The checkpoint.

        Raises:
            MusicGenreError: This training's number differs.
        """
        if before is not None and (now := self.total(trainer)) not in (None, before):
            raise MusicGenreError(
                f"{path} holds a schedule over {counted(before, 'step')}, but this training would take {now}: resume "
                "with the same max_epochs and number of batches, or train from scratch."
            )


def cosine(optimizer: Optimizer, total_steps: int, *, warmup: float = 0.05, final: float = 0.0) -> LRScheduler:
    """Raise the learning rate linearly from near 0, then lower it along half a cosine.

    Source: Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", ICLR 2017, without restarts.

    Args:
        optimizer: Its learning rate is the highest.
        total_steps: Total number of steps of the schedule.
        warmup: Share of them in which the rate rises.
        final: Learning rate at the end.

    Raises:
        MusicGenreError: The share is invalid.

    Example:
        >>> import torch
        >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
        >>> schedule, rates = cosine(optimizer, total_steps=4, warmup=0.5), []
        >>> for _ in range(4):
        ...     rates.append(round(schedule.get_last_lr()[0], 2))
        ...     optimizer.step(), schedule.step()
        (None, None)
        (None, None)
        (None, None)
        (None, None)
        >>> rates
        [0.33, 0.67, 1.0, 0.5]
    """
    if not 0 <= warmup < 1:
        raise MusicGenreError(f"scheduler.warmup is {warmup}: give a number from 0 to below 1.")
    rising = round(warmup * total_steps)
    falling = CosineAnnealingLR(optimizer, max(1, total_steps - rising), eta_min=final)
    if not rising:
        return falling
    rise = LinearLR(optimizer, start_factor=1 / (rising + 1), total_iters=rising)
    return SequentialLR(optimizer, [rise, falling], milestones=[rising])


def one_cycle(optimizer: Optimizer, total_steps: int, *, pct_start: float = 0.3) -> OneCycleLR:
    """Raise the learning rate to the optimizer's and lower it, each along half a cosine; momentum does the reverse.

    Momentum (Adam's first beta) falls from 0.95 to 0.85 and rises again, whatever the optimizer's; if that is 0, it
    stays 0. A single step uses the highest rates.

    Source: Smith and Topin (2019), "Super-Convergence: Very Fast Training of Neural Networks", arXiv:1708.07120.

    Args:
        optimizer: Its learning rates, each parameter group's own, are the highest.
        total_steps: Total number of steps of the schedule.
        pct_start: Share of them in which the rates rise.

    Raises:
        MusicGenreError: The share is invalid.

    Example:
        >>> import torch
        >>> parts = [torch.nn.Parameter(torch.zeros(1)) for _ in range(2)]
        >>> groups = [{"params": [part], "lr": lr} for part, lr in zip(parts, (0.1, 1.0))]
        >>> [round(rate, 4) for rate in one_cycle(torch.optim.Adam(groups), total_steps=10).get_last_lr()]
        [0.004, 0.04]
    """
    if not 0 <= pct_start < 1:
        raise MusicGenreError(f"scheduler.pct_start is {pct_start}: give a number from 0 to below 1.")
    rising = float(pct_start)
    if total_steps == 1:  # like the highest of two
        total_steps, rising = 2, 0.5
    if rising * total_steps == 1:  # its length is 0, by which torch would divide: the first rate is the highest
        rising *= 1 - 1e-9
    groups = optimizer.param_groups
    return OneCycleLR(
        optimizer,
        max_lr=[group["lr"] for group in groups],
        total_steps=total_steps,
        pct_start=rising,
        cycle_momentum=all(group["betas"][0] if "betas" in group else group.get("momentum") for group in groups),
    )
