"""Classical models: scikit-learn pipelines with the same features, splits and metrics as the networks."""

from musicgenre.classical.kept import keep_model, read_model
from musicgenre.classical.net import ClassicalNet, NetFeatures, segment_rows
from musicgenre.classical.pipeline import (
    DiscriminantAnalysis,
    as_pipeline,
    fit_pipeline,
    genre_probabilities,
    pipeline,
    xgboost_trees,
)
from musicgenre.classical.statistics import SpectrogramStatistics

__all__ = [
    "ClassicalNet",
    "DiscriminantAnalysis",
    "NetFeatures",
    "SpectrogramStatistics",
    "as_pipeline",
    "fit_pipeline",
    "genre_probabilities",
    "keep_model",
    "pipeline",
    "read_model",
    "segment_rows",
    "xgboost_trees",
]
