"""Which genres a split leaves without tracks."""

import logging

import pandas as pd

from musicgenre.data.splits.assignment import SUBSETS, Assignment
from musicgenre.errors import MusicGenreError

_log = logging.getLogger(__name__)


def genres_without(segments: pd.DataFrame, assignment: Assignment) -> dict[str, list[str]]:
    """List the genres that have no segment in training, validation and test.

    Args:
        segments: One row a segment: its genre.
        assignment: The subset of each segment, `(S,)`.

    Returns:
        Genres by subset; subsets that have every genre are left out, and so is a validation that nothing was kept for.

    Example:
        >>> import numpy as np
        >>> genres_without(pd.DataFrame({"genre": ["jazz", "rock"]}), np.array(["train", "test"]))
        {'train': ['rock'], 'test': ['jazz']}
    """
    genres = sorted(set(segments["genre"]))
    held = {subset: set(segments["genre"][assignment == subset]) for subset in SUBSETS}
    gaps = {subset: [genre for genre in genres if genre not in held[subset]] for subset in SUBSETS}
    return {subset: names for subset, names in gaps.items() if names and (subset != "val" or held["val"])}


def require_trainable(segments: pd.DataFrame, assignment: Assignment, split: object = "the split") -> None:
    """Stop where a genre has nothing to learn from; warn where one has nothing to be validated or tested on.

    Args:
        segments: One row a segment: its genre.
        assignment: The subset of each segment, `(S,)`.
        split: What a message should call the split.

    Raises:
        MusicGenreError: A genre has no training segment.
    """
    gaps = genres_without(segments, assignment)
    if missing := gaps.pop("train", None):
        raise MusicGenreError(
            f"{split} leaves no track of {', '.join(missing)} to train on: add tracks, change split.*, or name the "
            "other genres with data.genres=[...]"
        )
    for subset, missing in gaps.items():
        _log.warning(
            "%s leaves no track of %s in %s: its figures say nothing of them.", split, ", ".join(missing), subset
        )
