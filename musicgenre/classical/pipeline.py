"""Scaling, principal components and an estimator, one after the other."""

from typing import Any, Literal

from sklearn.base import BaseEstimator
from sklearn.decomposition import PCA
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from musicgenre.errors import MusicGenreError

_SCALERS = {"minmax": MinMaxScaler, "standard": StandardScaler}


def pipeline(
    estimator: BaseEstimator, *, scale: str | None = None, pca: int | Literal["all"] | None = None, seed: int = 0
) -> Pipeline:
    """A scikit-learn pipeline that ends in an estimator.

    Args:
        estimator: A classifier.
        scale: "minmax" to [0, 1], "standard" to mean 0 and deviation 1, or None.
        pca: Number of principal components kept; "all" turns the rows onto as many axes as the training rows span,
            which leaves every distance as it is and a linear model far fewer columns; or None.
        seed: Of the principal components' solver.

    Raises:
        MusicGenreError: There is no such scaling.

    Example:
        >>> from sklearn.linear_model import LogisticRegression
        >>> list(pipeline(LogisticRegression(), scale="minmax", pca=50).named_steps)
        ['scale', 'pca', 'estimator']
    """
    if scale is not None and scale not in _SCALERS:
        raise MusicGenreError(f"model.scale is {scale!r}: choose {', '.join(_SCALERS)} or null.")
    steps: list[tuple[str, BaseEstimator]] = []
    if scale is not None:
        steps.append(("scale", _SCALERS[scale]()))
    if pca is not None:
        steps.append(("pca", PCA(n_components=None if pca == "all" else pca, random_state=seed)))
    return Pipeline([*steps, ("estimator", estimator)])


def as_pipeline(estimator: BaseEstimator) -> Pipeline:
    """Return an estimator as a pipeline: itself where it is one, else a pipeline of nothing but the estimator.

    Example:
        >>> from sklearn.dummy import DummyClassifier
        >>> as_pipeline(DummyClassifier())
        Pipeline(steps=[('estimator', DummyClassifier())])
    """
    return estimator if isinstance(estimator, Pipeline) else Pipeline([("estimator", estimator)])


def xgboost_trees(**settings: Any) -> BaseEstimator:  # noqa: ANN401  # handed on as they are
    """XGBoost's `XGBClassifier` with these settings.

    Raises:
        MusicGenreError: XGBoost is not installed.

    Example:
        >>> xgboost_trees(n_estimators=50).get_params()["n_estimators"]
        50
    """
    try:
        from xgboost import XGBClassifier
    except ImportError as error:
        raise MusicGenreError("XGBoost is not installed: pip install 'musicgenre[xgboost]'.") from error
    return XGBClassifier(**settings)
