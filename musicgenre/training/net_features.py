"""What a trained net makes of the features, as the input of a classical model."""

import shutil
from pathlib import Path

import pandas as pd
from omegaconf import DictConfig

from musicgenre.classical import NetFeatures
from musicgenre.data.corpus.artists import shortened
from musicgenre.data.datamodule import GenreDataModule
from musicgenre.errors import MusicGenreError
from musicgenre.nets import DilatedCNN
from musicgenre.training.network import train_network
from musicgenre.training.trained import CHECKPOINT, EMBEDDING, TrainedRun, load_trained


def embedding(cfg: DictConfig, data: GenreDataModule, folder: Path) -> NetFeatures:
    """The features of the net of the run `embed.run`, or of a net trained now.

    A net trained now has the run's own data and split, and its own run folder, `cnn/` inside this one; of another run
    the checkpoint is copied to the same place, so that this run does not hang on that one.

    Raises:
        MusicGenreError: The run does not fit the data, gives no features, or was trained on what is tested here.
    """
    own = folder / EMBEDDING
    if cfg.embed.run is None:
        config = cfg.copy()
        config.model, config.embed = cfg.embed.model, None
        train_network(config, own)
    trained = load_trained(cfg.embed.run or own)
    _require_fit(trained, data)
    _require_same_split(trained, data)
    if trained.folder.resolve() != own.resolve():
        (own / CHECKPOINT).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(trained.folder / CHECKPOINT, own / CHECKPOINT)
    assert isinstance(trained.classifier.net, DilatedCNN)  # it fits
    return NetFeatures(trained.classifier.standardize, trained.classifier.net)


def _require_fit(trained: TrainedRun, data: GenreDataModule) -> None:
    record = dict(trained.classifier.hparams)
    if tuple(record["in_shape"]) != data.in_shape:
        raise MusicGenreError(
            f"The net of {trained.folder} takes features of shape {tuple(record['in_shape'])}, and this run's are "
            f"{data.in_shape} (channels, bins, frames): use the same features and segments, or embed.run=null to "
            "train a net now."
        )
    if not isinstance(trained.classifier.net, DilatedCNN):
        raise MusicGenreError(
            f"{trained.folder} holds a {type(trained.classifier.net).__name__}, and features come from a DilatedCNN: "
            "give a run of experiment=dilated_cnn."
        )


def _require_same_split(trained: TrainedRun, data: GenreDataModule) -> None:
    """Stop where the net learnt from a track that this run validates or tests on, or was chosen by one it tests on."""
    path = trained.folder / "split.csv"
    if not path.is_file():
        raise MusicGenreError(
            f"{path} is not there, so that nobody can say which tracks the net has seen: give a whole run folder, or "
            "embed.run=null to train a net now."
        )
    table = pd.read_csv(path, keep_default_na=False)
    learnt, chosen_by = (set(table.track[table.split == split]) for split in ("train", "val"))
    val, test = (set(data.segments.track.iloc[data.rows[split]]) for split in ("val", "test"))
    if both := sorted(learnt & (val | test) | chosen_by & test):
        raise MusicGenreError(
            f"The net of {trained.folder} has seen {len(both)} of the tracks that this run validates or tests "
            f"on ({shortened(both, 3)}): use its data, split and seed, or embed.run=null to train a net now."
        )
