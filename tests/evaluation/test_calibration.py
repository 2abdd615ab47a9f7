"""Reliability, calibration error and top-k accuracy against values worked out by hand and scikit-learn."""

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import top_k_accuracy_score

from musicgenre.evaluation.calibration import calibration_error, reliability, top_accuracy


def made(n: int = 500, k: int = 4) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    probs = rng.dirichlet(np.ones(k), size=n)
    return probs, np.array([rng.choice(k, p=row) for row in probs])


def test_bins_are_those_of_scikit_learn() -> None:
    probs, labels = made()
    table = reliability(probs, labels)
    right = probs.argmax(axis=1) == labels
    accuracy, confidence = calibration_curve(right, probs.max(axis=1), n_bins=10)
    assert table.accuracy.tolist() == pytest.approx(accuracy)
    assert table.confidence.tolist() == pytest.approx(confidence)
    assert table["count"].sum() == 500


def test_labels_drawn_from_the_probabilities_are_calibrated_and_sharper_ones_are_not() -> None:
    probs, labels = made()
    assert calibration_error(probs, labels) < 0.06
    sharp = probs**6 / (probs**6).sum(axis=1, keepdims=True)
    assert calibration_error(sharp, labels) > 0.2


def test_calibration_error_by_hand() -> None:
    probs = np.array([[0.95, 0.05], [0.97, 0.03], [0.55, 0.45], [0.52, 0.48]])
    assert calibration_error(probs, np.array([0, 1, 0, 0])) == pytest.approx(0.5 * (0.96 - 0.5) + 0.5 * (1 - 0.535))


def test_certainty_falls_into_the_last_bin() -> None:
    table = reliability(np.array([[1.0, 0.0]]), np.array([0]))
    assert table[["low", "high"]].to_numpy().tolist() == [[0.9, 1.0]]


def test_top_two_is_that_of_scikit_learn() -> None:
    probs, labels = made()
    assert top_accuracy(probs, labels) == pytest.approx(top_k_accuracy_score(labels, probs, k=2))
    assert top_accuracy(probs, labels, k=1) == pytest.approx((probs.argmax(1) == labels).mean())
