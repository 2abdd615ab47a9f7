"""Sequences of a GAN: drawing, evaluating, and adding them to the training segments."""

import logging
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from lightning.pytorch.utilities.seed import isolate_rng
from torch import nn

from musicgenre.data.datamodule import GenreDataModule
from musicgenre.data.samples import Samples
from musicgenre.data.store.fingerprint import hash_file
from musicgenre.errors import MusicGenreError
from musicgenre.gan.build import GanPlan, reuse_gan
from musicgenre.gan.generated_only import accuracy, learn
from musicgenre.gan.judging import diversity_by_genre, frechet_by_genre, near_copies
from musicgenre.gan.module import ConditionalGAN
from musicgenre.gan.record import find_gan
from musicgenre.gan.training import train_gan
from musicgenre.modules.shape import start
from musicgenre.training.build import Plan
from musicgenre.transcript import is_brief
from musicgenre.trust import Trust
from musicgenre.words import counted

log = logging.getLogger(__name__)

REAL = "real.npz"  # in a GAN's folder: a few training segments to compare generated ones with
_KEPT = 2  # of each genre


def generated_key(run: str | None) -> str:
    """Return the hash of the checkpoint that `gan_run` names, which affects a run's result; empty if it names none."""
    return "" if run is None else hash_file(find_gan(run))


def add_generated(plan: Plan, folder: Path, *, trust: bool | Trust = False) -> dict[str, float]:
    """Add `generated_per_genre` sequences of each genre to the training segments, from the GAN of the config.

    The GAN is trained on the data's training segments, or taken from `gan_run`. Torch's generators are restored, so
    that a classifier starts the same with and without added samples.

    Args:
        plan: The run's plan.
        folder: The run folder; its folder `gan` gets the GAN's checkpoint, curves, samples.npz and real.npz.
        trust: Whether to build whatever the run of `gan_run` names, or what to trust.

    Returns:
        Entries for metrics.json: how many segments of each kind were used, and how good the generated ones are.
    """
    config, data = plan.config, plan.data
    run, per_genre = config["gan_run"], config["generated_per_genre"]
    judge_epochs = 0 if not config["gan"] else config["gan"]["judge_epochs"]
    with isolate_rng():
        if run is None:
            gan = train_gan(GanPlan.of(config), plan, folder / "gan")
        else:
            gan = reuse_gan(run, plan, folder / "gan", trust)
        samples = draw_samples(gan, data.genres, per_genre, plan.seed)
        samples.save(folder / "gan" / "samples.npz")
        some_real(data).save(folder / "gan" / REAL)
        judged = {} if plan.trainer.fast_dev_run else judge(plan, samples, judge_epochs)
    data.add_training(samples)
    counts = {"train/real_segments": len(data.rows["train"]), "train/generated_segments": len(samples.labels)}
    log.info("Training on %d real and %d generated segments.", *counts.values())
    return counts | judged


def draw_samples(gan: ConditionalGAN, genres: tuple[str, ...], per_genre: int, seed: int) -> Samples:
    """Draw a number of sequences of each genre, from a seed; a genre that is named twice counts once.

    Raises:
        MusicGenreError: The GAN does not know a genre, or it has diverged.
    """
    if unknown := [genre for genre in genres if genre not in gan.genres]:
        raise MusicGenreError(f"The GAN does not know {', '.join(unknown)}: it makes {', '.join(gan.genres)}.")
    label = torch.tensor([gan.genres.index(genre) for genre in dict.fromkeys(genres)]).repeat_interleave(per_genre)
    return Samples(gan.sample(label, seed).numpy(), label.numpy(), gan.genres)


def some_real(data: GenreDataModule) -> Samples:
    """Return the first training segments of two tracks of each genre, not standardised."""
    rows = data.rows["train"]
    of_tracks = data.segments.iloc[rows].drop_duplicates("track")
    chosen = of_tracks.groupby("genre", sort=False).head(_KEPT).index.to_numpy()
    return Samples(np.asarray(data.features[chosen]), data.labels.numpy()[chosen], data.genres)


def judge(plan: Plan, samples: Samples, epochs: int) -> dict[str, float]:
    """Evaluate generated sequences by comparing them with the data's training and validation segments.

    Args:
        plan: The run's plan: its data, and the net that is trained on generated sequences alone.
        samples: The sequences.
        epochs: Epochs of that net; 0 trains none.

    Returns:
        Flat entries for metrics.json: `gan/frechet_train/GENRE` (to training segments), `gan/frechet_val/GENRE` (to
        validation segments, if any; compare it with `gan/frechet_real/GENRE`, training to validation), each with a
        `mean`; `gan/diversity/...`; `gan/near_copies/...` (with three or more training recordings);
        `gan/generated_only/{val,test}_accuracy`.
    """
    data = plan.data
    log.info("Judging %s: how near they lie to real segments.", counted(len(samples.labels), "sequence"))
    ours, label, genres = _standardised(data, samples), samples.labels, data.genres
    train, val = (_inputs(data, name) for name in ("train", "val"))
    labels = data.labels.numpy()
    train_label, val_label = labels[data.rows["train"]], labels[data.rows["val"]]
    recordings = data.segments.recording.to_numpy()[data.rows["train"]]
    validated: dict[str, float] = {}  # a split may have no validation
    if len(val):
        validated = _with_mean("frechet_val", frechet_by_genre(ours, label, val, val_label, genres)) | _with_mean(
            "frechet_real", frechet_by_genre(train, train_label, val, val_label, genres)
        )
    found = (
        _with_mean("frechet_train", frechet_by_genre(ours, label, train, train_label, genres))
        | validated
        | _with_mean("diversity", diversity_by_genre(ours, label, train, train_label, genres))
        | {f"near_copies/{name}": value for name, value in near_copies(ours, train, recordings).items()}
    )
    if epochs:
        found |= generated_only(plan, ours, label, epochs)
    return {f"gan/{name}": value for name, value in found.items()}


def generated_only(plan: Plan, ours: np.ndarray, label: np.ndarray, epochs: int) -> dict[str, float]:
    """Return the accuracy on real segments of the run's net trained on generated ones (standardised) alone."""
    data, net = plan.data, judging_net(plan)
    log.info(
        "Training %s on generated sequences alone for %s, to test it on real ones (gan.judge_epochs=0 skips this).",
        type(net).__name__,
        counted(epochs, "epoch"),
    )
    x, y = torch.from_numpy(ours), torch.from_numpy(label)
    learn(net, x, y, epochs=epochs, batch_size=data.batch_size, progress=not is_brief())
    return {
        f"generated_only/{name}_accuracy": accuracy(net, torch.from_numpy(_inputs(data, name)), data.labels[rows])
        for name, rows in data.rows.items()
        if name != "train" and len(rows)
    }


def judging_net(plan: Plan) -> nn.Module:
    """Return the run's net as its training starts, to be trained on generated sequences alone.

    Raises:
        MusicGenreError: It starts from published weights, which are missing.
    """
    torch.manual_seed(plan.seed)
    net: nn.Module = plan.model(plan.data.in_shape, len(plan.data.genres))
    start(net)
    return net


def _with_mean(name: str, by_genre: Mapping[str, float]) -> dict[str, float]:
    found = {f"{name}/{genre}": value for genre, value in by_genre.items()}
    return found | ({f"{name}/mean": float(np.mean(list(by_genre.values())))} if by_genre else {})


def _standardised(data: GenreDataModule, samples: Samples) -> np.ndarray:
    standardised: np.ndarray = data.standardize.cpu()(torch.from_numpy(samples.features)).numpy()
    return standardised


def _inputs(data: GenreDataModule, split: str) -> np.ndarray:
    """Return standardised features `(N, C, F, T)` of a subset."""
    batches = list(data.inputs(split))
    return torch.cat(batches).numpy() if batches else np.empty((0, *data.in_shape), np.float32)
