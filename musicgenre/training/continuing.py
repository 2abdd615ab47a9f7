"""What a checkpoint holds besides Lightning's states, so that a run resumes as if it had never stopped."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import lightning as L
import torch
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.loggers import Logger
from lightning.pytorch.trainer.states import TrainerFn
from lightning.pytorch.utilities.exceptions import SIGTERMException

from musicgenre.errors import InterruptedRunError
from musicgenre.quoting import quoted
from musicgenre.training.chance import chance_states, set_chance

KEY = "musicgenre_continuing"  # in a checkpoint


class Continuing(Callback):
    """Saves the generators' states, the training time, and whether training had ended before its last epoch.

    The last validation metrics are saved too: callbacks that monitor them still find them after an epoch without
    validation, such as the one in which `max_steps` is reached.

    The states are those of the first process. Every other process is seeded from the seed, the epoch and its rank:
    differently from the first, and the same whether or not the run was interrupted before this epoch.

    Args:
        seed: The run's seed.
    """

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._before = 0.0  # s, in earlier parts of the run
        self._start: float | None = None
        self._chance: dict[str, Any] | None = None
        self._figures: dict[str, torch.Tensor] = {}

    @property
    def seconds(self) -> float:
        """Training time so far in s, over all parts of the run."""
        return self._before + (0.0 if self._start is None else time.perf_counter() - self._start)

    def begin(self) -> None:
        """Start the clock."""
        self._start = time.perf_counter()

    def end(self) -> float:
        """Stop the clock and return the training time in s."""
        self._before, self._start = self.seconds, None
        return self._before

    def on_save_checkpoint(self, trainer: L.Trainer, pl_module: L.LightningModule, checkpoint: dict[str, Any]) -> None:
        """Add the states to the checkpoint."""
        found = {name: value for name, value in trainer.callback_metrics.items() if isinstance(value, torch.Tensor)}
        figures = {name: value.detach().cpu() for name, value in found.items()}
        more = {"stopped": trainer.should_stop, "chance": chance_states(), "figures": figures}
        checkpoint[KEY] = {"seconds": self.seconds} | more

    def on_load_checkpoint(self, trainer: L.Trainer, pl_module: L.LightningModule, checkpoint: dict[str, Any]) -> None:
        """Restore what was saved; a checkpoint that was written without this callback holds none of it."""
        kept = checkpoint.get(KEY)
        if kept is not None:
            self._before = float(kept["seconds"])
            self._chance = kept["chance"]
            self._figures = kept["figures"]
            trainer.should_stop = bool(kept["stopped"])

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Restore the generators to their states in the checkpoint: nothing draws from them until the epoch does."""
        self._restore_figures(trainer)
        if self._chance is not None:
            set_chance(self._chance)
            self._chance = None
        self.on_train_epoch_start(trainer, pl_module)  # which Lightning skips when it resumes within an epoch

    def on_fit_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Restore the figures if there was no epoch left to train, so that training did not start."""
        self._restore_figures(trainer)

    def _restore_figures(self, trainer: L.Trainer) -> None:
        figures = {name: value.to(trainer.strategy.root_device) for name, value in self._figures.items()}
        trainer.callback_metrics.update(figures)
        self._figures = {}

    def on_train_epoch_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Seed every process but the first, so that augmentation and dropout differ between processes."""
        if trainer.global_rank:
            own = trainer.current_epoch * trainer.world_size + trainer.global_rank
            torch.manual_seed((self._seed + 1) * 1_000_003 + own)


def go_on_from(loggers: Sequence[Logger], epochs: int) -> None:
    """Tell the loggers that support it to discard what was logged after so many epochs; call it before any logging."""
    for logger in loggers:
        if epochs and callable(forget := getattr(logger, "go_on_from", None)):
            forget(epochs)


def go_on_by_epochs(trainer: L.Trainer) -> None:
    """Resume from the end of an epoch with the next epoch, under `max_steps` too.

    Lightning would resume within the epoch that has ended, with no batch left and no validation. Call it before
    fitting.
    """
    loop: Any = trainer.fit_loop
    loop._iteration_based_training = lambda: False


@contextmanager
def resumable(tell: Callable[[], tuple[str, str]]) -> Iterator[None]:
    """Make an error of Lightning's exit at Ctrl-C, or at SIGTERM, which ends a job at its time limit.

    Args:
        tell: Returns a sentence on what was stopped, and one on how to resume it.

    Raises:
        InterruptedRunError: It exited so; with both sentences.
    """
    try:
        yield
    except SystemExit as stop:
        if not isinstance(stop, SIGTERMException) and not isinstance(stop.__context__, KeyboardInterrupt):
            raise
        raise InterruptedRunError(*tell()) from stop


def where_interrupted(trainer: L.Trainer) -> tuple[str, str]:
    """Return where the run stopped, and how to resume it."""
    last = Path(trainer.default_root_dir) / "checkpoints" / "last.ckpt"
    fits = trainer.state.fn == TrainerFn.FITTING
    if not last.is_file():
        when = "before the first checkpoint was written" if fits else "after training, without callbacks.last"
        return f"Interrupted {when}: nothing to resume from.", ""
    here, elsewhere = (quoted(text) for text in (f"hydra.run.dir={trainer.default_root_dir}", f"ckpt_path={last}"))
    where = f"in epoch {trainer.current_epoch + 1}" if fits else "after training"
    return (
        f"Interrupted {where}.",
        f"To go on, run the same command again with {here} (or with {elsewhere} for a new folder).",
    )


def finished_epochs(trainer: L.Trainer) -> int:
    """Return how many epochs were trained, after fitting, even if all were finished before resuming.

    Lightning counts the last one only if it has left the epoch loop in this process.
    """
    progress: Any = trainer.fit_loop.epoch_progress.current
    progress.completed = progress.processed
    return int(progress.processed)
