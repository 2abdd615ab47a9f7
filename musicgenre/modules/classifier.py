"""One LightningModule for every classifier: what differs is a net, a front end, an optimizer and a schedule."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import lightning as L
import numpy as np
import torch
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from musicgenre.data.loader import Batch
from musicgenre.errors import MusicGenreError
from musicgenre.evaluation.metrics import segment_metrics, track_means

Outputs = tuple[NDArray[np.float32], NDArray[np.int64]]  # probabilities (N, K), rows of the segments table (N,)


class GenreClassifier(L.LightningModule):
    """Trains a net on standardised features and keeps everything that prediction needs.

    Logs once an epoch `{train,val,test}/segment/{loss,accuracy,...}` and, for validation and test,
    `{val,test}/track/...` from the mean of a track's segment probabilities.

    Args:
        net: `(B, C, F, T)` -> logits `(B, len(genres))`.
        genres: Names of the classes, in the order of their labels.
        front_end: Waveform `(B, T)` -> features `(B, C, F, T)`; None for pictures.
        standardize: Fitted on training segments; a submodule, so that the checkpoint holds its statistics.
        optimizer: Called with the parameters.
        scheduler: Called with the optimizer.
        monitor: The logged name that a plateau schedule watches.
        record: Plain values kept in the checkpoint's hyperparameters (the resolved config), from which
            the same classifier is built again.
    """

    def __init__(
        self,
        net: nn.Module,
        *,
        genres: Sequence[str],
        front_end: nn.Module | None,
        standardize: nn.Module,
        optimizer: Callable[..., Optimizer] = torch.optim.Adam,
        scheduler: Callable[[Optimizer], LRScheduler] | None = None,
        monitor: str = "val/segment/loss",
        record: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self.net, self.front_end, self.standardize = net, front_end, standardize
        for parameter in net.parameters():  # convolutions want the channels of a point side by side
            if parameter.ndim == 4:
                parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
        self.genres = tuple(genres)
        self.make_optimizer, self.make_scheduler, self.monitor = optimizer, scheduler, monitor
        self.save_hyperparameters(record or {}, logger=False)
        self.outputs: Outputs
        self.forget_outputs()
        self._batches: list[tuple[Tensor, Tensor]] = []
        self._sums: Tensor | None = None

    def forget_outputs(self) -> None:
        """Empty `outputs`, before a test that may not take place."""
        self.outputs = (np.empty((0, len(self.genres)), np.float32), np.empty(0, np.int64))

    def forward(self, x: Tensor) -> Tensor:
        """Logits `(B, K)` of standardised features `(B, C, F, T)`."""
        return self.net(x)  # type: ignore[no-any-return]

    def probabilities(self, waveform: Tensor) -> Tensor:
        """Genre probabilities `(B, K)` of waveforms `(B, T)` at the front end's sample rate (Hz)."""
        logits: Tensor = self(self.features(waveform))
        return logits.float().softmax(-1)

    def features(self, waveform: Tensor) -> Tensor:
        """Standardised features `(B, C, F, T)` of waveforms `(B, T)` at the front end's sample rate (Hz)."""
        features = waveform if self.front_end is None else self.front_end(waveform)
        standardised: Tensor = self.standardize(features)
        return standardised

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Cross-entropy of one batch, with the net's own penalty where it has one."""
        logits = self(batch.x)
        loss = F.cross_entropy(logits, batch.label)
        with torch.no_grad():  # summed on the device, read once an epoch: a read each step would wait for the device
            correct = (logits.argmax(-1) == batch.label).sum()
            size = torch.full_like(loss, len(batch.label))
            sums = torch.stack([loss.float() * size, correct.to(loss.dtype), size])
            self._sums = sums if self._sums is None else self._sums + sums
        penalty = getattr(self.net, "l2_penalty", None)
        return loss if penalty is None else loss + penalty()

    def on_train_epoch_end(self) -> None:
        """Log the epoch's mean loss and accuracy over training segments, as augmented."""
        if self._sums is None:
            return
        loss, correct, size = self.trainer.strategy.reduce(self._sums, reduce_op="sum").tolist()
        self._sums = None
        rate = self.trainer.optimizers[0].param_groups[0]["lr"]
        metrics = {
            "train/segment/loss": loss / size,
            "train/segment/accuracy": correct / size,
            "train/lr": rate,
        }
        self.log_dict(metrics | self._epoch, sync_dist=True)

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Keep the batch's log-probabilities for the end of the epoch."""
        self._batches.append((self(batch.x).float().log_softmax(-1), batch.row))

    def test_step(self, batch: Batch, batch_idx: int) -> None:
        """Keep the batch's log-probabilities for the end of the epoch."""
        self._batches.append((self(batch.x).float().log_softmax(-1), batch.row))

    def on_validation_epoch_end(self) -> None:
        """Log validation metrics, by segment and by track, while fitting.

        Raises:
            MusicGenreError: The loss is no number.
        """
        metrics = self._summarise("val")
        if self.trainer.state.fn != "fit":  # the best epoch once more, after training: no point of the curves
            return
        if not math.isfinite(metrics["val/segment/loss"]):
            raise MusicGenreError(
                f"The validation loss is {metrics['val/segment/loss']} in epoch {self.current_epoch + 1}: the training "
                "has diverged. Lower optimizer.lr, or limit its steps with trainer.gradient_clip_val=1."
            )
        self.log_dict(metrics | self._epoch, sync_dist=True)
        short = {"val/loss": metrics["val/segment/loss"], "val/acc": metrics["val/segment/accuracy"]}
        self.log_dict(short, prog_bar=True, logger=False, sync_dist=True)

    def on_test_epoch_end(self) -> None:
        """Gather the test set's probabilities in `outputs`; the command writes their metrics down, once."""
        self._summarise("test")

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """The optimizer over all parameters, with its schedule if there is one."""
        optimizer = self.make_optimizer(self.parameters())
        if self.make_scheduler is None:
            return optimizer
        schedule: dict[str, Any] = {"scheduler": self.make_scheduler(optimizer), "monitor": self.monitor}
        return {"optimizer": optimizer, "lr_scheduler": schedule}  # type: ignore[return-value]

    @property
    def _epoch(self) -> dict[str, float]:
        """What makes loggers count epochs, not steps: curves of runs with other batch sizes lie side by side."""
        return {"step": float(self.current_epoch)}

    def _summarise(self, split: str) -> dict[str, float]:
        """Metrics of the outputs gathered over the epoch, from every process; keeps them in `outputs`."""
        log_probs = torch.cat([output for output, _ in self._batches]).cpu().numpy()
        rows = torch.cat([row for _, row in self._batches]).cpu().numpy()
        self._batches.clear()
        if self.trainer.world_size > 1:
            parts: list[Any] = [None] * self.trainer.world_size
            torch.distributed.all_gather_object(parts, (log_probs, rows))
            log_probs, rows = (np.concatenate(part) for part in zip(*parts, strict=True))
        order = np.argsort(rows)
        log_probs, rows = log_probs[order], rows[order]
        probs = np.exp(log_probs)
        self.outputs = (probs, rows)
        segments = self.trainer.datamodule.segments.iloc[rows]  # type: ignore[attr-defined]
        labels = segments.label.to_numpy()
        by_level = {
            "segment": segment_metrics(probs, labels),
            "track": segment_metrics(*track_means(probs, labels, segments.track.to_numpy())),
        }
        return {f"{split}/{level}/{name}": v for level, found in by_level.items() for name, v in found.items()}
