"""The LightningModule of every classifier: they differ in net, front end, loss, optimizer and schedule."""

from collections.abc import Callable, Collection, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any, Self

import torch
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn
from torch.nn.parameter import is_lazy
from torch.optim import Optimizer

from musicgenre.arguments import name_of, require_arguments, without_numpy
from musicgenre.augment import Mixup
from musicgenre.data.card import DataCard
from musicgenre.data.given import given_data
from musicgenre.errors import MusicGenreError, NotThereError
from musicgenre.features import FrontEnd
from musicgenre.modules.arguments import CLASSIFIER_ARGUMENTS, LOADING_ARGUMENTS
from musicgenre.modules.checkpoint import KEY, ClassifierRecord, named, read_checkpoint, with_own_loss
from musicgenre.modules.faster import compiled_in_place
from musicgenre.modules.hearing import HearsAudio
from musicgenre.modules.instead import net_of, scaling_of
from musicgenre.modules.losses import CrossEntropy
from musicgenre.modules.optimizer import learning_rate, optimizer_of
from musicgenre.modules.same import awaits_checkpoint, require_same_features, require_same_settings, take_over
from musicgenre.modules.schedule import Schedule
from musicgenre.modules.shape import answers, first_input_shape, make_net, require_answers, start
from musicgenre.modules.steps import ClassifierSteps
from musicgenre.modules.stored import damage_in
from musicgenre.modules.weights import leave_out_callbacks, weights_to_keep
from musicgenre.modules.windowed import windowed
from musicgenre.parts import require_trusted
from musicgenre.quiet import quiet_lightning
from musicgenre.trust import Trust, as_trust
from musicgenre.words import counted

quiet_lightning()

NetFactory = Callable[..., nn.Module]


class GenreClassifier(ClassifierSteps, HearsAudio):
    """Trains a net on standardised features and keeps everything that prediction needs.

    Logs `{train,val,test}/segment/{loss,accuracy,...}` once an epoch and, for validation and test,
    `{val,test}/track/...` from the mean of a track's segment probabilities, if the batches name tracks. A batch is
    `(features, label)`, optionally followed by the track and the start of each segment.

    Args:
        net: `(B, C, F, T)` -> logits `(B, K)`; or a factory, called with the shape of an input `(C, F, T)` and the
            number of genres when training starts: a net class, or a `functools.partial` of one.
        genres: Names of the classes, in the order of their labels; a `GenreDataModule` provides them.
        loss: Logits `(B, K)` and labels `(B,)` -> a scalar; None for cross-entropy, as in validation and test always.
        optimizer: Called with the parameters (and `lr`, if known); None for Adam.
        lr: Learning rate; None for the optimizer's own.
        scheduler: A schedule, or a factory called with the optimizer, stepped each epoch; None for none.
        mix: Mixes the items of training batches, and their losses: returns a `Mixed`, as `Mixup` does; None for none.
        config: Plain values to keep in the checkpoint besides the record: the resolved config of a run.

    Example:
        >>> from musicgenre.nets import BiLSTM
        >>> GenreClassifier(BiLSTM, lr=1e-3)
        GenreClassifier(BiLSTM, made when training begins)
    """

    def __init__(
        self,
        net: nn.Module | NetFactory,
        *,
        genres: Sequence[str] | None = None,
        loss: nn.Module | None = None,
        optimizer: Callable[..., Optimizer] | None = None,
        lr: float | None = None,
        scheduler: Schedule | Callable[..., Any] | None = None,
        mix: Mixup | None = None,
        config: dict[str, Any] | None = None,
    ) -> None:
        require_arguments(locals(), CLASSIFIER_ARGUMENTS)
        super().__init__()
        self.make_net = None if isinstance(net, nn.Module) else net
        self.net = compiled_in_place(net) if isinstance(net, nn.Module) else None
        self.front_end: FrontEnd | None = None
        self.standardize: nn.Module | None = None
        self.genres = genres = None if genres is None else tuple(map(str, genres))  # Lightning compares init arguments
        self.loss, self.mix = loss or CrossEntropy(), mix
        self.make_optimizer: Callable[..., Optimizer] = optimizer or torch.optim.Adam
        self.lr = learning_rate(optimizer, lr)
        self.schedule = Schedule(scheduler) if callable(scheduler) else scheduler
        self.card: DataCard | None = None
        self.in_shape: tuple[int, ...] | None = None  # of an input, if the net was built for it
        self.config = config
        self.total_steps: int | None = None  # that the schedule spans
        self.save_hyperparameters({"lr": self.lr}, logger=False)

    # Built once the data is known

    def configure_model(self) -> None:
        """Prepare for the trainer's data, see `prepare`; bare batches give only the shape of an input."""
        data = given_data(self.trainer)
        if hasattr(data, "card") and hasattr(data, "standardize_with"):
            self.prepare(data)
        elif self.net is None:
            in_shape = first_input_shape(self.trainer)
            self._make_net(in_shape)
            require_answers(self.made_net, in_shape, len(self.genres or ()))

    def prepare(self, data: Any) -> None:  # noqa: ANN401  # whatever describes itself as a GenreDataModule does
        """Take genres, front end, scaling and the shape of an input from the data, and build the net.

        A model that already has these, from training or a checkpoint, standardises the data as in its training.

        Args:
            data: A `GenreDataModule`, or an object with its `card()`, `front_end`, `standardize` and
                `standardize_with()`.

        Raises:
            MusicGenreError: The data differs from what the model was trained on, or the net cannot be built for it.
        """
        if self.card is not None and not self.awaits_checkpoint:
            self.card.require_same(data.genres, data.in_shape)
            if self.front_end is not None and data.corpus.kind == self.card.kind:
                require_same_features(named(self.front_end), data.front_end)
            data.standardize_with(deepcopy(self.standardize) or nn.Identity())
            self._fit_loss(data)
            return
        # As configured, whatever model was tested on the data before; or as a checkpoint will say.
        self.awaits_checkpoint = awaits_checkpoint(self._trainer, data)
        data.standardize_with(nn.Identity() if self.awaits_checkpoint else None)
        card = data.card()
        self.genres = card.genres
        if self.net is None:
            self._make_net(card.net_shape)
        require_answers(self.made_net, card.net_shape, len(card.genres), given=self.make_net is None)
        self.card = card
        self.front_end = deepcopy(data.front_end).train(self.training)
        scaling = None if isinstance(data.standardize, nn.Identity) else deepcopy(data.standardize)
        self.standardize = None if scaling is None else scaling.train(self.training)  # whoever used it before
        self._hear_windows()
        self._fit_loss(data)

    def _fit_loss(self, data: Any) -> None:  # noqa: ANN401
        """Fit a loss that needs the training labels, such as one with balanced weights."""
        fit, fitting = getattr(self.loss, "fit", None), self._trainer is None or self._trainer.state.fn == "fit"
        if self.card is None or not callable(fit) or not fitting:
            return
        labels, extra = data.labels[data.rows["train"]], getattr(data, "extra", None)
        if extra is not None:
            labels = torch.cat([labels, torch.from_numpy(extra.labels)])
        if len(labels):
            fit(labels, len(self.card.genres))

    def _make_net(self, in_shape: tuple[int, ...]) -> None:
        if self.genres is None:
            raise MusicGenreError(
                "The number of genres is not known: give GenreClassifier genres=[...] or an instance of a net, or "
                "train it on a GenreDataModule."
            )
        assert self.make_net is not None  # there is a net or its factory
        self.net = compiled_in_place(make_net(self.make_net, in_shape, len(self.genres)))
        start(self.net)
        self.in_shape = in_shape
        self.example_input_array = torch.zeros(1, *in_shape)

    def _hear_windows(self) -> None:
        """Apply the net to its inputs window by window, if the data has windows."""
        if self.card is not None and self.net is not None:
            self.net = windowed(self.net, self.card.windows, self.card.in_shape[-1])

    @property
    def n_parameters(self) -> int:
        """Number of the net's parameters; 0 before it is built."""
        made = () if self.net is None else self.net.parameters()
        return sum(parameter.numel() for parameter in made if not is_lazy(parameter))

    @property
    def made_net(self) -> nn.Module:
        """The net.

        Raises:
            NotThereError: It is not built yet.
        """
        if self.net is None:
            raise NotThereError(
                "The net is made when training begins: call trainer.fit first, or give an instance of a net."
            )
        return self.net

    # Inference

    def forward(self, x: Tensor) -> Tensor:
        """Compute logits `(B, K)` from standardised features `(B, C, F, T)`."""
        return answers(self.made_net, x)

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """Build the optimizer of all parameters, and its schedule if there is one; a net may set learning rates."""
        optimizer = optimizer_of(self)
        self.total_steps = None if self.schedule is None else self.schedule.total(self.trainer)
        if self.schedule is None:
            return optimizer
        found = self.schedule.configuration(optimizer, self.trainer)
        return {"optimizer": optimizer, "lr_scheduler": found}  # type: ignore[return-value]

    # Checkpoints

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add everything needed to rebuild the model."""
        checkpoint["state_dict"] = weights_to_keep(checkpoint, self)
        for name in {"optimizer_states", "lr_schedulers"} & checkpoint.keys():
            checkpoint[name] = without_numpy(checkpoint[name])
        checkpoint[KEY] = ClassifierRecord.of(self).plain()

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """When a Trainer loads a checkpoint, restore what it was trained on, and standardise the data in the same way.

        Raises:
            MusicGenreError: The data's genres or features differ from the checkpoint's, or training would resume with a
                schedule built for another number of steps.
        """
        if KEY not in checkpoint:
            return
        path = Path(self.trainer.ckpt_path or "The checkpoint")
        record = ClassifierRecord.from_plain(checkpoint[KEY], path)
        take_over(self, record, checkpoint["state_dict"], path)
        goes_on = self.trainer.state.fn == "fit" and not self.trainer.optimizers  # a Tuner going back has optimizers
        if goes_on and self.schedule is not None:
            self.schedule.require_same_total(record.total_steps, self.trainer, path)
        checkpoint["state_dict"] = with_own_loss(checkpoint["state_dict"], self)
        leave_out_callbacks(checkpoint, self.trainer)

    @classmethod
    def load_from_checkpoint(  # type: ignore[override]
        cls,
        checkpoint_path: str | Path,
        map_location: str | int | torch.device | None = "cpu",
        *,
        net: nn.Module | NetFactory | None = None,
        features: FrontEnd | None = None,
        standardize: nn.Module | Callable[[tuple[int, ...]], nn.Module] | None = None,
        trust: bool | Trust = False,
        trusted: Collection[str] = (),
        **settings: Any,  # noqa: ANN401  # those of the constructor
    ) -> Self:
        """Rebuild the model from a checkpoint, in evaluation mode; the data is not needed.

        The file is read as weights and plain values, and a class that it names is used only if it is musicgenre's own.

        Args:
            checkpoint_path: A checkpoint that a `Trainer` or `musicgenre train` wrote.
            map_location: Device of the weights.
            net: The net, or a factory, if its class is your own.
            features: The front end, as for a `GenreDataModule`, if its class is your own.
            standardize: The standardisation, or a factory called with the shape of an input, if its class is your own.
            trust: True uses whatever the file names, and so runs its code: only for files from people you trust.
            trusted: Full names of further classes that may be used, such as `{"mine.MyNet"}`.
            **settings: Constructor arguments: `lr`, `optimizer`, ... for further training. A `loss` keeps its buffers,
                such as class weights.

        Raises:
            MusicGenreError: The file is not such a checkpoint, or names a class that is not musicgenre's.
        """
        if net is not None:
            require_arguments({"net": net}, CLASSIFIER_ARGUMENTS)
        parts = {"features": features, "standardize": standardize, "map_location": map_location}
        require_arguments({**settings, **parts}, LOADING_ARGUMENTS)
        settings = {name: value for name, value in settings.items() if name not in LOADING_ARGUMENTS}
        path, whom = Path(checkpoint_path), as_trust(trust, trusted)
        checkpoint = read_checkpoint(path)
        record = ClassifierRecord.from_plain(checkpoint[KEY], path)
        scaled = (record.standardize, whom.of("standardize"), standardize)
        heard = (record.front_end, whom.of("features"), features)
        require_trusted([(record.net, whom.of("model"), net), heard, scaled])
        if net is None:
            with damage_in(path):
                made = net_of(record, None, whom)
        else:
            made = net_of(record, net, whom)
        model = cls(made, genres=record.genres, config=record.config, **settings)
        model.in_shape = record.net_shape if record.card is None else None
        if features is not None and record.front_end is not None:
            require_same_settings(record.front_end, features, "features")
        scaling = scaling_of(record, standardize)
        with damage_in(path):
            record.furnish(model, whom, features, scaling)
            model._hear_windows()
            record.load_weights(model, checkpoint["state_dict"], path, as_made=not isinstance(net, nn.Module))
            record.require_answers(model, path)
        return model.to("cpu" if map_location is None else map_location).eval()

    def __repr__(self) -> str:
        if self.net is None:
            return f"{type(self).__name__}({name_of(self.make_net)}, made when training begins)"
        known = f", {counted(len(self.genres), 'genre')}" if self.genres else ""
        front_end = "" if self.front_end is None else f", {type(self.front_end).__name__}"
        return f"{type(self).__name__}({name_of(self.net)} of {self.n_parameters:,} parameters{front_end}{known})"
