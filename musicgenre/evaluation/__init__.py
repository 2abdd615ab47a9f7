"""Metrics of a model's probabilities, per segment and per track, and their uncertainty."""

from musicgenre.evaluation.intervals import accuracy_intervals, bootstrap_accuracy
from musicgenre.evaluation.metrics import (
    all_metrics,
    confusion,
    genre_table,
    genres_of,
    probabilities_of,
    segment_metrics,
    track_probabilities,
)

__all__ = [
    "accuracy_intervals",
    "all_metrics",
    "bootstrap_accuracy",
    "confusion",
    "genre_table",
    "genres_of",
    "probabilities_of",
    "segment_metrics",
    "track_probabilities",
]
