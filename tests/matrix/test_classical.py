"""Every classical model that `conf/model` lists: fitted, right on easy data, and the same after it was stored."""

from pathlib import Path

import numpy as np
import pytest
from listed import CLASSICAL, option

from musicgenre.classical import as_pipeline, fit_pipeline, genre_probabilities, keep_model, read_model
from musicgenre.training.objects import factory_of

# Overrides that make known models cheap; others are fitted as they are.
SMALL = {
    "mlp": ("model.estimator.hidden_layer_sizes=[20]",),
    "random_forest": ("model.estimator.n_estimators=20", "model.estimator.n_jobs=1"),
    "random_forest_300": ("model.estimator.n_estimators=20", "model.estimator.n_jobs=1"),
    "xgboost": ("model.estimator.n_estimators=10", "+model.estimator.n_jobs=1"),
}


@pytest.mark.parametrize("name", CLASSICAL)
def test_a_classical_model_learns_and_is_kept(name: str, tmp_path: Path) -> None:
    labels = np.repeat(np.arange(3), 12)
    x = np.random.default_rng(0).normal(size=(36, 5)) + 4 * labels[:, None]
    tracks = np.array([f"{i // 2}.wav" for i in range(36)], dtype=object)
    train = np.flatnonzero(np.arange(36) % 12 < 8)
    model = as_pipeline(factory_of(option("model", name, *SMALL.get(name, ())), "model"))
    fitted = fit_pipeline(model, x, labels, train, tracks)
    probabilities = genre_probabilities(fitted, x, 3)
    assert probabilities.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert (probabilities.argmax(axis=1) == labels).mean() > 0.9
    keep_model(tmp_path / "model.joblib", fitted, {"config": {"model": name}})
    again, record = read_model(tmp_path / "model.joblib")
    assert record["config"] == {"model": name}
    np.testing.assert_allclose(genre_probabilities(again, x, 3), probabilities, atol=1e-12)
