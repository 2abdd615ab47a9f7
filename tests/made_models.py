"""Checkpoints as training writes them, made without training."""

from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import torch
from hydra import compose, initialize_config_dir
from made_runs import GENRES
from omegaconf import OmegaConf

from musicgenre.cli.configs import conf_dir
from musicgenre.data.audio.segments import Segmenter
from musicgenre.data.card import DataCard
from musicgenre.features import MFCC, Standardize
from musicgenre.gan import MLPDiscriminator, MLPGenerator
from musicgenre.gan.module import ConditionalGAN
from musicgenre.gan.record import GanRecord
from musicgenre.modules.classifier import GenreClassifier
from musicgenre.nets import BiLSTM
from musicgenre.parts import describe

SHAPE = (1, 4, 44)  # of an input: 4 MFCC over one second


@cache
def _train_config(*overrides: str) -> Any:
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        return OmegaConf.to_container(compose("train", list(overrides)), resolve=True)


def train_config(*overrides: str) -> dict[str, Any]:
    """The resolved config of `musicgenre train OVERRIDES`, as a fresh copy in plain values."""
    found: dict[str, Any] = deepcopy(_train_config(*overrides))
    return found


def small_config(root: Path | str = "/music/tapes") -> dict[str, Any]:
    """The config that the net of `classifier` was trained with."""
    own = ("data=folder", f"data.root={root}", "segments.length=1", "features=mfcc", "features.n_mfcc=4")
    return train_config(*own, "model=bilstm", "augment=none", "trainer=cpu")


def classifier(config: dict[str, Any] | None = None) -> GenreClassifier:
    """A net of a few hundred weights that knows its data."""
    torch.manual_seed(0)
    model = GenreClassifier(BiLSTM(SHAPE, len(GENRES), hidden=4), genres=GENRES, config=config or small_config())
    model.card = DataCard(GENRES, SHAPE, "audio", Segmenter(22050, length=1.0), 1.0)
    model.front_end, model.standardize = MFCC(22050, n_mfcc=4), _scaling()
    return model


def checkpoint(config: dict[str, Any] | None = None) -> dict[str, Any]:
    """The content of its checkpoint, with another config in its record if one is given."""
    found = deepcopy(_checkpoint())
    found["musicgenre"]["config"] = config or small_config()
    return found


@cache
def _checkpoint() -> dict[str, Any]:
    found: dict[str, Any] = {"epoch": 1, "global_step": 10, "pytorch-lightning_version": "2.6.0"}
    model = classifier()
    found["state_dict"] = model.state_dict()
    model.on_save_checkpoint(found)
    return found


def gan_checkpoint(genres: tuple[str, ...] = GENRES) -> dict[str, Any]:
    """The content of a GAN's checkpoint."""
    torch.manual_seed(0)
    n = len(genres)
    sides = (MLPGenerator(SHAPE, n, noise=4, embedding=2, hidden=[8]), MLPDiscriminator(SHAPE, n, hidden=[8]))
    parts = (*sides, _scaling(), MFCC(22050, n_mfcc=4))
    names = ("generator", "discriminator", "standardize", "front_end")
    described: dict[str, Any] = {name: describe(part) for name, part in zip(names, parts, strict=True)}
    record = GanRecord(**described, genres=genres, in_shape=SHAPE, tracks=("0",), leaks="", epochs=1, ema=None)
    gan = ConditionalGAN(*sides, record=record, standardize=_scaling())
    found: dict[str, Any] = {"epoch": 0, "global_step": 10, "state_dict": gan.state_dict()}
    gan.on_save_checkpoint(found)
    return found


def write_net(folder: Path, content: dict[str, Any] | None = None, name: str = "best.ckpt") -> Path:
    """Write a folder with a checkpoint, like that of an unfinished run."""
    (folder / "checkpoints").mkdir(parents=True)
    torch.save(checkpoint() if content is None else content, folder / "checkpoints" / name)
    return folder


def _scaling() -> Standardize:
    scaling = Standardize("coefficient", SHAPE)
    return scaling.fit([torch.randn(8, *SHAPE, generator=torch.Generator().manual_seed(0))])
