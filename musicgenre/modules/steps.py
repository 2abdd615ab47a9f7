"""A classifier's steps of training, validation and test, and what it logs."""

import math
from collections.abc import Sequence
from typing import Any

import lightning as L
import pandas as pd
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from musicgenre.data.card import DataCard
from musicgenre.data.loader import BatchLoader
from musicgenre.errors import MusicGenreError, NotThereError, SaysWhy
from musicgenre.evaluation.intervals import ARTIST
from musicgenre.modules.batches import labelled, mixed_by, unlabelled
from musicgenre.modules.learnt import Learnt
from musicgenre.modules.log_epoch import diverged, log_epoch
from musicgenre.modules.losses import loss_of
from musicgenre.modules.outputs import Gathered, Outputs, table_of
from musicgenre.modules.shape import of_net


class NetFirst(L.Callback):
    """Builds a classifier's net before other callbacks use its parameters: for averaging, pruning, freezing.

    Lightning sets up callbacks after the data, but before it calls `configure_model`.
    """

    def setup(self, trainer: L.Trainer, pl_module: L.LightningModule, stage: str) -> None:
        """Build the net."""
        if isinstance(pl_module, ClassifierSteps):
            if stage == "fit":
                _require_order(trainer)
            pl_module.configure_model()


class ClassifierSteps(SaysWhy, L.LightningModule):
    """The steps of `GenreClassifier`, which defines what they compute: `forward`, `loss`, `net`, `genres`.

    Logs `{train,val,test}/segment/{loss,accuracy,...}` once an epoch and, for validation and test,
    `{val,test}/track/...` from the mean of a track's segment probabilities, if the batches name tracks. A batch is
    `(features, label)`, optionally followed by the track and the start of each segment.

    Attributes:
        outputs: Outputs of the last validation or test; None before it.
    """

    net: nn.Module | None
    loss: nn.Module
    mix: nn.Module | None
    genres: tuple[str, ...] | None
    card: DataCard | None
    awaits_checkpoint: bool = False  # to learn how the data is standardised

    def __init__(self) -> None:
        super().__init__()
        self.outputs: Outputs | None = None
        self._gathered = Gathered()
        self._learnt = Learnt()
        self._sums: Tensor | None = None
        self._rate = math.nan
        self._kept: list[nn.Module] = []  # layers that were in evaluation mode while the others were trained

    def configure_callbacks(self) -> list[L.Callback]:
        """Insert `NetFirst` before the trainer's callbacks, once; the model adds none of its own."""
        callbacks: list[L.Callback] = vars(self.trainer)["callbacks"]  # hidden from the type checker
        if not any(isinstance(callback, NetFirst) for callback in callbacks):
            callbacks.insert(0, NetFirst())
        return []

    @property
    def predictions(self) -> pd.DataFrame:
        """Segment probabilities of the last validation or test: split, track, start (s), genre, label, `p_<genre>`.

        Raises:
            NotThereError: There was none.
        """
        if self.outputs is None:
            raise NotThereError("Nothing has been validated or tested yet: call trainer.test(model, data).")
        return self._table(self.outputs)

    @property
    def example_input_array(self) -> Any:  # noqa: ANN401  # as Lightning has it
        """An input of the net, in its weights' current dtype; None before the net is built."""
        example: Any = self._example_input_array
        return example if self.net is None or example is None else example.to(of_net(self.net)["dtype"])

    @example_input_array.setter
    def example_input_array(self, example: Any) -> None:  # noqa: ANN401
        self._example_input_array = example

    @property
    def training_loss(self) -> float | None:
        """Mean loss of this process in the epoch so far; None before its first batch."""
        if self._sums is None:
            return None
        loss, _, size = self._sums.tolist()
        return float(loss) / float(size)

    def training_step(self, batch: Sequence[Any], batch_idx: int) -> Tensor:
        """Compute the loss of one batch, plus the net's own penalty if it has one."""
        x, label = labelled(batch, self._n_genres)[:2]
        label = label.long()  # torch's losses refuse other whole numbers
        mixed = None if self.mix is None else mixed_by(self.mix, x)
        logits = self(x if mixed is None else mixed.x)
        loss = loss_of(self.loss, logits, label, mixed)
        with torch.no_grad():  # summed on the device and read once an epoch: reading at each step would wait for it
            right = (logits.argmax(-1) == label).sum() if mixed is None else mixed.right(logits, label)
            size = torch.full((), len(label), dtype=torch.float32, device=loss.device)  # half precision is inexact
            sums = torch.stack([loss.float() * size, right.float(), size])
            self._sums = sums if self._sums is None else self._sums + sums
        penalty = getattr(self.net, "l2_penalty", None)
        return loss if penalty is None else loss + penalty()

    def on_before_optimizer_step(self, optimizer: Optimizer) -> None:
        """Keep the learning rate of this step, before a schedule changes it."""
        self._rate = float(optimizer.param_groups[0]["lr"])

    def on_fit_start(self) -> None:
        """Warn if the data validates or tests on what the model was trained on before: see `Learnt`."""
        self._learnt.tell(self.trainer, "val", "test")

    def on_train_start(self) -> None:
        """Restore the loader's position within an epoch, if Lightning set the loader up before it read the checkpoint.

        Lightning restores it on setting up the loader, and a schedule over all steps causes that earlier.
        """
        self._learnt.add(self.trainer)
        self.trainer.fit_loop._load_combined_loader_states()

    def on_train_epoch_start(self) -> None:
        """Reset the epoch's sums: an interrupted epoch may have left some."""
        self._sums = None

    def on_validation_epoch_start(self) -> None:
        """Start gathering anew: an interrupted validation or test may have left batches."""
        self._gathered = Gathered()

    on_test_epoch_start = on_validation_epoch_start

    def on_validation_start(self) -> None:
        """Raise an error if there are several loaders, or nothing says how the data is standardised."""
        self._require_trained()
        _require_one(self.trainer._evaluation_loop.num_dataloaders)
        if self.trainer.state.fn != "fit":
            self._learnt.tell(self.trainer, "test" if self.trainer.state.fn == "test" else "val")

    on_test_start = on_validation_start

    def on_predict_start(self) -> None:
        """Raise an error if there are several loaders, or nothing says how the data is standardised."""
        self._require_trained()
        _require_one(self.trainer.predict_loop.num_dataloaders)

    def on_train_epoch_end(self) -> None:
        """Log the epoch's mean loss and accuracy over the augmented training segments.

        Raises:
            MusicGenreError: The loss is not finite.
        """
        if self._sums is None:
            return
        loss, correct, size = self.trainer.strategy.reduce(self._sums, reduce_op="sum").tolist()
        self._sums = None
        metrics = {"train/segment/loss": loss / size, "train/segment/accuracy": correct / size, "train/lr": self._rate}
        if not math.isfinite(metrics["train/segment/loss"]):
            raise diverged("training", metrics["train/segment/loss"], self.current_epoch)
        log_epoch(self, metrics)

    def setup(self, stage: str) -> None:
        """Enter training mode when training starts: a trained or loaded model is in evaluation mode.

        If only some of a net's layers are in evaluation mode they stay so, when training again too: they are frozen.
        """
        if stage == "fit":
            layers = [] if self.net is None else list(self.net.modules())
            still = [layer for layer in layers if not layer.training]
            kept = self._kept if len(still) == len(layers) else still
            self.train()
            for layer in kept:
                layer.training = False

    def on_fit_end(self) -> None:
        """Leave training mode: prediction comes next."""
        self._kept = [] if self.net is None else [layer for layer in self.net.modules() if not layer.training]
        self.eval()

    def validation_step(self, batch: Sequence[Any], batch_idx: int, dataloader_idx: int = 0) -> None:
        """Keep the batch's log-probabilities for the end of the epoch."""
        batch = labelled(batch, self._n_genres)
        self._gathered.add(self(batch[0]), batch[1], batch[2:])

    test_step = validation_step

    def predict_step(self, batch: Sequence[Any], batch_idx: int, dataloader_idx: int = 0) -> pd.DataFrame:
        """Predict the batch's segments: track, start (s), then `p_<genre>`; `pd.concat` joins the batches.

        A batch may consist of features `(B, C, F, T)` alone.
        """
        batch, gathered = unlabelled(batch), Gathered()
        logits = self(batch[0])
        gathered.add(logits, torch.zeros(len(logits), dtype=torch.int64), batch[2:])  # labels do not matter
        loaders = None if self._trainer is None else self._trainer.predict_dataloaders
        table = self._table(gathered.outputs("predict", table_of(loaders)))
        return table.drop(columns=["split", "genre", "label", ARTIST], errors="ignore")

    def on_validation_epoch_end(self) -> None:
        """Log validation metrics, by segment and by track.

        Raises:
            MusicGenreError: The loss is not finite while fitting.
        """
        fitting = self.trainer.state.fn == "fit"
        metrics = self._summarise("val")
        if fitting and not math.isfinite(metrics["val/segment/loss"]):
            raise diverged("validation", metrics["val/segment/loss"], self.current_epoch)
        self.log_dict(metrics, sync_dist=True)
        short = {"val/loss": metrics["val/segment/loss"], "val/acc": metrics["val/segment/accuracy"]}
        if fitting:
            self.log_dict(short, prog_bar=True, logger=False, sync_dist=True)

    def on_test_epoch_end(self) -> None:
        """Log test metrics by segment and by track; `predictions` then holds every segment's probabilities."""
        self.log_dict(self._summarise("test"), sync_dist=True)

    def _summarise(self, split: str) -> dict[str, float]:
        loaders = self.trainer._evaluation_loop._combined_loader
        segments = None if loaders is None else table_of(loaders.iterables)
        self.outputs = self._gathered.outputs(split, segments, self.trainer.world_size)
        return self.outputs.metrics()

    def _require_trained(self) -> None:
        if self.awaits_checkpoint:
            self.awaits_checkpoint, self.card = False, None
            raise MusicGenreError(
                "The model has not been trained, and the split left no segment for train: give ckpt_path=, a "
                "checkpoint of a trained model, or load one with GenreClassifier.load_from_checkpoint."
            )

    @property
    def _n_genres(self) -> int | None:
        return None if self.genres is None else len(self.genres)

    def _table(self, outputs: Outputs) -> pd.DataFrame:
        return outputs.table(self.genres or tuple(str(label) for label in range(outputs.probs.shape[1])))


def _require_one(n_loaders: int) -> None:
    if n_loaders > 1:
        raise MusicGenreError(
            f"There are {n_loaders} loaders, but a classifier makes one table of predictions: give the trainer one "
            "loader per call."
        )


def _require_order(trainer: L.Trainer) -> None:
    """Raise an error if Lightning would replace our loader to have the same few batches each epoch."""
    given = trainer.fit_loop._data_source.instance
    if trainer.overfit_batches and isinstance(given, BatchLoader) and given.shuffle:  # type: ignore[attr-defined]
        raise MusicGenreError(
            "overfit_batches takes the same few batches each epoch, but this loader shuffles in an order of its own: "
            "give the trainer the data instead, trainer.fit(model, data)."
        )
