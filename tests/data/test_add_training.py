"""Added training segments: in training, and nowhere else."""

from pathlib import Path

import numpy as np
import pytest
import torch

from musicgenre.data.audio.segments import Segmenter
from musicgenre.data.corpus.sources import folder
from musicgenre.data.datamodule import GenreDataModule
from musicgenre.data.samples import Samples
from musicgenre.data.splits import stratified
from musicgenre.data.store.extract import AudioExtractor
from musicgenre.errors import MusicGenreError
from musicgenre.features import LogMel

MARK = 12345.0  # no real feature has this value


def make_data(root: Path) -> GenreDataModule:
    front_end = LogMel(22050, n_fft=1024, n_mels=16).eval()
    extractor = AudioExtractor(front_end, Segmenter(22050, length=1.0), 22050)
    data = GenreDataModule(folder(root), extractor, stratified(fractions=(0.5, 0.25, 0.25), seed=0))
    data.setup()
    return data


def marked(data: GenreDataModule, n: int = 7) -> Samples:
    labels = np.arange(n) % len(data.corpus.genres)
    return Samples(np.full((n, *data.in_shape), MARK, np.float32), labels, data.corpus.genres)


def test_added_segments_are_in_training_and_nowhere_else(corpus_root: Path) -> None:
    data = make_data(corpus_root)
    assert data.standardize is not None
    mean, real_train = data.standardize.state_dict()["mean"].clone(), set(data.rows["train"].tolist())
    data.add_training(marked(data))
    batches = list(data.train_dataloader())
    x, rows = torch.cat([batch.x for batch in batches]), torch.cat([batch.row for batch in batches])
    is_generated = (x == MARK).flatten(1).all(1)
    assert is_generated.sum() == 7
    assert torch.equal(is_generated, rows >= len(data.segments))
    assert set(rows[~is_generated].tolist()) == real_train
    added = {
        int(row) - len(data.segments): int(label) for b in batches for row, label in zip(b.row, b.label, strict=True)
    }
    assert [added[i] for i in range(7)] == [0, 1, 2, 0, 1, 2, 0]
    for name, loader in (("val", data.val_dataloader()), ("test", data.test_dataloader())):
        batches = list(loader)
        assert sorted(torch.cat([batch.row for batch in batches]).tolist()) == data.rows[name].tolist()
        assert not any((batch.x == MARK).any() for batch in batches)
        assert not (loader.features == MARK).any()  # not even out of any row's reach
    assert torch.equal(data.standardize.state_dict()["mean"], mean)


def test_others_take_the_place_of_those_added_before(corpus_root: Path) -> None:
    data = make_data(corpus_root)
    data.add_training(marked(data, 7))
    data.add_training(marked(data, 4))
    assert sum(int((batch.x == MARK).flatten(1).all(1).sum()) for batch in data.train_dataloader()) == 4


def test_samples_of_other_genres_or_shapes_are_refused(corpus_root: Path) -> None:
    data = make_data(corpus_root)
    fitting = marked(data)
    with pytest.raises(MusicGenreError, match="features of blues"):
        data.add_training(Samples(fitting.features, fitting.labels, ("blues",)))
    with pytest.raises(MusicGenreError, match=r"\(1, 16, 9\) features"):
        data.add_training(Samples(fitting.features[..., :9], fitting.labels, fitting.genres))
