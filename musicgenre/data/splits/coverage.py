"""Whether a split gives every segment a subset, and which genres it leaves without tracks."""

import logging

import numpy as np
import pandas as pd

from musicgenre.arguments import name_of
from musicgenre.data.splits.assignment import SUBSETS, Assignment, Split
from musicgenre.errors import MusicGenreError

_log = logging.getLogger(__name__)


def require_assignment(found: object, n_segments: int, split: object = "the split") -> Assignment:
    """Return a split's result as an array; raise an error if it is not one subset for each segment.

    Args:
        found: The split's result.
        n_segments: Number of segments.
        split: The split, or its name, for messages.

    Returns:
        The subset of each segment, `(S,)`.

    Raises:
        MusicGenreError: It has another length, or names unknown subsets.

    Example:
        >>> require_assignment(["train", "validation"], 2)
        Traceback (most recent call last):
        ...
        musicgenre.errors.MusicGenreError: the split gives 'validation': give each segment train, val, test or nothing
    """
    subsets, called = np.array(found, dtype=object), _said(split)
    if subsets.shape != (n_segments,):
        given = f"something of shape {subsets.shape}" if subsets.ndim else f"a {type(found).__name__}"
        raise MusicGenreError(f"{called} gives {given} for {n_segments} segments: give an array of one subset for each")
    for name in dict.fromkeys(map(str, subsets)):
        if name not in (*SUBSETS, ""):
            raise MusicGenreError(f"{called} gives {name!r}: give each segment train, val, test or nothing")
    return subsets.astype("<U5")


def genres_without(segments: pd.DataFrame, assignment: Assignment) -> dict[str, list[str]]:
    """List the genres that have no segment in training, validation and test.

    Args:
        segments: One row per segment, with its genre.
        assignment: The subset of each segment, `(S,)`.

    Returns:
        Genres by subset; subsets that have every genre are left out, and so is an empty validation set.

    Example:
        >>> genres_without(pd.DataFrame({"genre": ["jazz", "rock"]}), np.array(["train", "test"]))
        {'train': ['rock'], 'test': ['jazz']}
    """
    genres = sorted(set(segments["genre"]))
    held = {subset: set(segments["genre"][assignment == subset]) for subset in SUBSETS}
    gaps = {subset: [genre for genre in genres if genre not in held[subset]] for subset in SUBSETS}
    return {subset: names for subset, names in gaps.items() if names and (subset != "val" or held["val"])}


def require_trainable(segments: pd.DataFrame, assignment: Assignment, split: object = "the split") -> None:
    """Raise an error if a genre has no training segment; warn if one has none for validation or test.

    Args:
        segments: One row per segment, with its genre.
        assignment: The subset of each segment, `(S,)`.
        split: The split, or its name, for messages.

    Raises:
        MusicGenreError: A genre has no training segment.
    """
    gaps, called = genres_without(segments, assignment), _said(split)
    if missing := gaps.pop("train", None):
        raise MusicGenreError(
            f"{called} leaves no track of {', '.join(missing)} to train on: add tracks, change the split, or name the "
            "other genres with data.genres=[...]"
        )
    for subset, missing in gaps.items():
        _log.warning(
            "%s leaves no track of %s in %s: its metrics say nothing about them.", called, ", ".join(missing), subset
        )


def _said(split: object) -> str:
    return str(split) if isinstance(split, str | Split) else name_of(split)
