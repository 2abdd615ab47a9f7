"""Build the objects of a run from its config (plain values): once, and nowhere else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import signature
from typing import Any

from torch import nn
from torch.optim import Optimizer

from musicgenre.augment import Mixup
from musicgenre.data.corpus.tracks import Corpus, require_several_genres
from musicgenre.data.datamodule import GenreDataModule
from musicgenre.data.splits.assignment import SplitFunction
from musicgenre.modules.classifier import GenreClassifier
from musicgenre.modules.schedule import Schedule
from musicgenre.training.leaks import LEAKING_PROTOCOLS
from musicgenre.training.objects import Config, build, factory_of, is_estimator
from musicgenre.training.trainer import TrainerPlan

MADE = ("data", "split", "features", "standardize", "wave_augment", "augment")  # config groups that build the data
_DOWNMIX = "downmix"  # in `data`, besides the corpus's own settings
_OF_LIGHTNING = ("interval", "frequency", "monitor")  # in a schedule's config, besides the schedule's own


@dataclass(frozen=True)
class Plan:
    """What a training run is made of.

    Attributes:
        seed: Seed of weights, order and augmentation.
        data: The DataModule, not yet set up.
        model: A factory of the net, or a scikit-learn estimator with `fit` and `predict`.
        loss: Logits and labels -> a scalar.
        mix: Mixes the items of training batches; None for no mixing.
        optimizer: Called with the parameters.
        schedule: Learning rate schedule; None for none.
        trainer: The Trainer's settings, callbacks and loggers.
        monitor: The logged metric that determines the best epoch.
        select: Which epoch is tested, the "best" or the "last".
        milestones: Earlier epochs (from 1) that are kept and tested too.
        compile: Whether the net is compiled.
        channels_last: Whether convolution weights have the memory layout of the inputs.
        leaks: What the run's protocol leaks, in words; empty if nothing.
        ckpt_path: The checkpoint to resume from; None to start from scratch.
        figures: Whether figures are drawn.
        embeddings: Whether the test segments are written for TensorBoard's projector.
        config: The whole config as plain values, for the checkpoint.
    """

    seed: int
    data: GenreDataModule
    model: Any
    loss: nn.Module
    mix: Mixup | None
    optimizer: Callable[..., Optimizer]
    schedule: Schedule | None
    trainer: TrainerPlan
    monitor: str
    select: str
    milestones: tuple[int, ...]
    compile: bool
    channels_last: bool
    leaks: str
    ckpt_path: str | None
    figures: bool
    embeddings: bool
    config: Config

    @property
    def is_classical(self) -> bool:
        """Whether the model is fitted at once, like scikit-learn's, and not trained in steps."""
        return is_estimator(self.model)

    @property
    def watched(self) -> tuple[str, ...]:
        """Names of the settings that watch validation."""
        plateau = self.schedule is not None and self.schedule.watches_validation
        return (*self.trainer.watched, *(["scheduler=plateau"] if plateau else []))

    def classifier(self) -> GenreClassifier:
        """Return the LightningModule, whose net is built for the data later."""
        return GenreClassifier(
            self.model,
            loss=self.loss,
            optimizer=self.optimizer,
            scheduler=self.schedule,
            mix=self.mix,
            config=dict(self.config),
        )


def unpack(config: Config) -> Plan:
    """Build everything that a training config names.

    Raises:
        MusicGenreError: A setting is invalid, or settings contradict each other.
    """
    data = build_data(config)
    require_several_genres(data.corpus)
    return Plan(
        seed=config["seed"],
        data=data,
        model=factory_of(config, "model"),
        loss=build(config, "loss"),
        mix=build(config, "mix") if config.get("mix") else None,
        optimizer=_optimizer(config),
        schedule=_schedule(config),
        trainer=TrainerPlan.of(config),
        monitor=config["monitor"],
        select=config["select"],
        milestones=tuple(config["milestones"] or ()),
        compile=config["compile"],
        channels_last=config["channels_last"],
        leaks=LEAKING_PROTOCOLS.get(config["protocol"], ""),
        ckpt_path=config["ckpt_path"],
        figures=config["figures"],
        embeddings=config["embeddings"],
        config=config,
    )


def build_corpus(config: Config) -> Corpus:
    """List the tracks that `data` names."""
    data = config["data"]
    if isinstance(data, Mapping):  # `downmix` is not a setting of the corpus itself
        config = {**config, "data": {name: value for name, value in data.items() if name != _DOWNMIX}}
    corpus: Corpus = build(config, "data")
    return corpus


def downmix_of(config: Config) -> str:
    """Return how several channels are reduced to one: as `data.downmix` says, or to their mean."""
    data = config["data"]
    return str((data.get(_DOWNMIX) if isinstance(data, Mapping) else None) or "mean")


def build_data(
    config: Config,
    standardize: nn.Module | None = None,
    corpus: Corpus | None = None,
    split: SplitFunction | None = None,
) -> GenreDataModule:
    """Build the DataModule, not set up, from `data`, `split`, `features`, `segments`, `wave_augment` and `augment`.

    Args:
        config: The run's config.
        standardize: A fitted standardisation, instead of the config's.
        corpus: The tracks, if they are already listed.
        split: A split instead of the config's, whose file may no longer exist.
    """
    rate = config["sample_rate"]
    wave_augment, augment = build_augmentations(config)
    scaling = config["standardize"] if standardize is None else standardize
    return GenreDataModule(
        corpus or build_corpus(config),
        factory_of(config, "features")(rate),
        **config["segments"],
        split=split or build(config, "split"),
        batch_size=config["batch_size"],
        standardize=build(config, "standardize") if isinstance(scaling, Mapping) else scaling,
        fit_on_all=bool(LEAKING_PROTOCOLS.get(config["protocol"])),
        augment=augment,
        wave_augment=wave_augment,
        seed=config["seed"],
        downmix=downmix_of(config),
        on_error=config["on_error"],
    )


def build_augmentations(config: Config) -> tuple[nn.Module | None, nn.Module | None]:
    """Return the augmentations of training waveforms and of training features; None where there is none."""
    waves = factory_of(config, "wave_augment")(config["sample_rate"]) if config.get("wave_augment") else None
    return waves, build(config, "augment") if config.get("augment") else None


def _optimizer(config: Config) -> Any:  # noqa: ANN401  # what makes one
    """Return the optimizer's factory, with the config's `epsilon` if it takes an eps and none is set."""
    factory, epsilon = factory_of(config, "optimizer"), config.get("epsilon")
    made = getattr(factory, "func", None)
    if epsilon is None or made is None or "eps" in factory.keywords or "eps" not in signature(made).parameters:
        return factory
    return factory_of({"optimizer": {**config["optimizer"], "eps": epsilon}}, "optimizer")


def _schedule(config: Config) -> Schedule | None:
    if not config.get("scheduler"):
        return None
    settings = dict(config["scheduler"])
    timing = {name: settings.pop(name) for name in _OF_LIGHTNING if name in settings}
    return Schedule(factory_of({"scheduler": settings}, "scheduler"), **timing)
