"""Generated segments: features that come from no track."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from musicgenre.files import draft_of


@dataclass(frozen=True)
class Samples:
    """Features with their genres, as a generator made them.

    Attributes:
        features: float32 `(N, C, F, T)`, in the front end's own units (not standardised).
        labels: int64 `(N,)`, the index of each one's genre.
        genres: Names of the genres, in the order of the labels.
    """

    features: NDArray[np.float32]
    labels: NDArray[np.int64]
    genres: tuple[str, ...]

    def save(self, path: Path) -> None:
        """Write an .npz file with the arrays `features`, `labels` and `genres`."""
        with draft_of(path) as draft, draft.open("wb") as file:
            np.savez(file, features=self.features, labels=self.labels, genres=np.array(self.genres))
