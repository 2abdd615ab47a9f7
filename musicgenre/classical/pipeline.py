"""Build and fit pipelines of statistics, scaling, principal components and an estimator, and predict with them."""

import logging
import warnings
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.utils.validation import validate_data

from musicgenre.arguments import is_whole
from musicgenre.classical.statistics import SpectrogramStatistics
from musicgenre.errors import MusicGenreError
from musicgenre.extras import MissingPackageError

log = logging.getLogger(__name__)

_FOLDS = 3  # of the training rows, to scale scores that are not probabilities
_MOST_COVARIED = 10_000  # features
_SCALERS = {"minmax": MinMaxScaler, "standard": StandardScaler}


def pipeline(
    estimator: BaseEstimator,
    *,
    statistics: int | None = None,
    scale: str | None = None,
    pca: int | Literal["all"] | None = None,
    seed: int = 0,
) -> Pipeline:
    """Build a scikit-learn pipeline that ends in an estimator.

    Args:
        estimator: A classifier.
        statistics: Number of bins of the spectrograms in the rows, to use their `SpectrogramStatistics` instead; None
            for the rows themselves.
        scale: "minmax" to [0, 1], "standard" to mean 0 and standard deviation 1, or None.
        pca: Number of principal components kept; "all" rotates the rows, not centred, onto as many axes as the training
            rows span, which keeps their distances and lengths and leaves a linear model far fewer columns; or None.
        seed: Seed of the PCA solver.

    Raises:
        MusicGenreError: The scaling or the number of bins is invalid.

    Example:
        >>> from sklearn.linear_model import LogisticRegression
        >>> list(pipeline(LogisticRegression(), scale="minmax", pca=50).named_steps)
        ['scale', 'pca', 'estimator']
    """
    if scale is not None and scale not in _SCALERS:
        raise MusicGenreError(f"model.scale is {scale!r}: choose {', '.join(_SCALERS)} or null (None).")
    steps: list[tuple[str, BaseEstimator]] = []
    if statistics is not None:
        if not is_whole(statistics) or statistics < 1:
            raise MusicGenreError(f"model.statistics is {statistics!r}: give the bins of a spectrogram, e.g. 180.")
        steps.append(("statistics", SpectrogramStatistics(statistics)))
    if scale is not None:
        steps.append(("scale", _SCALERS[scale]()))
    if pca is not None:
        steps.append(("pca", Turned() if pca == "all" else PCA(n_components=pca, random_state=seed)))
    return Pipeline([*steps, ("estimator", estimator)])


class Turned(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Rotates rows onto the axes that the fitted rows span; linear relations and distances stay the same.

    Example:
        >>> rows = np.array([[3.0, 4.0, 0.0], [6.0, 8.0, 0.0]])
        >>> np.abs(Turned().fit_transform(rows)).round(6).tolist()
        [[5.0, 0.0], [10.0, 0.0]]
    """

    def fit(self, x: NDArray[np.floating], y: object = None) -> "Turned":
        """Find the axes of rows `(N, D)`, at most N of them."""
        self.axes_ = np.linalg.svd(x, full_matrices=False)[2]  # (min(N, D), D)
        self.n_components_ = len(self.axes_)
        return self

    def transform(self, x: NDArray[np.floating]) -> NDArray[np.floating]:
        """Rotate rows `(N, D)` onto the axes."""
        turned: NDArray[np.floating] = x @ self.axes_.T
        return turned


class DiscriminantAnalysis(LinearDiscriminantAnalysis):  # type: ignore[misc]  # scikit-learn has no types
    """scikit-learn's linear discriminant analysis with scores only, so that `fit_pipeline` scales its probabilities.

    The probabilities of the fitted Gaussians are almost 0 or 1 if there are more features than training rows. With a
    number as shrinkage it fits in seconds what scikit-learn's least squares take minutes for, to rounding errors.

    Example:
        >>> hasattr(DiscriminantAnalysis(solver="lsqr", shrinkage=0.6), "predict_proba")
        False
    """

    def fit(self, x: NDArray[np.floating], y: NDArray[np.int64]) -> "DiscriminantAnalysis":
        """Fit on rows `(N, D)`.

        Raises:
            ValueError: There are too many features for their covariance to fit in memory.
        """
        shrunk = isinstance(self.shrinkage, int | float) and 0 < self.shrinkage <= 1
        is_plain = shrunk and self.solver == "lsqr" and self.priors is None and self.covariance_estimator is None
        if is_plain and len(x) < x.shape[1] and len(np.unique(y)) > 1:
            return self._fit_on_few(x, y)
        if self.solver != "svd" and x.shape[1] > _MOST_COVARIED:
            raise ValueError(
                f"a covariance of {x.shape[1]} features takes {8e-9 * x.shape[1] ** 2:.1f} GB; describe spectrograms "
                "with model.statistics=BINS, or set model.pca=100"
            )
        super().fit(x, y)
        return self

    def _fit_on_few(self, x: NDArray[np.floating], y: NDArray[np.int64]) -> "DiscriminantAnalysis":
        """Fit on fewer rows than features, without their covariance.

        That is `rows.T @ rows` and an equal share of each feature's variance: its inverse needs only `rows @ rows.T`
        (Woodbury's identity).
        """
        x, y = validate_data(self, x, y)
        self.classes_, genres = np.unique(y, return_inverse=True)
        self.priors_ = np.bincount(genres) / len(y)
        self.means_ = np.stack([x[genres == genre].mean(axis=0) for genre in range(len(self.classes_))])
        rows = (x - self.means_[genres]) / np.sqrt(len(x))
        share = self.shrinkage * (rows**2).sum() / x.shape[1] or 1.0  # 0 if all rows of a genre are equal
        rows *= np.sqrt(1 - self.shrinkage)
        inner = solve(rows @ rows.T + share * np.eye(len(x)), rows @ self.means_.T, assume_a="pos")
        coef = (self.means_ - inner.T @ rows) / share
        intercept = np.log(self.priors_) - 0.5 * (self.means_ * coef).sum(axis=1)
        two = len(self.classes_) == 2
        self.coef_, self.intercept_ = (np.diff(coef, axis=0), np.diff(intercept)) if two else (coef, intercept)
        return self

    @property
    def predict_proba(self) -> None:
        """Not available.

        Raises:
            AttributeError: Always: scikit-learn checks with `hasattr`.
        """
        raise AttributeError("it gives scores (decision_function), not probabilities")


def as_pipeline(estimator: BaseEstimator) -> Pipeline:
    """Return an estimator as a pipeline: itself if it is one, otherwise a pipeline with it as the only step.

    Example:
        >>> from sklearn.dummy import DummyClassifier
        >>> as_pipeline(DummyClassifier())
        Pipeline(steps=[('estimator', DummyClassifier())])
    """
    return estimator if isinstance(estimator, Pipeline) else Pipeline([("estimator", estimator)])


def xgboost_trees(**settings: Any) -> BaseEstimator:  # noqa: ANN401  # handed on as they are
    """Return XGBoost's `XGBClassifier` with these settings.

    Raises:
        MusicGenreError: XGBoost is not installed.

    Example:
        >>> xgboost_trees(n_estimators=50).get_params()["n_estimators"]
        50
    """
    try:
        from xgboost import XGBClassifier
    except ImportError as error:
        raise MissingPackageError("XGBoost is not installed", "xgboost") from error
    return XGBClassifier(**settings)


def fit_pipeline(
    model: Pipeline,
    x: NDArray[np.floating],
    labels: NDArray[np.int64],
    train: NDArray[np.int64],
    tracks: NDArray[np.object_],
    *,
    fit_on_all: bool = False,
) -> BaseEstimator:
    """Fit a pipeline on the training rows: one fitted object that maps rows of `x` to probabilities.

    An estimator without probabilities (a support vector machine) gets them by temperature scaling: the softmax of its
    scores times one factor, fitted on scores from cross-validation over the training tracks, so that the most probable
    genre is still the one with the highest score. It is the one that the estimator predicts, except for an `SVC` whose
    pairwise votes tie: that predicts the first of the tied genres (`break_ties=False`).
    Source: Guo et al. (2017), "On calibration of modern neural networks", ICML.

    Args:
        model: A pipeline whose last step is a classifier; it is fitted in place.
        x: One row per segment `(N, D)`.
        labels: Genres `(N,)`, from 0.
        train: Rows to fit on.
        tracks: The track of each row `(N,)`: cross-validation never divides a track.
        fit_on_all: Fit all steps before the last on all rows, test included, as in some publications: this leaks.

    Returns:
        A fitted model for `genre_probabilities`.

    Raises:
        MusicGenreError: There are too few training rows for the model, or it gives neither probabilities nor scores.

    Example:
        >>> from sklearn.linear_model import LogisticRegression
        >>> model = Pipeline([("estimator", LogisticRegression())])
        >>> x, labels, tracks = np.array([[-2.0], [-1.0], [1.0], [2.0]]), np.array([0, 0, 1, 1]), np.array(list("abcd"))
        >>> fit_pipeline(model, x, labels, np.arange(4), tracks).predict([[-3.0], [3.0]]).tolist()
        [0, 1]
    """
    if not len(train):
        raise MusicGenreError("The split left no segment for training: change the split, or add tracks.")
    try:
        if fit_on_all and len(model.steps) > 1:
            first = model[:-1]
            last = fit_pipeline(model[-1:], _quietly(first.fit_transform, x), labels, train, tracks)
            return Pipeline([("fitted_on_all", first), ("estimator", last)])
        if stacked := hasattr(model[-1], "final_estimator"):
            _quietly(model.fit, x[train], labels[train])  # only then is it known what it gives
        classifier = model if hasattr(model, "predict_proba") else _calibrated(model, labels[train], tracks[train])
        if classifier is not model or not stacked:
            _quietly(classifier.fit, x[train], labels[train])
        _quietly(classifier.predict_proba, x[train[:1]])  # may fail, e.g. with too few neighbours
    except ValueError as error:  # more components than rows, or a single genre
        raise MusicGenreError(f"The model cannot be fitted on {len(train)} training rows: {error}") from error
    return classifier


def genre_probabilities(fitted: BaseEstimator, x: NDArray[np.floating], n_classes: int) -> NDArray[np.float64]:
    """Return probabilities `(N, n_classes)` for rows `(N, D)`; 0 for a genre without training rows.

    Example:
        >>> from sklearn.dummy import DummyClassifier
        >>> fitted = DummyClassifier().fit(np.zeros((4, 1)), [0, 0, 2, 2])  # no row of genre 1
        >>> genre_probabilities(fitted, np.zeros((1, 1)), 3).tolist()
        [[0.5, 0.0, 0.5]]
    """
    probabilities = np.zeros((len(x), n_classes))
    probabilities[:, fitted.classes_] = fitted.predict_proba(x)
    return probabilities


def _calibrated(model: Pipeline, labels: NDArray[np.int64], tracks: NDArray[np.object_]) -> CalibratedClassifierCV:
    if not hasattr(model, "decision_function"):
        raise MusicGenreError(
            f"{type(model[-1]).__name__} names a genre and gives neither probabilities (predict_proba) nor scores "
            "(decision_function), which a run needs: configure it to, such as voting=soft of a "
            "VotingClassifier, or choose another estimator."
        )
    fewest = min(len(set(tracks[labels == label])) for label in np.unique(labels))
    if fewest < 2:
        raise MusicGenreError(
            "A genre has a single training track, but scaling scores to probabilities takes at least two: add tracks."
        )
    folds = StratifiedGroupKFold(min(_FOLDS, fewest), shuffle=True, random_state=0)
    splits = list(folds.split(labels, labels, tracks))
    return CalibratedClassifierCV(model, method="temperature", cv=splits, ensemble=False)


def _quietly(fit: Any, *data: Any) -> Any:  # noqa: ANN401  # scikit-learn's own
    """Call `fit` and log the first line of each of its warnings once."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = fit(*data)
    for text in dict.fromkeys(str(warning.message).split("\n")[0] for warning in caught):
        log.info("scikit-learn: %s", text.rstrip(":"))
    return result
