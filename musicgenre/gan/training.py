"""Train a GAN on the training segments of a split, and on nothing else."""

import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
import torch
from lightning.pytorch.callbacks import ModelCheckpoint

from musicgenre.data.datamodule import GenreDataModule
from musicgenre.data.loader import BatchLoader
from musicgenre.errors import MusicGenreError
from musicgenre.features.front_end import bins_of
from musicgenre.gan.build import GanPlan, build_gan, load_gan
from musicgenre.gan.figures import GanFigures
from musicgenre.gan.module import ConditionalGAN
from musicgenre.gan.record import CHECKPOINT, GanRecord, read_gan
from musicgenre.quoting import quoted
from musicgenre.runs.folder import RunFolder
from musicgenre.training.build import Plan
from musicgenre.training.checkpoints import epochs_in
from musicgenre.training.continuing import Continuing, go_on_from, resumable
from musicgenre.training.leftovers import start_afresh
from musicgenre.training.trainer import TrainerPlan
from musicgenre.trust import Trust
from musicgenre.words import counted

log = logging.getLogger(__name__)

# Trainer settings that only apply to the classifier: with manual optimisation there is no gradient clipping or
# accumulation, and a GAN has no validation and one process.
_NOT_ITS_OWN: dict[str, Any] = dict.fromkeys(
    ("min_epochs", "min_steps", "max_time", "gradient_clip_val", "val_check_interval", "callbacks")
)
_NOT_ITS_OWN |= {"max_steps": -1, "accumulate_grad_batches": 1, "check_val_every_n_epoch": 1}
_NOT_ITS_OWN |= {"overfit_batches": 0, "strategy": "auto"}
_NOT_ITS_OWN |= {"limit_val_batches": 1.0, "limit_test_batches": 1.0, "num_sanity_val_steps": 0}
_FULL, _MIXED = "32-true", ("16", "16-mixed", "bf16", "bf16-mixed")


def train_gan(gan: GanPlan, plan: Plan, folder: Path) -> ConditionalGAN:
    """Train a GAN; one that is already in the folder is loaded if it is finished, and resumed if not.

    Args:
        gan: What the GAN is made of.
        plan: The run's plan; of its trainer settings only device, mixed precision and limits of batches count.
        folder: Where checkpoints/gan.ckpt, metrics.csv and TensorBoard's events are written.

    Raises:
        MusicGenreError: It diverged, was interrupted, or there are several processes.
    """
    path, data = folder / CHECKPOINT, plan.data
    there = _own(path)
    module = build_gan(gan, plan)
    if there and there[0].is_finished(there[1]):
        return load_gan(path, Trust(names=module.record.classes))  # from this run's own config
    if there is None:
        start_afresh(RunFolder(folder))
    trainer = _build_trainer(gan, plan, folder)
    if trainer.world_size > 1:
        raise MusicGenreError(
            "A GAN is trained by one process: train it with `musicgenre gan` on one device, "
            "then give gan_run=RUN to this command."
        )
    n_segments = counted(len(data.rows["train"]), "segment")
    log.info("Training a GAN on %s, %s.", n_segments, counted(gan.epochs, "epoch"))
    start = time.perf_counter()
    loader = gan_loader(data, gan.batch_size, trainer.strategy.root_device)
    go_on_from(trainer.loggers, epochs_in(there[1]) if there else 0)
    place = quoted(f"hydra.run.dir={folder.parent if folder.name == 'gan' else folder}")
    how = "Interrupted while training the GAN.", f"To go on, run the same command again with {place}."
    with resumable(lambda: how):
        trainer.fit(module, loader, ckpt_path=path if there else None, weights_only=True)
    log.info("Trained it in %.0f s.", time.perf_counter() - start)
    return module.eval()


def require_its_own(settings: Mapping[str, Any]) -> None:
    """Raise an error if Trainer settings that only apply to a classifier were typed for a GAN trained on its own.

    Raises:
        MusicGenreError: It is.

    Example:
        >>> require_its_own({"gradient_clip_val": 0.5})
        Traceback (most recent call last):
        musicgenre.errors.MusicGenreError: trainer.gradient_clip_val is 0.5, which a GAN is trained without: leave it \
out.
    """
    for name, without in _NOT_ITS_OWN.items():
        value = settings.get(name)
        if value and value != without and name != "strategy":  # with one process any strategy will do
            raise MusicGenreError(f"trainer.{name} is {value}, which a GAN is trained without: leave it out.")
    precision = settings.get("precision")
    if precision is not None and str(precision) not in ("32", _FULL, *_MIXED):
        raise MusicGenreError(
            f"trainer.precision is {precision}, but a GAN is trained in {_FULL}: leave it out, or choose 16-mixed or "
            "bf16-mixed."
        )


def _own(path: Path) -> tuple[GanRecord, dict[str, Any]] | None:
    """Return the folder's own GAN with its checkpoint; None if there is none, or an unreadable one."""
    if not path.is_file():
        return None
    try:
        return read_gan(path)
    except MusicGenreError as error:
        log.warning("%s The GAN is trained from scratch.", error)
        return None


def gan_loader(data: GenreDataModule, batch_size: int, device: torch.device) -> BatchLoader:
    """Return a loader of the training segments alone: its tensor contains no other segment."""
    rows = data.rows["train"]
    features = torch.from_numpy(data.features[rows]).to(device)  # (M, C, F, T), a copy
    return BatchLoader(
        features,
        data.labels[rows],
        data.track_numbers[rows],
        torch.arange(len(rows)),
        batch_size=batch_size,
        shuffle=True,
        seed=data.seed,
    )


def _build_trainer(gan: GanPlan, plan: Plan, folder: Path) -> L.Trainer:
    """Build the run's Trainer with the GAN's own epochs."""
    checkpoint = ModelCheckpoint(
        folder / CHECKPOINT.parent,
        filename=CHECKPOINT.stem,
        save_on_train_epoch_end=True,
        enable_version_counter=False,
    )
    figures = [_figures(gan, plan.data)] if plan.figures else []
    settings = {**plan.trainer.settings, **_NOT_ITS_OWN, "max_epochs": gan.epochs}
    if str(settings.get("precision")) not in _MIXED:
        settings["precision"] = _FULL  # that of the features
    share, n_batches = settings.get("limit_train_batches"), len(plan.data.rows["train"]) // gan.batch_size
    if isinstance(share, float) and share * n_batches < 1:  # a share that leaves less than one batch
        settings["limit_train_batches"] = 1
    bar = {"progress": plan.trainer.callbacks.get("progress")}
    return TrainerPlan(settings, bar, plan.trainer.loggers).build(folder, Continuing(), checkpoint, *figures)


def _figures(gan: GanPlan, data: GenreDataModule) -> GanFigures:
    real, label = first_of_each(data)
    bins = bins_of(data.front_end, data.corpus.kind)
    return GanFigures(real, label, every=gan.figure_every, seconds=data.segmenter.length, bins=bins)


def first_of_each(data: GenreDataModule) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the first training segment of each genre `(K, C, F, T)`, with its label `(K,)`."""
    rows = data.rows["train"]
    label, first = np.unique(data.labels.numpy()[rows], return_index=True)
    return torch.from_numpy(data.features[rows[first]]), torch.from_numpy(label)
