"""What a trained net makes of the features, as the input of a classical model."""

from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from omegaconf import DictConfig

from musicgenre.commands.network import train_network
from musicgenre.commands.trained import TrainedRun, load_trained
from musicgenre.data.artists import shortened
from musicgenre.data.datamodule import GenreData
from musicgenre.errors import MusicGenreError

_BATCH = 256  # segments at a time


def embedded(cfg: DictConfig, data: GenreData, folder: Path) -> NDArray[np.float32]:
    """The net's features of every segment `(N, D)`, from the run `embed.run` or from a net trained now.

    A net trained now has the run's own data and split, and its own run folder, `cnn/` inside this one.

    Raises:
        MusicGenreError: The run does not fit the data, gives no features, or was trained on what is tested here.
    """
    if cfg.embed.run is None:
        config = cfg.copy()
        config.model, config.embed = cfg.embed.model, None
        train_network(config, folder / "cnn")
    trained = load_trained(cfg.embed.run or folder / "cnn")
    _require_fit(trained, data)
    _require_same_split(trained, data)
    classifier = trained.classifier.eval()
    with torch.inference_mode():
        parts = [
            classifier.net.features(classifier.standardize(rows))  # type: ignore[operator]  # it has them: see above
            for rows in torch.split(torch.from_numpy(np.array(data.features)), _BATCH)
        ]
    return torch.cat(parts).flatten(1).numpy()


def _require_fit(trained: TrainedRun, data: GenreData) -> None:
    record = dict(trained.classifier.hparams)
    if tuple(record["in_shape"]) != data.in_shape:
        raise MusicGenreError(
            f"The net of {trained.folder} takes features of shape {tuple(record['in_shape'])}, and this run's are "
            f"{data.in_shape} (channels, bins, frames): use the same features and segments, or embed.run=null to "
            "train a net now."
        )
    if not callable(getattr(trained.classifier.net, "features", None)) or not hasattr(trained.classifier.net, "pool2"):
        raise MusicGenreError(
            f"{trained.folder} holds a {type(trained.classifier.net).__name__}, and features come from a DilatedCNN: "
            "give a run of experiment=dilated_cnn."
        )


def _require_same_split(trained: TrainedRun, data: GenreData) -> None:
    """Stop where the net has learnt from a track that this run validates or tests on."""
    table = pd.read_csv(trained.folder / "split.csv", keep_default_na=False)
    learnt = set(table.track[table.split == "train"])
    held = set(data.segments.track.iloc[np.concatenate([data.rows["val"], data.rows["test"]])])
    if both := sorted(learnt & held):
        raise MusicGenreError(
            f"The net of {trained.folder} was trained on {len(both)} of the tracks that this run validates or tests "
            f"on ({shortened(both, 3)}): use its data, split and seed, or embed.run=null to train a net now."
        )
