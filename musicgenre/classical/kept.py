"""A fitted pipeline in a file, with the record of what it was fitted on."""

import logging
import warnings
from pathlib import Path
from typing import Any

import joblib
from sklearn.base import BaseEstimator
from sklearn.exceptions import InconsistentVersionWarning

from musicgenre.errors import MusicGenreError
from musicgenre.files import draft_of

log = logging.getLogger(__name__)


def keep_model(path: Path, model: BaseEstimator, record: dict[str, Any]) -> None:
    """Write a fitted pipeline and its record, whole or not at all.

    Example:
        >>> import tempfile
        >>> from sklearn.dummy import DummyClassifier
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     keep_model(Path(folder, "model.joblib"), DummyClassifier(), {"seed": 0})
        ...     [file.name for file in Path(folder).iterdir()]
        ['model.joblib']
    """
    with draft_of(path) as draft:
        joblib.dump({"model": model, "record": record}, draft)


def read_model(path: Path) -> tuple[BaseEstimator, dict[str, Any]]:
    """Read the fitted pipeline and its record; say so if another version of scikit-learn fitted it.

    Reading such a file runs whatever code was put into it: read those of people you trust alone.

    Raises:
        MusicGenreError: The file is no such model, or was written with packages that are not here.

    Example:
        >>> import tempfile
        >>> from sklearn.dummy import DummyClassifier
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     keep_model(Path(folder, "model.joblib"), DummyClassifier(), {"seed": 0})
        ...     read_model(Path(folder, "model.joblib"))
        (DummyClassifier(), {'seed': 0})
    """
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            kept = joblib.load(path)
        model, record = kept["model"], kept["record"]
    except Exception as error:  # a broken file, a package or a class that is not there: each raises its own kind
        raise MusicGenreError(
            f"{path} cannot be read ({error}): it needs the packages that it was written with, and their versions "
            "stand in environment.json beside checkpoints/."
        ) from error
    _name_other_version(path, [warning.message for warning in caught])
    return model, record


def _name_other_version(path: Path, messages: list[Warning | str]) -> None:
    """Log one sentence for the warning that each part of a pipeline gives."""
    for message in messages:
        if isinstance(message, InconsistentVersionWarning):
            log.warning(
                "%s was fitted with scikit-learn %s, and %s is here: answers may differ. To be sure, "
                "pip install scikit-learn==%s.",
                *(path, message.original_sklearn_version, message.current_sklearn_version),
                message.original_sklearn_version,
            )
            return
