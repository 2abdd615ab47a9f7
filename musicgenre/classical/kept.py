"""A fitted pipeline in a file, with a record of what it was fitted on."""

import hashlib
import logging
import warnings
from io import BytesIO
from pathlib import Path
from typing import Any

import joblib
from sklearn.base import BaseEstimator
from sklearn.exceptions import InconsistentVersionWarning

from musicgenre.errors import MusicGenreError
from musicgenre.files import draft_of
from musicgenre.own_files import is_own, remember_own
from musicgenre.trust import Trust, as_trust, require_trusted_pickle

log = logging.getLogger(__name__)


def keep_model(path: Path, model: BaseEstimator, record: dict[str, Any]) -> None:
    """Write a fitted pipeline and its record atomically.

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
        remember_own(hashlib.sha256(draft.read_bytes()).hexdigest())


def read_model(
    path: Path, *, trust: bool | Trust = False, content: bytes | None = None
) -> tuple[BaseEstimator, dict[str, Any]]:
    """Read a fitted pipeline and its record; warn if another version of scikit-learn fitted it.

    Reading such a file runs any code in it: one that was not written by this user's runs on this machine is read only
    if it is trusted.

    Args:
        path: The file.
        trust: Whether to read it even if its origin is unknown.
        content: The bytes of the file, if already read.

    Raises:
        UntrustedError: Its origin is unknown, and it is not trusted.
        MusicGenreError: The file is not such a model, or was written with packages that are not installed.

    Example:
        >>> import tempfile
        >>> from sklearn.dummy import DummyClassifier
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     keep_model(Path(folder, "model.joblib"), DummyClassifier(), {"seed": 0})
        ...     read_model(Path(folder, "model.joblib"))
        (DummyClassifier(), {'seed': 0})
    """
    content = path.read_bytes() if content is None else content
    require_trusted_pickle(path, is_own(hashlib.sha256(content).hexdigest()), as_trust(trust))
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            kept = joblib.load(BytesIO(content))
        model, record = kept["model"], kept["record"]
        if not isinstance(record, dict):
            raise TypeError("it holds no record")
    except Exception as error:  # a broken file, a missing package or class: all raise different types
        raise MusicGenreError(
            f"{path} cannot be read ({error}): it needs the packages that it was written with, whose versions "
            "are in environment.json beside checkpoints/."
        ) from error
    _name_other_version(path, [warning.message for warning in caught])
    return model, record


def _name_other_version(path: Path, messages: list[Warning | str]) -> None:
    """Log one sentence instead of a warning for each part of the pipeline."""
    for message in messages:
        if isinstance(message, InconsistentVersionWarning):
            log.warning(
                "%s was fitted with scikit-learn %s, but %s is installed: answers may differ. To be sure, "
                "pip install scikit-learn==%s.",
                *(path, message.original_sklearn_version, message.current_sklearn_version),
                message.original_sklearn_version,
            )
            return
