"""How far an accuracy would move with other tracks: bootstrap intervals."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from musicgenre.evaluation.metrics import probabilities_of, track_probabilities

RESAMPLES = 5000  # the bounds then repeat to a few tenths of a point on 100 tracks


def bootstrap_accuracy(
    correct: NDArray[np.bool_], tracks: ArrayLike, *, confidence: float = 0.95, seed: int = 0
) -> tuple[float, float]:
    """Return the percentile bootstrap interval of an accuracy, drawing whole tracks with replacement.

    Segments of one track are right or wrong together, so it is tracks that are drawn, never
    segments. An accuracy of 0 or 1 has an interval of no width: there is nothing to draw that
    differs. Efron and Tibshirani (1993), *An Introduction to the Bootstrap*, chapter 13.

    Args:
        correct: Whether each prediction was right (N,).
        tracks: The track of each prediction (N,).
        confidence: Share of the resampled accuracies inside the interval.
        seed: Of the draws; the global generator is left alone.

    Example:
        >>> low, high = bootstrap_accuracy(np.arange(100) < 75, np.arange(100))
        >>> 0.65 <= low <= 0.68 and 0.82 <= high <= 0.85
        True
    """
    names, track_index = np.unique(np.asarray(tracks), return_inverse=True)
    n_right = np.bincount(track_index, weights=correct)
    n_rows = np.bincount(track_index)
    draws = np.random.default_rng(seed).multinomial(
        len(names), np.full(len(names), 1 / len(names)), size=RESAMPLES
    )  # (RESAMPLES, tracks): how often each track is drawn
    accuracies = (draws @ n_right) / (draws @ n_rows)
    low, high = np.quantile(accuracies, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)


def accuracy_intervals(predictions: pd.DataFrame) -> dict[str, float]:
    """Return 95 % bounds: `{split}/{level}/accuracy_low` and `{split}/{level}/accuracy_high`.

    Example:
        >>> rows = {"split": "test", "track": range(100), "label": 0, "p_jazz": [0.9] * 75 + [0.1] * 25}
        >>> bounds = accuracy_intervals(pd.DataFrame(rows).assign(p_rock=lambda table: 1 - table.p_jazz))
        >>> 0.65 <= bounds["test/track/accuracy_low"] <= 0.68, 0.82 <= bounds["test/track/accuracy_high"] <= 0.85
        (True, True)
    """
    bounds: dict[str, float] = {}
    for split, rows in predictions.groupby("split", sort=False):
        for level, table in {"segment": rows, "track": track_probabilities(rows)}.items():
            correct = probabilities_of(table).argmax(axis=1) == table["label"].to_numpy()
            drawn = table["recording"] if "recording" in table else table["track"]
            low, high = bootstrap_accuracy(correct, drawn.to_numpy())
            bounds[f"{split}/{level}/accuracy_low"] = low
            bounds[f"{split}/{level}/accuracy_high"] = high
    return bounds
