"""Balanced genre weights come from the training data, for new and loaded models, on the same data or others."""

from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
import pandas as pd
import pytest
import torch
from torch.utils.data import DataLoader

from musicgenre import GenreClassifier, GenreDataModule, MusicGenreError
from musicgenre.data.corpus.tracks import Corpus
from musicgenre.data.samples import Samples
from musicgenre.features import MFCC
from musicgenre.modules.losses import CrossEntropy
from musicgenre.nets import FCNN


def first(of_one_genre: int) -> Any:
    """Train on `of_one_genre` tracks of the first genre, and four of each other."""

    def split(corpus: Corpus, segments: pd.DataFrame) -> Any:
        number = segments.track.str.extract(r"(\d+)\.wav")[0].astype(int) % 8
        return np.where(number < np.where(segments.label == 0, of_one_genre, 4), "train", "val")

    return split


def make_data(corpus: Corpus, of_one_genre: int) -> GenreDataModule:
    return GenreDataModule(corpus, MFCC(n_mfcc=5), length=1.0, split=first(of_one_genre))


def trained(model: GenreClassifier, data: Any) -> L.Trainer:
    quiet: Any = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False}
    trainer = L.Trainer(max_epochs=1, accelerator="cpu", enable_model_summary=False, **quiet)
    trainer.fit(model, data)
    return trainer


def balanced(counts: Any) -> Any:
    return pytest.approx(sum(counts) / (3 * np.array(counts)))


def weights(model: GenreClassifier) -> Any:
    assert isinstance(model.loss, CrossEntropy)
    assert model.loss.weight is not None
    return model.loss.weight.numpy()


def test_they_are_of_the_data_that_is_trained_on(corpus: Corpus, tmp_path: Path) -> None:
    one, other = make_data(corpus, 2), make_data(corpus, 1)
    counts = [np.bincount(data.labels[data.rows["train"]]) for data in (one, other)]
    model = GenreClassifier(FCNN, loss=CrossEntropy(class_weights="balanced"))
    trained(model, one).save_checkpoint(tmp_path / "some.ckpt")
    assert weights(model) == balanced(counts[0])
    trainer = trained(model, other)
    assert weights(model) == balanced(counts[1])
    trainer.validate(model, one, verbose=False)
    assert weights(model) == balanced(counts[1])
    loaded = GenreClassifier.load_from_checkpoint(tmp_path / "some.ckpt", loss=CrossEntropy(class_weights="balanced"))
    trained(loaded, other)
    assert weights(loaded) == balanced(counts[1])


def test_segments_that_were_added_count(corpus: Corpus) -> None:
    data, model = make_data(corpus, 2), GenreClassifier(FCNN, loss=CrossEntropy(class_weights="balanced"))
    data.add_training(Samples(np.array(data.features[:7]), np.zeros(7, np.int64), data.genres))
    trained(model, data)
    assert weights(model) == balanced(np.bincount(torch.cat([batch.label for batch in data.train_dataloader()])))


def test_bare_batches_are_counted_by_whoever_has_them(corpus: Corpus) -> None:
    data = make_data(corpus, 2)
    model = GenreClassifier(FCNN, genres=data.genres, loss=CrossEntropy(class_weights="balanced"))
    with pytest.raises(MusicGenreError, match="have not been counted"):
        trained(model, DataLoader(data.train, batch_size=8))
    loss = CrossEntropy(class_weights="balanced")
    loss.fit(data.labels[data.rows["train"]], 3)
    trained(GenreClassifier(FCNN, genres=data.genres, loss=loss), DataLoader(data.train, batch_size=8))
