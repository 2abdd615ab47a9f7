"""Sequences of a GAN: drawn, judged by numbers, added to the training segments."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from hydra.utils import instantiate
from lightning.pytorch.utilities.seed import isolate_rng
from omegaconf import DictConfig

from musicgenre.data.datamodule import GenreDataModule
from musicgenre.data.samples import Samples
from musicgenre.errors import MusicGenreError
from musicgenre.gan.build import reuse_gan
from musicgenre.gan.generated_only import accuracy, learn
from musicgenre.gan.judging import diversity_by_genre, frechet_by_genre, near_copies
from musicgenre.gan.module import ConditionalGAN
from musicgenre.gan.training import train_gan

log = logging.getLogger(__name__)


def add_generated(cfg: DictConfig, data: GenreDataModule, folder: Path) -> dict[str, float]:
    """Add `generated_per_genre` sequences a genre to the training segments, if `gan` or `gan_run` is set.

    The GAN is trained on the data's training segments, or is that of `gan_run`. Torch's generators are left as they
    were, so that a classifier with and without added samples starts alike.

    Args:
        cfg: The run's config.
        data: Set up.
        folder: The run folder; its folder `gan` gets the GAN's checkpoint, curves and samples.npz.

    Returns:
        For metrics.json: how many segments of each kind were used, and how good the generated ones are.
    """
    if not cfg.get("gan") and cfg.gan_run is None:
        return {}
    with isolate_rng():
        if cfg.gan_run is None:
            gan = train_gan(cfg, data, folder / "gan")
        else:
            gan = reuse_gan(cfg.gan_run, cfg, data, folder / "gan")
        samples = draw_samples(gan, gan.genres, cfg.generated_per_genre, cfg.seed)
        samples.save(folder / "gan" / "samples.npz")
        judged = {} if cfg.trainer.get("fast_dev_run") else judge(cfg, gan, samples, data)
    data.add_training(samples)
    counts = {"train/real_segments": len(data.rows["train"]), "train/generated_segments": len(samples.labels)}
    log.info("Training on %d real and %d generated segments.", *counts.values())
    return counts | judged


def draw_samples(gan: ConditionalGAN, genres: tuple[str, ...], per_genre: int, seed: int) -> Samples:
    """So many sequences of each of these genres, from a seed.

    Raises:
        MusicGenreError: The number is below 1, a genre is not the GAN's, or the GAN has diverged.
    """
    if per_genre < 1:
        raise MusicGenreError(f"{per_genre} generated sequences a genre were asked for: give at least 1.")
    if unknown := [genre for genre in genres if genre not in gan.genres]:
        raise MusicGenreError(f"The GAN does not know {', '.join(unknown)}: it makes {', '.join(gan.genres)}.")
    label = torch.tensor([gan.genres.index(genre) for genre in genres]).repeat_interleave(per_genre)
    return Samples(gan.sample(label, seed).numpy(), label.numpy(), gan.genres)


def judge(cfg: DictConfig, gan: ConditionalGAN, samples: Samples, data: GenreDataModule) -> dict[str, float]:
    """How good generated sequences are, by the training and validation segments of the data; see `evaluation`.

    Returns:
        Flat, for metrics.json: `gan/frechet_train/GENRE` (to training segments), `gan/frechet_val/GENRE` (to those of
        validation, for which `gan/frechet_real/GENRE`, training to validation, is the yardstick), each with a `mean`;
        `gan/diversity/...`; `gan/near_copies/...`; `gan/generated_only/{val,test}_accuracy`.
    """
    ours, label, genres = _standard(data, samples.features), samples.labels, data.corpus.genres
    train, val = (_standard(data, data.features[data.rows[name]]) for name in ("train", "val"))
    labels = data.labels.numpy()
    train_label, val_label = labels[data.rows["train"]], labels[data.rows["val"]]
    tracks = data.segments.track.to_numpy()[data.rows["train"]]
    found = (
        _with_mean("frechet_train", frechet_by_genre(ours, label, train, train_label, genres))
        | _with_mean("frechet_val", frechet_by_genre(ours, label, val, val_label, genres))
        | _with_mean("frechet_real", frechet_by_genre(train, train_label, val, val_label, genres))
        | _with_mean("diversity", diversity_by_genre(ours, label, train, train_label, genres))
        | {f"near_copies/{name}": value for name, value in near_copies(ours, train, tracks).items()}
    )
    record: dict[str, Any] = dict(gan.hparams)
    if epochs := record["config"]["gan"]["judge_epochs"]:
        found |= generated_only(cfg, ours, label, data, epochs)
    return {f"gan/{name}": value for name, value in found.items()}


def generated_only(
    cfg: DictConfig, ours: np.ndarray, label: np.ndarray, data: GenreDataModule, epochs: int
) -> dict[str, float]:
    """Accuracies on real segments of the run's net, trained on generated ones (standardised) alone."""
    torch.manual_seed(cfg.seed)
    net = instantiate(cfg.model)(data.in_shape, len(data.corpus.genres))
    learn(net, torch.from_numpy(ours), torch.from_numpy(label), epochs=epochs, batch_size=cfg.batch_size)
    found = {}
    for name in ("val", "test"):
        rows = data.rows[name]
        if len(rows):
            real = torch.from_numpy(_standard(data, data.features[rows]))
            found[f"generated_only/{name}_accuracy"] = accuracy(net, real, data.labels[rows])
    return found


def _with_mean(name: str, by_genre: Mapping[str, float]) -> dict[str, float]:
    found = {f"{name}/{genre}": value for genre, value in by_genre.items()}
    return found | ({f"{name}/mean": float(np.mean(list(by_genre.values())))} if by_genre else {})


def _standard(data: GenreDataModule, features: np.ndarray) -> np.ndarray:
    assert data.standardize is not None  # set up
    standardised: np.ndarray = data.standardize.cpu()(torch.tensor(features)).numpy()
    return standardised
