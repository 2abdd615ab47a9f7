"""What a checkpoint holds beside Lightning's states, so that a run goes on as if it had never stopped."""

import time
from collections.abc import Sequence
from typing import Any

import lightning as L
import torch
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.loggers import Logger
from lightning.pytorch.utilities.exceptions import SIGTERMException

from musicgenre.training.chance import chance_states, set_chance

KEY = "musicgenre_continuing"  # in a checkpoint


class Continuing(Callback):
    """Keeps the generators' states, the time that training took, and whether it had ended before its last epoch.

    The last figures of validation are kept, too: what watches them still finds them after an epoch without, such as the
    one in which `max_steps` are reached.

    The states are the first process'. Any other one draws from the seed, the epoch and its own number: otherwise than
    the first, and alike whether the run was broken off before this epoch or not.

    Args:
        seed: The run's.
    """

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._before = 0.0  # s, of the parts before this one
        self._start: float | None = None
        self._chance: dict[str, Any] | None = None
        self._figures: dict[str, torch.Tensor] = {}

    @property
    def seconds(self) -> float:
        """Time that training took up to now, s, in all parts of the run."""
        return self._before + (0.0 if self._start is None else time.perf_counter() - self._start)

    def begin(self) -> None:
        """Take the time."""
        self._start = time.perf_counter()

    def end(self) -> float:
        """Stop the clock; return the time that training took, s."""
        self._before, self._start = self.seconds, None
        return self._before

    def on_save_checkpoint(self, trainer: L.Trainer, pl_module: L.LightningModule, checkpoint: dict[str, Any]) -> None:
        """Add what it keeps."""
        found = {name: value for name, value in trainer.callback_metrics.items() if isinstance(value, torch.Tensor)}
        figures = {name: value.detach().cpu() for name, value in found.items()}
        more = {"stopped": trainer.should_stop, "chance": chance_states(), "figures": figures}
        checkpoint[KEY] = {"seconds": self.seconds} | more

    def on_load_checkpoint(self, trainer: L.Trainer, pl_module: L.LightningModule, checkpoint: dict[str, Any]) -> None:
        """Take up what was kept; checkpoints of earlier versions hold nothing of it."""
        kept = checkpoint.get(KEY)
        if kept is not None:
            self._before = float(kept["seconds"])
            self._chance = kept["chance"]
            self._figures = kept.get("figures", {})
            trainer.should_stop = bool(kept["stopped"])

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Go on drawing where the checkpoint was written: nothing draws any more before the next epoch does."""
        trainer.callback_metrics.update(
            {name: value.to(trainer.strategy.root_device) for name, value in self._figures.items()}
        )
        self._figures = {}
        if self._chance is not None:
            set_chance(self._chance)
            self._chance = None
        self.on_train_epoch_start(trainer, pl_module)  # which Lightning leaves out where it goes on amid an epoch

    def on_train_epoch_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Have other processes than the first augment and drop out by draws of their own."""
        if trainer.global_rank:
            own = trainer.current_epoch * trainer.world_size + trainer.global_rank
            torch.manual_seed((self._seed + 1) * 1_000_003 + own)


def go_on_from(loggers: Sequence[Logger], epochs: int) -> None:
    """Tell the loggers that can do it to forget what was logged after so many epochs.

    To be called before anything is logged.
    """
    for logger in loggers:
        if epochs and callable(forget := getattr(logger, "go_on_from", None)):
            forget(epochs)


def go_on_by_epochs(trainer: L.Trainer) -> None:
    """Have a checkpoint of an epoch's end go on with the next epoch under `max_steps`, too, as without it.

    Lightning would go on amid the epoch that has ended: without a batch of it, or a validation. To be called before
    fitting.
    """
    loop: Any = trainer.fit_loop
    loop._iteration_based_training = lambda: False


def stopped_by_signal(stop: SystemExit) -> bool:
    """Return whether Lightning leaves a training this way after Ctrl-C, or after SIGTERM: the end of a job's time."""
    return isinstance(stop, SIGTERMException) or isinstance(stop.__context__, KeyboardInterrupt)


def finished_epochs(trainer: L.Trainer) -> int:
    """Return how many epochs were trained, after fitting: also where all of them lay behind.

    Lightning counts the last one only where it has left the loop of epochs in this process.
    """
    progress: Any = trainer.fit_loop.epoch_progress.current
    progress.completed = progress.processed
    return int(progress.processed)
