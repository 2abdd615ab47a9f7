"""Data handed out is not shared: changing it in place changes no other data and nothing inside."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from made_audio import write_corpus
from made_table import make_table, write_table
from numpy.typing import NDArray

from musicgenre import GenreDataModule, features_table, folder, splits, to_sklearn
from musicgenre.data.corpus.tracks import Corpus
from musicgenre.data.store import feature_store
from musicgenre.features import MFCC

STRATIFIED = splits.stratified(fractions=(0.6, 0.2, 0.2))


@pytest.fixture(autouse=True)
def _nothing_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feature_store, "_opened", {})


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpus(tmp_path_factory.mktemp("shared"), ("drone", "hum"), tracks=5, seconds=1.0)


def make_data(root: Path, split: Any = STRATIFIED) -> GenreDataModule:
    return GenreDataModule(folder(root), MFCC(n_mfcc=4), length=0.5, split=split)


def of_table(tmp_path: Path) -> GenreDataModule:
    return GenreDataModule(features_table(write_table(make_table(5), tmp_path)), split=STRATIFIED)


@pytest.mark.parametrize("kind", ["audio", "table"])
def test_features_are_only_read(kind: str, root: Path, tmp_path: Path) -> None:
    data = make_data(root) if kind == "audio" else of_table(tmp_path)
    with pytest.raises(ValueError, match="read-only"):
        data.features[:] = 0
    rows: NDArray[np.float32] = data.features[[0, 1]]
    rows[:] = 0  # a copy
    assert data.features[[0, 1]].any()
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # such as torch's about non-writable arrays
        data.setup("fit")
        for loader in (data.train_dataloader(), data.val_dataloader(), data.test_dataloader()):
            assert all(len(batch.x) for batch in loader)
        assert len(data.train[0].features) == data.card().in_shape[0] == 1
        assert to_sklearn(data).X.any()


def test_a_split_that_changes_its_table_changes_no_other(root: Path) -> None:
    def shuffles(corpus: Corpus, segments: pd.DataFrame) -> list[str]:
        segments.loc[:, "track"] = segments.track.to_numpy()[::-1].copy()
        segments["label"], segments["genre"] = 0, "drone"
        return ["train", "val", "test", "train", "train"] * 4

    data = make_data(root, shuffles)
    for each in (data, make_data(root)):
        each.setup()
        assert each.segments.track.is_monotonic_increasing
        assert each.segments.genre.tolist() == ["drone"] * 10 + ["hum"] * 10
        assert each.labels.tolist() == [0] * 10 + [1] * 10


def test_tables_and_labels_that_are_changed_are_copies(root: Path) -> None:
    data, other = make_data(root), make_data(root)
    for table in (data.segments, data.skipped, data.store.segments, data.store.files):
        table["label"] = 0
    for numbers in (data.labels, data.track_numbers):
        numbers[:] = 0
    assert "label" not in data.skipped
    assert "label" not in other.store.files
    for each in (data, other):
        assert each.segments.label.tolist() == each.labels.tolist() == [0] * 10 + [1] * 10
        assert each.track_numbers.tolist() == sorted([*range(10)] * 2)


def test_to_sklearn_shares_nothing_with_the_labels_that_a_net_learns(root: Path) -> None:
    data = make_data(root)
    loader, arrays = data.val_dataloader(), to_sklearn(data)
    arrays.y[:], arrays.X[:] = 7, 0
    for found in (loader, data.val_dataloader()):
        assert {int(label) for batch in found for label in batch.label} == {0, 1}
    assert to_sklearn(data).X.any()
    assert to_sklearn(data).y.tolist() == [0] * 10 + [1] * 10
