"""A progress bar for a whole run, refreshed at time intervals, not at steps."""

import sys
import time

import lightning as L
from lightning.pytorch.callbacks import ProgressBar
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from musicgenre.progress import bar_console
from musicgenre.transcript import is_brief, say, to_log_file

_SHOWN = {"val/loss": ("val loss {:.3f}", 1), "val/acc": ("val acc {:.1f} %", 100)}  # format and factor


class RunProgress(ProgressBar):
    """Shows epochs, time left and the last validation metrics in a terminal or notebook; elsewhere, a line an epoch.

    Args:
        seconds: Time between refreshes in s. A refresh at every step would cost more than a small net's step.
    """

    def __init__(self, seconds: float = 0.2) -> None:
        super().__init__()
        self.seconds = seconds
        self._last = 0.0
        self._hidden = self._validated = False
        self._loss = ""
        self._bar: Progress | None = None
        self._task = TaskID(0)

    def disable(self) -> None:
        """Hide the bar (Lightning calls this on all ranks but the first)."""
        self._hidden = True

    def enable(self) -> None:
        """Show the bar again."""
        self._hidden = False

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Start the bar at the epoch at which the run starts or resumes."""
        console = bar_console()
        if self._hidden or not (console.is_jupyter or sys.stderr.isatty()):
            return
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[figures]}"))
        self._bar = Progress(*columns, TimeRemainingColumn(), console=console, auto_refresh=False, transient=is_brief())
        self._bar.start()
        total = None if trainer.max_epochs in (None, -1) else (trainer.max_epochs or 0) * trainer.num_training_batches
        self._task = self._bar.add_task("epoch", total=total, completed=trainer.global_step, figures="")

    def on_train_batch_end(
        self,
        trainer: L.Trainer,
        pl_module: L.LightningModule,
        outputs: object,
        batch: object,
        batch_idx: int,
    ) -> None:
        """Update the bar if it is time."""
        if self._bar is not None and time.monotonic() - self._last > self.seconds:
            self._refresh(trainer, trainer.current_epoch * int(trainer.num_training_batches) + batch_idx + 1)

    def on_validation_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Note that the epoch was validated, perhaps before its end."""
        self._validated = trainer.state.fn == "fit"

    def on_train_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Show the epoch's metrics, unless only other epochs are validated."""
        if self._validated or not trainer.enable_validation:
            self._show(trainer)
        self._validated = False

    def _show(self, trainer: L.Trainer) -> None:
        if self._hidden:
            return
        module = trainer.lightning_module
        losses = getattr(module, "training_losses", {"train": getattr(module, "training_loss", None)})
        self._loss = "".join(f"{name} loss {loss:.3f}  " for name, loss in losses.items() if loss is not None)
        line = f"{_epoch(trainer)}  {self._loss}{_figures(trainer)}".rstrip()
        if self._bar is not None:
            self._refresh(trainer, (trainer.current_epoch + 1) * int(trainer.num_training_batches))
            to_log_file(line)
        else:
            say(line)

    def on_train_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Stop the bar where it is."""
        self._stop()

    def on_exception(self, trainer: L.Trainer, pl_module: L.LightningModule, exception: BaseException) -> None:
        """Stop the bar before an error is printed."""
        self._stop()

    def _refresh(self, trainer: L.Trainer, completed: int) -> None:
        assert self._bar is not None  # both callers have checked
        self._last = time.monotonic()
        self._bar.update(
            self._task,
            completed=completed,
            description=_epoch(trainer),
            figures=self._loss + _figures(trainer),
            refresh=True,
        )

    def _stop(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def _epoch(trainer: L.Trainer) -> str:
    of = "" if trainer.max_epochs in (None, -1) else f"/{trainer.max_epochs}"
    return f"epoch {trainer.current_epoch + 1}{of}"


def _figures(trainer: L.Trainer) -> str:
    found = trainer.callback_metrics
    return "  ".join(text.format(scale * found[name]) for name, (text, scale) in _SHOWN.items() if name in found)
