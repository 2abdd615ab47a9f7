"""Calibration of probabilities: how often answers with 70 % confidence are right, and what a second guess adds."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

BINS = 10  # of the likeliest genre's probability, of equal width


def reliability(probs: NDArray[np.floating], labels: NDArray[np.integer], bins: int = BINS) -> pd.DataFrame:
    """Return how often answers of similar confidence are right.

    Args:
        probs: Probabilities `(N, K)`.
        labels: True genres `(N,)`.
        bins: Number of bins, of equal width from 0 to 1.

    Returns:
        A row per bin that holds answers: low and high (its bounds), count, confidence (the mean of the likeliest
        genre's probability), accuracy.

    Example:
        >>> probs = np.array([[0.9, 0.1], [0.92, 0.08], [0.4, 0.6]])
        >>> reliability(probs, np.array([0, 1, 1])).round(2)[["low", "count", "confidence", "accuracy"]].values.tolist()
        [[0.6, 1.0, 0.6, 1.0], [0.9, 2.0, 0.91, 0.5]]
    """
    confidence, right = probs.max(axis=1), probs.argmax(axis=1) == labels
    place = np.clip(np.floor(confidence * bins + 1e-9).astype(int), 0, bins - 1)
    table = pd.DataFrame({"place": place, "confidence": confidence, "accuracy": right.astype(float)})
    found = table.groupby("place").agg(
        count=("accuracy", "size"), confidence=("confidence", "mean"), accuracy=("accuracy", "mean")
    )
    found = found.assign(low=found.index / bins, high=(found.index + 1) / bins)
    return found.reset_index(drop=True)[["low", "high", "count", "confidence", "accuracy"]]


def calibration_error(probs: NDArray[np.floating], labels: NDArray[np.integer], bins: int = BINS) -> float:
    """Return the expected calibration error: the mean distance between confidence and accuracy over the answers.

    Guo, Pleiss, Sun and Weinberger (2017), "On Calibration of Modern Neural Networks". 0 is perfect calibration; with
    few answers it is larger by chance.

    Example:
        >>> round(calibration_error(np.array([[0.9, 0.1], [0.9, 0.1]]), np.array([0, 1])), 2)
        0.4
    """
    table = reliability(probs, labels, bins)
    return float(np.average((table.confidence - table.accuracy).abs(), weights=table["count"]))


def top_accuracy(probs: NDArray[np.floating], labels: NDArray[np.integer], k: int = 2) -> float:
    """Return how often the true genre is among the k likeliest.

    Example:
        >>> top_accuracy(np.array([[0.5, 0.3, 0.2], [0.1, 0.2, 0.7]]), np.array([1, 0]))
        0.5
    """
    ranked = np.argsort(-probs, axis=1, kind="stable")[:, :k]
    return float((ranked == labels[:, None]).any(axis=1).mean())
