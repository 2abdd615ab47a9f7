"""Segments without their track: generated features, or a few real ones kept for comparison."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from musicgenre.errors import MusicGenreError
from musicgenre.files import NO_ARRAYS, draft_of


@dataclass(frozen=True)
class Samples:
    """Features with their genres.

    Attributes:
        features: float32 `(N, C, F, T)`, in the front end's own units (not standardised).
        labels: int64 `(N,)`, index of each segment's genre.
        genres: Names of the genres, in the order of the labels.
    """

    features: NDArray[np.float32]
    labels: NDArray[np.int64]
    genres: tuple[str, ...]

    def require_for(self, genres: tuple[str, ...], in_shape: tuple[int, ...]) -> None:
        """Check that segments can be added to data.

        Args:
            genres: The data's genres.
            in_shape: Shape of one of its segments `(C, F, T)`.

        Raises:
            MusicGenreError: Their genres or the shape of their features differ, or they do not have one valid label
                each.
        """
        if self.genres != genres or self.features.shape[1:] != in_shape:
            raise MusicGenreError(
                f"The samples to add are {self.features.shape[1:]} features of {', '.join(self.genres)}; the data "
                f"has {in_shape} features of {', '.join(genres)}: make them for this data."
            )
        if self.labels.shape != self.features.shape[:1] or not np.isin(self.labels, range(len(genres))).all():
            raise MusicGenreError(
                f"There are {len(self.features)} samples to add, with labels of shape {self.labels.shape}: give one "
                f"label for each, a whole number from 0 to {len(genres) - 1}."
            )

    def save(self, path: Path) -> None:
        """Write an .npz file with the arrays `features`, `labels` and `genres`."""
        with draft_of(path) as draft, draft.open("wb") as file:
            np.savez(file, features=self.features, labels=self.labels, genres=np.array(self.genres))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote.

        Raises:
            MusicGenreError: The file is damaged, or of another kind.
        """
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:  # np.load may leave it open
                return cls(arrays["features"], arrays["labels"], tuple(map(str, arrays["genres"])))
        except NO_ARRAYS as error:
            raise MusicGenreError(f"{path} holds no segments that can be read ({error}).") from error
