"""Features, labels and groups as arrays, for scikit-learn's cross-validation."""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from musicgenre.arguments import Argument, require_arguments
from musicgenre.classical import segment_rows
from musicgenre.data.segmented import SegmentedCorpus
from musicgenre.data.splits.by_artist import artist_groups
from musicgenre.errors import MusicGenreError

_ARGUMENTS = {
    "data": Argument(
        lambda value: isinstance(value, SegmentedCorpus), "a GenreDataModule, such as GenreDataModule(corpus)", False
    )
}


class Arrays(NamedTuple):
    """Arrays for scikit-learn.

    Attributes:
        X: Features, one row per segment `(N, D)`, not standardised.
        y: Genre of each row, an index into `data.genres` `(N,)`.
        groups: Name of each row's group, which must not be divided between training and test `(N,)`.
    """

    X: NDArray[np.float64]
    y: NDArray[np.int64]
    groups: NDArray[np.str_]


def to_sklearn(data: SegmentedCorpus, groups: str = "recording") -> Arrays:
    """Return the features of every segment in scikit-learn's format, whatever the split.

        X, y, groups = to_sklearn(data)
        cross_val_score(SVC(), X, y, groups=groups, cv=StratifiedGroupKFold(5))

    Args:
        data: A `GenreDataModule`; its features are computed, or read from the cache.
        groups: "recording" keeps the segments, parts and copies of a recording together, "artist" also everything by
            one artist; a recording without a known artist is then a group of its own.

    Returns:
        `(X, y, groups)`, rows in the order of `data.segments`.

    Raises:
        MusicGenreError: The data cannot be used, no artist is known, or groups is neither.

    Example:
        >>> from musicgenre import GenreDataModule, synthetic
        >>> to_sklearn(GenreDataModule(synthetic(tracks_per_genre=5))).X.shape  # doctest: +SKIP
        (500, 16640)
    """
    require_arguments({"data": data}, _ARGUMENTS)
    if groups not in ("recording", "artist"):
        raise MusicGenreError(f"groups is {groups!r}: choose recording or artist")
    recording = {track.id: track.recording for track in data.recorded.tracks}  # copies too, whatever the split
    names = data.segments.track.map(recording)
    if groups == "artist":
        artists = artist_groups(data.recorded)
        if not artists:
            raise MusicGenreError(
                f"no track in {data.corpus.root} has a known artist: give artists=CSV (columns track and artist)"
            )
        names = data.segments.track.map(artists).fillna(names)
    features = segment_rows(torch.from_numpy(np.array(data.features)))
    return Arrays(features, data.labels.numpy(), names.to_numpy(dtype=str))
