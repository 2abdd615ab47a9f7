"""A fitted pipeline in a file, with the record of what it was fitted on."""

from pathlib import Path
from typing import Any

import joblib
from sklearn.base import BaseEstimator

from musicgenre.data.atomic import draft_of
from musicgenre.errors import MusicGenreError


def keep_model(path: Path, model: BaseEstimator, record: dict[str, Any]) -> None:
    """Write a fitted pipeline and its record, whole or not at all."""
    with draft_of(path) as draft:
        joblib.dump({"model": model, "record": record}, draft)


def read_model(path: Path) -> tuple[BaseEstimator, dict[str, Any]]:
    """The fitted pipeline and its record.

    Reading such a file runs whatever code was put into it: read those of people you trust alone.

    Raises:
        MusicGenreError: The file is no such model, or was written with packages that are not here.
    """
    try:
        kept = joblib.load(path)
        return kept["model"], kept["record"]
    except Exception as error:  # a broken file, a package or a class that is not there: each raises its own kind
        raise MusicGenreError(
            f"{path} cannot be read ({error}): it needs the packages that it was written with, and their versions "
            "stand in environment.json beside checkpoints/."
        ) from error
