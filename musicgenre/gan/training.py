"""Training a GAN on the training segments of a split, and on nothing else."""

import logging
import time
from pathlib import Path

import lightning as L
import numpy as np
import torch
from hydra.core.hydra_config import HydraConfig
from lightning.pytorch.callbacks import ModelCheckpoint
from omegaconf import DictConfig, OmegaConf

from musicgenre.data.datamodule import GenreDataModule
from musicgenre.data.loader import BatchLoader
from musicgenre.errors import InterruptedRunError, MusicGenreError
from musicgenre.features import MFCC
from musicgenre.gan.build import CHECKPOINT, build_gan, is_finished, load_gan
from musicgenre.gan.figures import GanFigures
from musicgenre.gan.module import ConditionalGAN
from musicgenre.training.build import build_front_end
from musicgenre.training.checkpoints import read_checkpoint
from musicgenre.training.progress import RunProgress
from musicgenre.training.trainer import build_trainer, fit_quietly

log = logging.getLogger(__name__)


def train_gan(cfg: DictConfig, data: GenreDataModule, folder: Path) -> ConditionalGAN:
    """The GAN of `gan`, trained; one that the folder holds is loaded if it is finished, and gone on with if not.

    Args:
        cfg: The run's config; of `trainer` only what names the device and limits batches counts.
        data: Set up.
        folder: Gets checkpoints/gan.ckpt, metrics.csv and TensorBoard's events.

    Raises:
        MusicGenreError: It diverged, was interrupted, or there are several processes.
    """
    path = folder / CHECKPOINT
    if path.is_file() and is_finished(read_checkpoint(path)):
        return load_gan(path)
    gan = build_gan(cfg, data)
    trainer = _build_trainer(cfg, data, folder)
    if trainer.world_size > 1:
        raise MusicGenreError(
            "A GAN is trained by one process: train it with `musicgenre gan` on one device, "
            "then give gan_run=RUN to this command."
        )
    log.info("Training a GAN on %d segments, %d epochs.", len(data.rows["train"]), cfg.gan.epochs)
    start = time.perf_counter()
    resume_from = path if path.is_file() else None
    loader = gan_loader(data, cfg.gan.batch_size, trainer.strategy.root_device)
    try:
        fit_quietly(trainer, gan, resume_from, train_dataloaders=loader)
    except SystemExit as stop:  # Lightning leaves this way after Ctrl-C
        raise InterruptedRunError(
            "Interrupted while training the GAN. To go on, run the same command again with "
            f"hydra.run.dir={HydraConfig.get().runtime.output_dir}."
        ) from stop
    log.info("Trained it in %.0f s.", time.perf_counter() - start)
    return gan.eval()


def gan_loader(data: GenreDataModule, batch_size: int, device: torch.device) -> BatchLoader:
    """Batches of the training segments alone; no other segment is even in the tensor that they come from."""
    rows = data.rows["train"]
    features = torch.from_numpy(data.features[rows]).to(device)  # (M, C, F, T), a copy
    everything = torch.arange(len(rows))
    return BatchLoader(
        features, data.labels[rows].to(device), everything, batch_size=batch_size, shuffle=True, seed=data.seed
    )


def _build_trainer(cfg: DictConfig, data: GenreDataModule, folder: Path) -> L.Trainer:
    """The run's Trainer with the GAN's own epochs; manual optimisation knows no clipping."""
    own = {"callbacks": {}, "trainer": {"max_epochs": cfg.gan.epochs, "gradient_clip_val": None}}
    settings = OmegaConf.merge({**cfg, "callbacks": {}}, own)
    assert isinstance(settings, DictConfig)
    checkpoint = ModelCheckpoint(
        folder / CHECKPOINT.parent,
        filename=CHECKPOINT.stem,
        save_on_train_epoch_end=True,
        enable_version_counter=False,
    )
    real, label = first_of_each(data)
    figures = GanFigures(real, label, every=cfg.gan.figure_every, bins=bins_of(cfg))
    return build_trainer(settings, folder, checkpoint, figures, RunProgress())


def first_of_each(data: GenreDataModule) -> tuple[torch.Tensor, torch.Tensor]:
    """The first training segment of each genre `(K, C, F, T)`, with its label `(K,)`."""
    rows = data.rows["train"]
    label, first = np.unique(data.labels.numpy()[rows], return_index=True)
    return torch.from_numpy(data.features[rows[first]]), torch.from_numpy(label)


def bins_of(cfg: DictConfig) -> str:
    """What the F axis of the features counts."""
    return "coefficient" if isinstance(build_front_end(cfg), MFCC) else "mel bin"
