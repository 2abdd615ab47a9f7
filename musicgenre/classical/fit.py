"""Fit a pipeline on training rows, and give everybody's probabilities."""

import logging
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.calibration import CalibratedClassifierCV
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import Pipeline

from musicgenre.errors import MusicGenreError

log = logging.getLogger(__name__)

_FOLDS = 3  # of the training rows, for the scale of scores that are no probabilities


def fit_probabilities(
    model: Pipeline,
    x: NDArray[np.floating],
    labels: NDArray[np.int64],
    train: NDArray[np.int64],
    tracks: NDArray[np.object_],
    *,
    n_classes: int,
    fit_on_all: bool = False,
) -> NDArray[np.float32]:
    """Fit a pipeline on the training rows and give every row's probabilities.

    An estimator without probabilities (a support vector machine) gets them by temperature scaling: the softmax of its
    scores times one factor, fitted on scores that cross-validation over the training tracks gives, so that the most
    probable genre stays the one that the estimator predicts. Source: Guo et al. (2017), "On calibration of modern
    neural networks", ICML.

    Args:
        model: A pipeline whose last step is a classifier; it is fitted in place.
        x: One row a segment `(N, D)`.
        labels: Genres `(N,)`, from 0 to n_classes - 1.
        train: Rows to fit on.
        tracks: The track of each row `(N,)`: a track never stands on two sides of the cross-validation.
        n_classes: Number of genres.
        fit_on_all: Fit all steps before the last on all rows, test included, as some documents did: it leaks.

    Returns:
        Probabilities `(N, n_classes)`; 0 for a genre without a training row.

    Raises:
        MusicGenreError: There are too few training rows for the model.
    """
    if not len(train):
        raise MusicGenreError("The split left no segment for training: change split.*, or add tracks.")
    if fit_on_all and len(model.steps) > 1:
        x = _quietly(model[:-1].fit_transform, x)
        model = model[-1:]
    classifier: Any = model
    if not hasattr(model, "predict_proba"):
        classifier = _calibrated(model, labels[train], tracks[train])
    try:
        _quietly(classifier.fit, x[train], labels[train])
    except ValueError as error:  # more components than rows, a single genre
        raise MusicGenreError(f"The model cannot be fitted on {len(train)} training rows: {error}") from error
    probabilities = np.zeros((len(x), n_classes), np.float32)
    probabilities[:, classifier.classes_] = classifier.predict_proba(x)
    return probabilities


def _calibrated(model: Pipeline, labels: NDArray[np.int64], tracks: NDArray[np.object_]) -> CalibratedClassifierCV:
    fewest = min(len(set(tracks[labels == label])) for label in np.unique(labels))
    if fewest < 2:
        raise MusicGenreError(
            "A genre has a single training track, and probabilities of a support vector machine need two: add tracks."
        )
    folds = StratifiedGroupKFold(min(_FOLDS, fewest), shuffle=True, random_state=0)
    splits = list(folds.split(labels, labels, tracks))
    return CalibratedClassifierCV(model, method="temperature", cv=splits, ensemble=False)


def _quietly(fit: Any, *data: Any) -> Any:  # noqa: ANN401  # scikit-learn's own
    """Call it, and log each of its warnings once, by the first line."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = fit(*data)
    for text in dict.fromkeys(str(warning.message).split("\n")[0] for warning in caught):
        log.info("scikit-learn: %s", text)
    return result
