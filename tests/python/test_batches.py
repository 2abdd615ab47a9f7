"""Batches from our loaders and from others, and nets that do not fit them."""

from functools import partial
from pathlib import Path
from typing import Any, cast

import lightning as L
import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from musicgenre import GenreClassifier, GenreDataModule, MusicGenreError, splits
from musicgenre.data.corpus.tracks import Corpus
from musicgenre.features import MFCC
from musicgenre.modules.outputs import Outputs
from musicgenre.nets import FCNN, BiLSTM

TinyBiLSTM = partial(BiLSTM, hidden=4)
SPLIT = splits.stratified(fractions=(0.5, 0.25, 0.25))


def make_trainer(place: Path, **more: Any) -> L.Trainer:
    quiet = {"enable_progress_bar": False, "enable_model_summary": False, "logger": False}
    return L.Trainer(max_epochs=1, accelerator="cpu", default_root_dir=str(place), **(quiet | more))


def test_predictions_name_the_tracks_of_the_batches_that_were_given(audio: GenreDataModule, tmp_path: Path) -> None:
    model, trainer = GenreClassifier(TinyBiLSTM), make_trainer(tmp_path)
    trainer.fit(model, audio)
    trainer.test(model, audio, verbose=False)
    expected = model.predictions
    trainer.test(model, DataLoader(audio.test, batch_size=4), verbose=False)
    pd.testing.assert_frame_equal(model.predictions, expected, check_dtype=False)
    loader = DataLoader(audio.test, batch_size=4)
    predicted = pd.concat(cast(list[pd.DataFrame], trainer.predict(model, loader)), ignore_index=True)
    pd.testing.assert_frame_equal(predicted, expected[predicted.columns], check_dtype=False)
    own = [(audio.test[place].features, place % 3, f"mine{place}", 9 - place) for place in range(6)]
    items: DataLoader[Any] = DataLoader(own, batch_size=3)  # type: ignore[arg-type]  # a list is a dataset
    trainer.test(model, items, verbose=False)
    found = model.predictions
    assert found.track.tolist() == [f"mine{place}" for place in range(6)]
    assert found.start.tolist() == [9, 8, 7, 6, 5, 4]
    assert found.label.tolist() == [0, 1, 2, 0, 1, 2]
    assert found.genre.tolist() == [*audio.genres, *audio.genres]


def test_our_loaders_handed_over_name_tracks_and_starts(audio: GenreDataModule, tmp_path: Path) -> None:
    model, trainer = GenreClassifier(TinyBiLSTM, genres=audio.genres), make_trainer(tmp_path)
    trainer.fit(model, audio.train_dataloader(), audio.val_dataloader())
    trainer.test(model, audio.test_dataloader(), verbose=False)
    columns = ["track", "genre", "label", "start"]
    pd.testing.assert_frame_equal(model.predictions[columns], audio.test.table[columns])


def test_starts_of_batches_are_those_of_the_table() -> None:
    starts = np.array([0.0, 0.7, 29.9])
    outputs = Outputs("test", np.full((3, 2), 0.5), np.array([0, 1, 0]), np.array(["a", "b", "c"]), starts.astype("f4"))
    assert outputs.table(["x", "y"]).start.tolist() == starts.tolist()


def test_several_loaders_are_refused_in_a_sentence(audio: GenreDataModule, tmp_path: Path) -> None:
    model, trainer, loaders = GenreClassifier(TinyBiLSTM), make_trainer(tmp_path), [DataLoader(audio.test)] * 2
    trainer.fit(model, audio)
    for stage in ("validate", "test", "predict"):
        with pytest.raises(MusicGenreError, match=r"There are 2 loaders.*: give the trainer one loader per call"):
            getattr(trainer, stage)(model, loaders)


def test_a_few_batches_to_learn_by_heart_come_from_the_data(audio: GenreDataModule, tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path, overfit_batches=1)
    with pytest.raises(MusicGenreError, match=r"the data instead, trainer\.fit\(model, data\)"):
        trainer.fit(GenreClassifier(TinyBiLSTM), audio.train_dataloader())
    trainer.fit(GenreClassifier(TinyBiLSTM), audio)


def test_a_net_is_made_for_whatever_batches_come_first(audio: GenreDataModule, tmp_path: Path) -> None:
    def loader() -> DataLoader[Any]:
        return DataLoader(audio.test, batch_size=4)

    def unmade() -> GenreClassifier:
        return GenreClassifier(TinyBiLSTM, genres=audio.genres)

    trained = unmade()
    trainer = make_trainer(tmp_path)
    trainer.fit(trained, DataLoader(audio.train, batch_size=4))
    path = tmp_path / "bare.ckpt"
    trainer.save_checkpoint(path)
    for stage in ("validate", "test"):
        fresh = unmade()
        getattr(make_trainer(tmp_path), stage)(fresh, loader(), verbose=False)
        assert fresh.in_shape == audio.in_shape
        (found,) = getattr(make_trainer(tmp_path), stage)(unmade(), loader(), ckpt_path=str(path), verbose=False)
        (expected,) = getattr(make_trainer(tmp_path), stage)(trained, loader(), verbose=False)
        assert found == expected
    items = [audio.test[place].features for place in range(6)]
    features: DataLoader[Any] = DataLoader(items, batch_size=4)  # type: ignore[arg-type]  # a list is a dataset
    expected = pd.concat(cast(list[pd.DataFrame], make_trainer(tmp_path).predict(trained, features)))
    found = make_trainer(tmp_path).predict(unmade(), features, ckpt_path=str(path))
    pd.testing.assert_frame_equal(pd.concat(cast(list[pd.DataFrame], found)), expected)
    with pytest.raises(MusicGenreError, match="no batch gives its input's shape"):
        make_trainer(tmp_path, limit_test_batches=0).test(unmade(), loader())


def test_a_model_that_was_tested_leaves_the_scaling_to_the_next_one(corpus: Corpus, tmp_path: Path) -> None:
    def data(**settings: Any) -> GenreDataModule:
        return GenreDataModule(corpus, MFCC(n_mfcc=5), length=1.0, split=SPLIT, **settings)

    unscaled, asked = data(standardize=None), data()
    expected = asked.standardize
    first, second = GenreClassifier(TinyBiLSTM), GenreClassifier(TinyBiLSTM)
    make_trainer(tmp_path).fit(first, unscaled)
    make_trainer(tmp_path).test(first, asked, verbose=False)
    assert isinstance(asked.standardize, nn.Identity)
    make_trainer(tmp_path).fit(second, asked)
    assert second.standardize is not None
    assert torch.equal(second.standardize.state_dict()["mean"], expected.state_dict()["mean"])
    x = next(iter(asked.val_dataloader())).x
    assert torch.allclose(x[0], expected(torch.tensor(asked.features[asked.rows["val"][:1]]))[0], atol=1e-6)


class Mean(nn.Module):
    """One answer for a whole batch."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.net(x).mean(0, keepdim=True)
        return logits


class Asserting(Mean):
    """A net for more bins."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        assert x.shape[2] > 5, "five bins are too few"
        return super().forward(x)


@pytest.mark.parametrize(
    ("net", "said"),
    [
        (BiLSTM((1, 5, 44), 10, hidden=4), r"outputs of \(10,\), but the data has 3 genres: make it for 3"),
        (BiLSTM((1, 5, 44), 2, hidden=4), r"outputs of \(2,\), but the data has 3 genres"),
        (lambda in_shape, _: BiLSTM(in_shape, 4, hidden=4), r"outputs of \(4,\), but the data has 3 genres"),
        (Mean(BiLSTM((1, 5, 44), 3, hidden=4)), r"outputs of shape \(1, 3\) for a batch of 2 items: let it give each"),
        (FCNN((1, 5, 44), 3).double(), "The net FCNN has weights of float64, but inputs of float32: give both the"),
        (
            Asserting(FCNN((1, 9, 44), 3)),
            r"does not take the data's inputs of \(1, 5, 44\).*five bins are too few.*test_batches.py:",
        ),
        (FCNN((1, 7, 44), 3), r"does not take the data's inputs of \(1, 5, 44\).*mat1.*give its class"),
    ],
)
def test_a_net_made_for_other_data_is_refused(net: Any, said: str, audio: GenreDataModule, tmp_path: Path) -> None:
    model = GenreClassifier(net)
    for _ in ("at first", "and again"):
        with pytest.raises(MusicGenreError, match=said):
            make_trainer(tmp_path).fit(model, audio)


def test_trying_a_net_changes_nothing(audio: GenreDataModule) -> None:
    net = nn.Sequential(nn.BatchNorm2d(1), nn.Dropout(), nn.Flatten(), nn.Linear(220, 3))
    net[0].eval()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    state = torch.get_rng_state()
    GenreClassifier(net).prepare(audio)
    assert torch.equal(torch.get_rng_state(), state)
    assert [layer.training for layer in net] == [False, True, True, True]
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


def test_features_without_labels_are_predicted(tmp_path: Path) -> None:
    x = torch.randn(6, 1, 2, 4)
    model, trainer = GenreClassifier(FCNN((1, 2, 4), 3), genres=("a", "b", "c")), make_trainer(tmp_path)
    expected = model.eval()(x).softmax(-1).detach().numpy()
    for items in (TensorDataset(x), x):
        loader: DataLoader[Any] = DataLoader(items, batch_size=4)  # type: ignore[arg-type]  # so is a tensor
        found = pd.concat(cast(list[pd.DataFrame], trainer.predict(model, loader)))
        assert list(found.columns) == ["p_a", "p_b", "p_c"]
        assert found.to_numpy() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("labels", [[0, 1, 2, 7], [-1, -1, -1, -1], ["a", "b", "c", "d"]])
def test_labels_of_what_is_predicted_are_not_looked_at(labels: list[Any], tmp_path: Path) -> None:
    x = torch.randn(4, 1, 2, 4)
    model, trainer = GenreClassifier(FCNN((1, 2, 4), 3), genres=("a", "b", "c")), make_trainer(tmp_path)
    items: Any = [(values, label, "some", place) for place, (values, label) in enumerate(zip(x, labels, strict=True))]
    (found,) = cast(list[pd.DataFrame], trainer.predict(model, DataLoader(items, batch_size=4)))
    assert list(found.columns) == ["track", "start", "p_a", "p_b", "p_c"]
    expected = model(x).softmax(-1).detach().numpy()
    assert found[["p_a", "p_b", "p_c"]].to_numpy() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("items", "said"),
    [
        (list(torch.zeros(4, 1, 2, 4)), r"A batch is a Tensor: give \(features \(B, C, F, T\), label \(B,\)\)"),
        ([{"x": torch.zeros(1, 2, 4), "label": 0}] * 4, r"A batch is a dict of 'x', 'label': give \(features"),
        ([(torch.zeros(1, 2, 4),)] * 4, r"A batch is a list of Tensor: give"),
        ([(torch.zeros(1, 2, 4), "a")] * 4, r"labels of a batch are a (tuple|list) of str: give whole numbers"),
        ([(torch.zeros(1, 2, 4), 1.0)] * 4, r"labels of a batch are of float64: give whole numbers"),
        ([(torch.zeros(1, 2, 4), 3)] * 4, r"go from 3 to 3, but there are 3 genres: give labels from 0 to 2"),
        ([(torch.zeros(1, 2, 4), torch.zeros(1).long())] * 4, r"batch of 4 have shape \(4, 1\): give one number"),
    ],
)
def test_what_is_no_batch_says_what_one_is(items: Any, said: str, tmp_path: Path) -> None:
    with pytest.raises(MusicGenreError, match=said):
        make_trainer(tmp_path).fit(GenreClassifier(FCNN, genres=("a", "b", "c")), DataLoader(items, batch_size=4))
    with pytest.raises(MusicGenreError, match=r"A batch to predict is a str: give features"):
        model = GenreClassifier(FCNN((1, 2, 4), 3))
        make_trainer(tmp_path).predict(model, DataLoader(["a", "b"], batch_size=None))  # type: ignore[arg-type]
