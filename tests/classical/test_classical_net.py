"""A fitted pipeline as a net, and in a file."""

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.base import BaseEstimator
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC, LinearSVC
from torch import nn

from musicgenre.classical import (
    ClassicalNet,
    NetFeatures,
    fit_pipeline,
    genre_probabilities,
    keep_model,
    pipeline,
    read_model,
    segment_rows,
    xgboost_trees,
)
from musicgenre.errors import MusicGenreError
from musicgenre.nets import DilatedCNN

LABELS = np.repeat(np.arange(3), 20)
TRACKS = np.array([f"t{i // 2:02}" for i in range(60)], dtype=object)


def features() -> torch.Tensor:
    """Three clouds of 20 segments `(60, 1, 4, 2)`."""
    generator = torch.Generator().manual_seed(0)
    return torch.randn(60, 1, 4, 2, generator=generator) + torch.from_numpy(LABELS)[:, None, None, None]


def fitted(estimator: BaseEstimator, fit_on_all: bool = False) -> BaseEstimator:
    x, train = segment_rows(features()), np.arange(0, 60, 2)
    return fit_pipeline(pipeline(estimator, scale="standard", pca=3), x, LABELS, train, TRACKS, fit_on_all=fit_on_all)


def test_softmax_of_the_net_is_the_pipelines_answer() -> None:
    model = fitted(LogisticRegression())
    net = ClassicalNet(model, 3, nn.Identity())
    expected = model.predict_proba(features().flatten(1).double().numpy())
    np.testing.assert_allclose(net(features()).softmax(-1), expected, atol=1e-6)


def test_probability_zero_gives_zero_and_no_nan() -> None:
    train = np.flatnonzero(LABELS != 1)
    forest = pipeline(RandomForestClassifier(5, random_state=0))
    model = fit_pipeline(forest, segment_rows(features()), LABELS, train, TRACKS)
    logits = ClassicalNet(model, 3, nn.Identity())(features())
    assert (logits == -torch.inf).any()
    assert (logits.softmax(-1)[:, 1] == 0).all()
    for probs in (logits.softmax(-1), logits.log_softmax(-1).exp()):
        torch.testing.assert_close(probs.sum(-1), torch.ones(60))


def test_a_trained_net_stands_before_the_pipeline() -> None:
    class Halve(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x / 2

    x = torch.randn(40, 1, 4, 700, generator=torch.Generator().manual_seed(0))
    net = DilatedCNN((1, 4, 700), 2).eval()
    rows = net.features(x / 2).detach().double().numpy()
    labels, tracks = np.arange(40) % 2, np.arange(40).astype(object)
    model = fit_pipeline(pipeline(LogisticRegression(), scale="standard"), rows, labels, np.arange(40), tracks)
    found = ClassicalNet(model, 2, NetFeatures(Halve(), net))(x).softmax(-1)
    np.testing.assert_allclose(found, model.predict_proba(rows), atol=1e-5)


@pytest.mark.parametrize("fit_on_all", [False, True])
@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(),
        SVC(),
        LinearSVC(),
        RandomForestClassifier(5, random_state=0),
        MLPClassifier((5,), solver="lbfgs", random_state=0),
        xgboost_trees(n_estimators=5, n_jobs=1),
    ],
)
def test_what_is_kept_answers_the_same(tmp_path: Path, estimator: BaseEstimator, fit_on_all: bool) -> None:
    model, path = fitted(estimator, fit_on_all), tmp_path / "checkpoints" / "model.joblib"
    keep_model(path, model, {"genres": ["a", "b", "c"]})
    again, record = read_model(path)
    x = segment_rows(features())
    assert np.array_equal(genre_probabilities(again, x, 3), genre_probabilities(model, x, 3))
    assert record == {"genres": ["a", "b", "c"]}
    assert list(path.parent.iterdir()) == [path]


def test_a_model_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "model.joblib"
    keep_model(path, fitted(LogisticRegression()), {})
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(MusicGenreError, match=r"model\.joblib was not written by your runs"):  # not with this content
        read_model(path)
    with pytest.raises(MusicGenreError, match=r"model\.joblib cannot be read .* environment\.json"):
        read_model(path, trust=True)


def test_a_model_of_another_scikit_learn_is_told_of_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "model.joblib"
    monkeypatch.setattr("sklearn.base.__version__", "1.0.2")  # the version written into each part of a pipeline
    keep_model(path, fitted(LogisticRegression()), {})
    monkeypatch.undo()
    read_model(path)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "was fitted with scikit-learn 1.0.2, but" in caplog.text
    assert "pip install scikit-learn==1.0.2" in caplog.text


def test_what_cannot_be_written_leaves_the_former_model(tmp_path: Path) -> None:
    path = tmp_path / "model.joblib"
    keep_model(path, fitted(LogisticRegression()), {"number": 1})
    with pytest.raises(Exception, match="pickle"):
        keep_model(path, lambda: None, {"number": 2})
    assert read_model(path)[1] == {"number": 1}
    assert list(tmp_path.iterdir()) == [path]
