"""Build a GAN from a plan or from a checkpoint alone, and check whether it may be used with given data."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import torch
from torch import nn

from musicgenre.data.datamodule import GenreDataModule
from musicgenre.data.recorded import content_of
from musicgenre.errors import MusicGenreError
from musicgenre.files import copy_whole, expanded
from musicgenre.gan.losses import AdversarialLoss
from musicgenre.gan.module import ConditionalGAN
from musicgenre.gan.record import CHECKPOINT, GanRecord, find_gan, read_gan
from musicgenre.modules.stored import damage_in
from musicgenre.parts import describe, make
from musicgenre.runs.folder import RunFolder
from musicgenre.training.build import Plan
from musicgenre.training.leaks import announced_leaks
from musicgenre.training.objects import build, factory_of
from musicgenre.training.unseen import refuse_seen
from musicgenre.trust import Trust, as_trust

_LEARNING = ("generator_lr", "discriminator_lr", "betas", "ema")


@dataclass(frozen=True)
class GanPlan:
    """What a GAN is made of and trained with.

    Attributes:
        generator: Factory of the generator, called with the shape of an item and the number of genres.
        discriminator: Factory of the discriminator, called likewise.
        loss: What both sides minimise.
        augment: Applied to all that the discriminator sees.
        learning: `generator_lr`, `discriminator_lr`, `betas` and `ema`.
        epochs: Number of epochs.
        batch_size: Items per batch.
        figure_every: Epochs between figures.
        judge_epochs: Epochs of the classifier trained on generated sequences alone; 0 for none.
        per_genre: Sequences drawn per genre.
    """

    generator: Callable[..., nn.Module]
    discriminator: Callable[..., nn.Module]
    loss: AdversarialLoss
    augment: nn.Module | None
    learning: Mapping[str, Any]
    epochs: int
    batch_size: int
    figure_every: int
    judge_epochs: int
    per_genre: int

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Self:
        """Build the plan from the `gan` group of a training config."""
        gan = config["gan"]
        return cls(
            factory_of(gan, "generator"),
            factory_of(gan, "discriminator"),
            build(gan, "loss"),
            build(gan, "augment") if gan["augment"] else None,
            {name: gan[name] for name in _LEARNING},
            gan["epochs"],
            gan["batch_size"],
            gan["figure_every"],
            gan["judge_epochs"],
            config["generated_per_genre"],
        )


def build_gan(gan: GanPlan, plan: Plan) -> ConditionalGAN:
    """Return the untrained GAN for a plan's data, with a record from which it can be rebuilt."""
    data = plan.data
    contents = content_of(data.corpus, data.store)
    tracks = data.segments.track.iloc[data.rows["train"]].unique()
    generator, discriminator = (
        make_side(data.in_shape, len(data.genres)) for make_side in (gan.generator, gan.discriminator)
    )
    record = GanRecord(
        generator=describe(generator),
        discriminator=describe(discriminator),
        standardize=None if isinstance(data.standardize, nn.Identity) else describe(data.standardize),
        front_end=describe(data.front_end),
        genres=data.genres,
        in_shape=data.in_shape,
        tracks=tuple(sorted(contents[track] for track in tracks)),
        leaks=announced_leaks(data, plan.leaks) or "",
        epochs=gan.epochs,
        ema=gan.learning["ema"],
    )
    scaling = copy.deepcopy(data.standardize)  # the GAN's mode and device must not affect the data's
    return ConditionalGAN(
        generator, discriminator, record=record, standardize=scaling, loss=gan.loss, augment=gan.augment, **gan.learning
    )


def load_gan(path: Path, trust: bool | Trust = False) -> ConditionalGAN:
    """Build the GAN of a checkpoint and load its weights.

    Args:
        path: The checkpoint.
        trust: Whether to build whatever it names, or what to trust: see `musicgenre.trust`.

    Raises:
        MusicGenreError: Its training was interrupted, or it has diverged.
    """
    record, checkpoint = read_gan(path)
    with damage_in(path):
        return _load(path, record, checkpoint, as_trust(trust))


def _load(path: Path, record: GanRecord, checkpoint: dict[str, Any], trust: Trust) -> ConditionalGAN:
    if not record.is_finished(checkpoint):
        raise MusicGenreError(
            f"The GAN in {path} is unfinished ({checkpoint['epoch'] + 1} of {record.epochs} "
            "epochs): run its command again with the same hydra.run.dir to go on."
        )
    gan = ConditionalGAN(
        make(record.generator, trust.of("gan")),
        make(record.discriminator, trust.of("gan")),
        record=record,
        standardize=nn.Identity() if record.standardize is None else make(record.standardize, trust.of("standardize")),
        ema=record.ema,
    )
    gan.load_state_dict(checkpoint["state_dict"])
    if not all(parameter.isfinite().all() for parameter in gan.parameters()):
        raise MusicGenreError(f"The GAN in {path} has diverged: some of its weights are not finite. Train it again.")
    if gan.eval().sample(torch.tensor([len(record.genres) - 1]), 0).shape != (1, *record.in_shape):
        raise MusicGenreError(f"{path} is damaged: its generator does not make items of shape {record.in_shape}.")
    return gan


def reuse_gan(run: str, plan: Plan, folder: Path, trust: bool | Trust = False) -> ConditionalGAN:
    """Return the GAN of another run, if it may add to this data's training segments; copy its checkpoint to `folder`.

    Raises:
        MusicGenreError: Its genres or features differ, or it was trained on tracks that this data tests on.
    """
    path = find_gan(run)
    gan = load_gan(path, trust)
    record, data = gan.record, plan.data
    if record.genres != data.genres:
        raise MusicGenreError(
            f"The GAN in {path} makes {', '.join(record.genres)}, but the data's genres are {', '.join(data.genres)}: "
            "train a GAN on this data (gan=improved and no gan_run)."
        )
    _require_same_features(path, record, data)
    if record.leaks and not announced_leaks(data, plan.leaks):
        raise MusicGenreError(
            f"The GAN in {path} was trained with a leak ({record.leaks.partition(':')[0]}), which its samples would "
            "carry into training. Train a GAN without it, or this run with it."
        )
    refuse_seen(
        data,
        f"The GAN in {path}",
        "its samples would carry them into training. Use a GAN trained with the same split and seed, or train one here "
        "(gan=improved and no gan_run)",
        next(
            (each for each in map(RunFolder, path.parents[1:3]) if each.split_csv.is_file()), RunFolder(expanded(run))
        ),
        learnt=set(record.tracks),
    )
    own = folder / CHECKPOINT
    if own.resolve() != path.resolve():
        copy_whole(path, own)
    return gan


def _require_same_features(path: Path, record: GanRecord, data: GenreDataModule) -> None:
    parts = (describe(data.front_end), record.front_end)
    mine, theirs = ({"features": part["name"].rpartition(".")[2], **part["settings"]} for part in parts)
    names = sorted({*mine, *theirs})
    found = [f"{k} is {theirs.get(k)} there, {mine.get(k)} here" for k in names if mine.get(k) != theirs.get(k)]
    if record.in_shape != data.in_shape:
        found.append(f"its sequences are {record.in_shape}, the data's segments {data.in_shape}")
    if found:
        raise MusicGenreError(
            f"The GAN in {path} makes other features than the classifier reads: {'; '.join(found)}. "
            "Choose the same features and segments.length, or train a GAN on these (gan=improved and no gan_run)."
        )
