"""One LightningModule for every classifier: what differs is a net, a front end, a loss, an optimizer and a schedule."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any, Self

import lightning as L
import pandas as pd
import torch
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn
from torch.optim import Optimizer

from musicgenre.data.card import DataCard
from musicgenre.errors import MusicGenreError
from musicgenre.modules.checkpoint import KEY, ClassifierRecord, read_checkpoint
from musicgenre.modules.losses import CrossEntropy
from musicgenre.modules.outputs import Gathered, Outputs
from musicgenre.modules.schedule import Schedule
from musicgenre.modules.shape import channels_last, first_input_shape, make_net
from musicgenre.modules.weights import weights_to_keep
from musicgenre.prediction import AudioClassifier, Prediction
from musicgenre.prediction.waveform import Audio
from musicgenre.quiet import quiet_lightning

quiet_lightning()

NetFactory = Callable[..., nn.Module]
GTZAN_SECONDS = 30.0  # of the tracks that published pictures and tables were made from


class GenreClassifier(L.LightningModule):
    """Trains a net on standardised features and keeps everything that prediction needs.

    Logs once an epoch `{train,val,test}/segment/{loss,accuracy,...}` and, for validation and test,
    `{val,test}/track/...` from the mean of a track's segment probabilities, where the batches name tracks. A batch is
    `(features, label)`, and may go on with the track and the start of each segment.

    Args:
        net: `(B, C, F, T)` -> logits `(B, K)`; or what makes it, called with the shape of an input `(C, F, T)` and the
            number of genres when training begins: a net class, or a `functools.partial` of one.
        genres: Names of the classes, in the order of their labels; a `GenreDataModule` knows them.
        loss: Logits `(B, K)` and labels `(B,)` -> a scalar; None for cross-entropy.
        optimizer: Called with the parameters (and `lr`, where that is known); None for Adam.
        lr: Learning rate; None for the optimizer's own.
        scheduler: A schedule, or what makes one of an optimizer, stepped each epoch; None for none.
        config: Plain values to keep in the checkpoint beside the record: the resolved config of a run.

    Example:
        >>> from musicgenre.nets import BiLSTM
        >>> GenreClassifier(BiLSTM, lr=1e-3)
        GenreClassifier(BiLSTM, made when training begins)
    """

    standardize: nn.Module | None
    front_end: nn.Module | None

    def __init__(
        self,
        net: nn.Module | NetFactory,
        *,
        genres: Sequence[str] | None = None,
        loss: nn.Module | None = None,
        optimizer: Callable[..., Optimizer] | None = None,
        lr: float | None = None,
        scheduler: Schedule | Callable[..., Any] | None = None,
        config: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self.make_net = None if isinstance(net, nn.Module) else net
        self.net = net if isinstance(net, nn.Module) else None
        self.front_end = self.standardize = None
        self.genres = None if genres is None else tuple(genres)
        self.loss = loss or CrossEntropy()
        self.make_optimizer: Callable[..., Optimizer] = optimizer or torch.optim.Adam
        self.lr = _learning_rate(optimizer, lr)
        self.schedule = Schedule(scheduler) if callable(scheduler) else scheduler
        self.card: DataCard | None = None
        self.in_shape: tuple[int, ...] | None = None  # of an input, where the net was made for it
        self.config = config
        self.outputs: Outputs | None = None
        self.save_hyperparameters({"lr": self.lr}, logger=False)
        self._gathered = Gathered()
        self._sums: Tensor | None = None
        self._rate = math.nan
        self._segments: pd.DataFrame | None = None

    # What is built once the data is known

    def configure_model(self) -> None:
        """Make ready for the trainer's data, see `prepare`; bare batches say the shape of an input at least."""
        data = getattr(self.trainer, "datamodule", None)
        if hasattr(data, "card") and hasattr(data, "standardize_with"):
            self.prepare(data)
        elif self.net is None:
            self._make_net(first_input_shape(self.trainer))

    def prepare(self, data: Any) -> None:  # noqa: ANN401  # whatever describes itself as a GenreDataModule does
        """Take genres, front end, scaling and the shape of an input from the data, and make the net.

        A model that has all that already, from training or a checkpoint, has the data standardised as it was trained.

        Args:
            data: A `GenreDataModule`, or what has its `card()`, `front_end`, `standardize` and `standardize_with()`.

        Raises:
            MusicGenreError: The data is not what the model was trained on, or the net cannot be made for it.
        """
        self._segments = data.segments
        if self.card is not None:
            self._require_same(data)
            data.standardize_with(deepcopy(self.standardize) or nn.Identity())
            return
        self.card = data.card()
        self.genres = self.card.genres
        self.front_end = deepcopy(data.front_end).train(self.training)
        self.standardize = None if isinstance(data.standardize, nn.Identity) else deepcopy(data.standardize)
        if self.net is None:
            self._make_net(self.card.in_shape)
        fit_loss = getattr(self.loss, "fit", None)  # such as weights of the classes
        if callable(fit_loss):
            fit_loss(data.labels[data.rows["train"]], len(self.genres))

    def _make_net(self, in_shape: tuple[int, ...]) -> None:
        if self.genres is None:
            raise MusicGenreError(
                "The number of genres is not known: give GenreClassifier genres=[...], a net that is made already, or "
                "train it on a GenreDataModule."
            )
        assert self.make_net is not None  # there is a net, or what makes it
        self.net = make_net(self.make_net, in_shape, len(self.genres))
        self.in_shape = in_shape
        self.example_input_array = torch.zeros(1, *in_shape)

    def _require_same(self, data: Any) -> None:  # noqa: ANN401
        assert self.card is not None  # the caller has looked
        if data.genres != self.card.genres:
            raise MusicGenreError(
                f"The model knows {', '.join(self.card.genres)}, and the data has {', '.join(data.genres)}: use data "
                "of the same genres."
            )
        if tuple(data.in_shape) != tuple(self.card.in_shape):
            raise MusicGenreError(
                f"The model takes inputs of {self.card.in_shape} (channels, bins, frames), and the data's are "
                f"{data.in_shape}: use the features and the segment length that it was trained with."
            )

    @property
    def n_parameters(self) -> int:
        """Number of the net's parameters; 0 before it is made."""
        return 0 if self.net is None else sum(parameter.numel() for parameter in self.net.parameters())

    @property
    def made_net(self) -> nn.Module:
        """The net.

        Raises:
            MusicGenreError: It is not made yet.
        """
        if self.net is None:
            raise MusicGenreError("The net is made when training begins: call trainer.fit first, or give a made net.")
        return self.net

    # Inference

    def forward(self, x: Tensor) -> Tensor:
        """Logits `(B, K)` of standardised features `(B, C, F, T)`."""
        logits: Tensor = self.made_net(channels_last(x))
        return logits

    def waveform_to_features(self) -> nn.Module:
        """Return front end and standardisation as one module: waveforms `(B, T)` -> features `(B, C, F, T)`."""
        return nn.Sequential(*(part for part in (self.front_end, self.standardize) if part is not None))

    def features(self, waveform: Tensor) -> Tensor:
        """Standardised features `(B, C, F, T)` of waveforms `(B, T)` at the front end's sample rate (Hz)."""
        features: Tensor = self.waveform_to_features()(waveform)
        return features

    def probabilities(self, waveform: Tensor) -> Tensor:
        """Genre probabilities `(B, K)` of waveforms `(B, T)` at the front end's sample rate (Hz)."""
        with self._evaluating():
            logits: Tensor = self(self.features(waveform))
        return logits.float().softmax(-1)

    def listen(self, audio: Audio, sample_rate: int | None = None) -> Prediction:
        """Tell the genre of a file, or of a waveform at `sample_rate` (Hz), of any length.

        Raises:
            AudioError: The audio cannot be used; the message is the reason.
            MusicGenreError: The model does not hear audio.
        """
        training = self.training
        heard = self.audio_classifier(self.device)(audio, sample_rate)
        self.train(training)
        return heard

    def audio_classifier(self, device: str | torch.device = "cpu", batch_size: int = 64) -> AudioClassifier:
        """Return what hears audio with this model, cut as it was trained, in evaluation mode.

        A model of pictures or of a table hears whole tracks in windows as long as GTZAN's.

        Raises:
            MusicGenreError: The model was not trained yet, or on something that audio cannot be turned into.
        """
        card, genres = self.card, self.genres
        if card is None or genres is None:
            raise MusicGenreError("The model knows of no front end: train it on a GenreDataModule, or load one.")
        if "audio" not in getattr(self.front_end, "reads", ()):
            raise MusicGenreError(
                f"The model was trained on {type(self.front_end).__name__} features, which no audio can be turned into."
            )
        whole = card.kind != "audio" or card.segmenter.length is None
        self.to(device).eval()
        return AudioClassifier(
            self._evaluated(self.features),
            self._evaluated(self),
            genres,
            card.segmenter.whole() if whole else card.segmenter,
            reference=card.reference,
            whole_seconds=card.seconds or GTZAN_SECONDS,
            device=device,
            batch_size=batch_size,
        )

    def _evaluated(self, function: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
        """The function, in evaluation mode whenever it is called."""

        def call(x: Tensor) -> Tensor:
            with self._evaluating():
                return function(x)

        return call

    @contextmanager
    def _evaluating(self) -> Iterator[None]:
        """Predict in evaluation mode, whatever the mode is."""
        training = self.training
        self.eval()
        try:
            with torch.no_grad():
                yield
        finally:
            self.train(training)

    @property
    def predictions(self) -> pd.DataFrame:
        """Every segment's probabilities of the last validation or test: split, track, start (s), genre, label, `p_...`.

        Raises:
            MusicGenreError: There was none.
        """
        if self.outputs is None:
            raise MusicGenreError("Nothing was validated or tested yet: call trainer.test(model, data).")
        genres = self.genres or tuple(str(label) for label in range(self.outputs.probs.shape[1]))
        return self.outputs.table(genres, self._segments)

    # Training

    def training_step(self, batch: Sequence[Any], batch_idx: int) -> Tensor:
        """The loss of one batch, with the net's own penalty where it has one."""
        x, label = batch[0], batch[1]
        logits = self(x)
        loss: Tensor = self.loss(logits, label)
        with torch.no_grad():  # summed on the device, read once an epoch: a read each step would wait for the device
            correct = (logits.argmax(-1) == label).sum()
            size = torch.full_like(loss, len(label))
            sums = torch.stack([loss.float() * size, correct.to(loss.dtype), size])
            self._sums = sums if self._sums is None else self._sums + sums
        penalty = getattr(self.net, "l2_penalty", None)
        return loss if penalty is None else loss + penalty()

    def on_before_optimizer_step(self, optimizer: Optimizer) -> None:
        """Keep the learning rate of this step: a schedule moves it after."""
        self._rate = float(optimizer.param_groups[0]["lr"])

    def on_train_epoch_end(self) -> None:
        """Log the epoch's mean loss and accuracy over training segments, as augmented."""
        if self._sums is None:
            return
        loss, correct, size = self.trainer.strategy.reduce(self._sums, reduce_op="sum").tolist()
        self._sums = None
        metrics = {"train/segment/loss": loss / size, "train/segment/accuracy": correct / size, "train/lr": self._rate}
        self.log_dict(metrics, sync_dist=True)

    def setup(self, stage: str) -> None:
        """Enter training mode where training begins: a model that was trained or loaded before is in the other."""
        if stage == "fit":
            self.train()

    def on_fit_end(self) -> None:
        """Leave training mode: what comes next is prediction."""
        self.eval()

    def validation_step(self, batch: Sequence[Any], batch_idx: int) -> None:
        """Keep the batch's log-probabilities for the end of the epoch."""
        self._gathered.add(self(batch[0]), batch[1], batch[2:])

    def test_step(self, batch: Sequence[Any], batch_idx: int) -> None:
        """Keep the batch's log-probabilities for the end of the epoch."""
        self._gathered.add(self(batch[0]), batch[1], batch[2:])

    def predict_step(self, batch: Sequence[Any], batch_idx: int) -> pd.DataFrame:
        """Probabilities of the batch's segments: track, start (s), then `p_<genre>`; `pd.concat` joins the batches."""
        gathered = Gathered()
        gathered.add(self(batch[0]), batch[1], batch[2:])
        outputs = gathered.outputs("predict")
        genres = self.genres or tuple(str(label) for label in range(outputs.probs.shape[1]))
        return outputs.table(genres, self._segments).drop(columns=["split", "genre", "label"])

    def on_validation_epoch_end(self) -> None:
        """Log validation metrics, by segment and by track.

        Raises:
            MusicGenreError: The loss is no number while fitting.
        """
        fitting = self.trainer.state.fn == "fit"
        metrics = self._summarise("val")
        if fitting and not math.isfinite(metrics["val/segment/loss"]):
            raise MusicGenreError(
                f"The validation loss is {metrics['val/segment/loss']} in epoch {self.current_epoch + 1}: the training "
                "has diverged. Lower optimizer.lr, or limit its steps with trainer.gradient_clip_val=1."
            )
        self.log_dict(metrics, sync_dist=True)
        short = {"val/loss": metrics["val/segment/loss"], "val/acc": metrics["val/segment/accuracy"]}
        if fitting:
            self.log_dict(short, prog_bar=True, logger=False, sync_dist=True)

    def on_test_epoch_end(self) -> None:
        """Log test metrics, by segment and by track; `predictions` holds every segment's probabilities."""
        self.log_dict(self._summarise("test"), sync_dist=True)

    def _summarise(self, split: str) -> dict[str, float]:
        self.outputs = self._gathered.outputs(split, self.trainer.world_size)
        return self.outputs.metrics()

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """The optimizer over all parameters, with its schedule if there is one."""
        optimizer = self.make_optimizer(self.parameters(), **({} if self.lr is None else {"lr": self.lr}))
        if self.schedule is None:
            return optimizer
        found = self.schedule.configuration(optimizer, self.trainer)
        return {"optimizer": optimizer, "lr_scheduler": found}  # type: ignore[return-value]

    # Checkpoints

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add all that the model is built again from."""
        checkpoint["state_dict"] = weights_to_keep(checkpoint, self)
        checkpoint[KEY] = ClassifierRecord.of(self).plain()

    @classmethod
    def load_from_checkpoint(  # type: ignore[override]
        cls,
        checkpoint_path: str | Path,
        map_location: str | torch.device | None = "cpu",
        *,
        net: nn.Module | NetFactory | None = None,
        trusted: frozenset[str] = frozenset(),
        **settings: Any,  # noqa: ANN401  # those of the constructor
    ) -> Self:
        """Build the model that a checkpoint holds, in evaluation mode; the data is not needed.

        The file is read as weights and plain values, and what it names is made only if it is musicgenre's own.

        Args:
            checkpoint_path: A checkpoint that a `Trainer` or `musicgenre train` wrote.
            map_location: Device of the weights.
            net: The net, or what makes it, where its class is your own.
            trusted: Full names of further classes that may be made, such as `{"mine.MyNet"}`.
            **settings: Of the constructor: `lr`, `optimizer`, ... for further training.

        Raises:
            MusicGenreError: The file is no such checkpoint, or names a class that is not musicgenre's.
        """
        checkpoint = read_checkpoint(Path(checkpoint_path))
        record = ClassifierRecord.from_plain(checkpoint[KEY], Path(checkpoint_path))
        model = cls(record.make_net(net, trusted), genres=record.genres, config=record.config, **settings)
        record.furnish(model, trusted)
        record.load_weights(model, checkpoint["state_dict"], Path(checkpoint_path))
        return model.to(map_location or "cpu").eval()

    def __repr__(self) -> str:
        if self.net is None:
            return f"{type(self).__name__}({_name(self.make_net)}, made when training begins)"
        known = f", {len(self.genres)} genres" if self.genres else ""
        front_end = "" if self.front_end is None else f", {type(self.front_end).__name__}"
        return f"{type(self).__name__}({_name(self.net)} of {self.n_parameters:,} parameters{front_end}{known})"


def _name(net: object) -> str:
    """Name of a net, of its class, or of what a partial makes."""
    made = getattr(net, "func", net)
    return str(getattr(made, "__name__", type(made).__name__))


def _learning_rate(optimizer: Callable[..., Optimizer] | None, lr: float | None) -> float | None:
    """The rate that was given, the optimizer's own, or Adam's."""
    if lr is not None:
        return lr
    if optimizer is None:
        return 1e-3
    own = getattr(optimizer, "keywords", {}).get("lr")
    if own is not None and (isinstance(own, bool) or not isinstance(own, int | float)):
        raise MusicGenreError(f"optimizer.lr is {own!r}: give a number, such as 1e-3.")
    return None if own is None else float(own)
