"""Classical models: scikit-learn pipelines over the features, splits and metrics that the networks use."""

from musicgenre.classical.fit import fit_probabilities
from musicgenre.classical.pipeline import pipeline, xgboost_trees

__all__ = ["fit_probabilities", "pipeline", "xgboost_trees"]
