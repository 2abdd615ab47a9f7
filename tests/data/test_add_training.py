"""Added training segments: in training, and nowhere else."""

from pathlib import Path

import numpy as np
import pytest
import torch

from musicgenre.data.corpus.sources import folder
from musicgenre.data.datamodule import GenreDataModule
from musicgenre.data.samples import Samples
from musicgenre.data.splits import stratified
from musicgenre.errors import MusicGenreError
from musicgenre.features import LogMel

MARK = 12345.0  # no real feature has this value


def make_data(root: Path) -> GenreDataModule:
    split = stratified(fractions=(0.5, 0.25, 0.25))
    return GenreDataModule(
        folder(root), LogMel(n_fft=1024, n_mels=16), length=1.0, split=split, standardize="coefficient"
    )


def marked(data: GenreDataModule, n: int = 7) -> Samples:
    labels = np.arange(n) % len(data.corpus.genres)
    return Samples(np.full((n, *data.in_shape), MARK, np.float32), labels, data.corpus.genres)


def test_added_segments_are_in_training_and_nowhere_else(corpus_root: Path) -> None:
    data = make_data(corpus_root)
    mean, real_train = data.standardize.state_dict()["mean"].clone(), set(data.rows["train"].tolist())
    data.add_training(marked(data))
    batches = list(data.train_dataloader())
    x, rows = torch.cat([batch.x for batch in batches]), torch.cat([batch.row for batch in batches])
    mark = data.standardize(torch.full((1, *data.in_shape), MARK))
    is_generated = (x == mark).flatten(1).all(1)
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
        assert not any((batch.x == mark).any() for batch in batches)
        assert not (loader.features == MARK).any()  # not even outside its rows
    assert torch.equal(data.standardize.state_dict()["mean"], mean)


def test_others_take_the_place_of_those_added_before(corpus_root: Path) -> None:
    data = make_data(corpus_root)
    data.add_training(marked(data, 7))
    data.add_training(marked(data, 4))
    rows = torch.cat([batch.row for batch in data.train_dataloader()])
    assert (rows >= len(data.segments)).sum() == 4


def test_samples_of_other_genres_or_shapes_are_refused(corpus_root: Path) -> None:
    data = make_data(corpus_root)
    fitting = marked(data)
    with pytest.raises(MusicGenreError, match="features of blues"):
        data.add_training(Samples(fitting.features, fitting.labels, ("blues",)))
    with pytest.raises(MusicGenreError, match=r"\(1, 16, 9\) features"):
        data.add_training(Samples(fitting.features[..., :9], fitting.labels, fitting.genres))


@pytest.mark.parametrize("labels", [[0, 1], [0, 1, 3], [0, 1, -1], [[0], [1], [2]], [0.0, 0.5, 1.0]])
def test_samples_without_a_genre_for_each_are_refused(corpus_root: Path, labels: list[float]) -> None:
    data = make_data(corpus_root)
    fitting = marked(data, 3)
    with pytest.raises(MusicGenreError, match=r"are 3 samples to add, with labels of shape .+: give one label"):
        data.add_training(Samples(fitting.features, np.array(labels), fitting.genres))


def test_added_segments_of_double_precision_leave_batches_single(corpus_root: Path) -> None:
    data = make_data(corpus_root)
    fitting = marked(data)
    data.add_training(Samples(fitting.features.astype(np.float64), fitting.labels, fitting.genres))
    assert {batch.x.dtype for batch in data.train_dataloader()} == {torch.float32}
