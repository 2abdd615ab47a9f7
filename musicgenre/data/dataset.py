"""Segments one at a time, as a PyTorch `Dataset`."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from musicgenre.words import counted


class Segment(NamedTuple):
    """One segment of a track.

    Attributes:
        features: Standardised features `(C, F, T)`.
        label: Index of its genre.
        track: Id of its track, such as "blues/blues.00000.wav".
        start: Start in s; numpy float32, since torch converts Python floats to float64, which MPS does not support.
    """

    features: Tensor
    label: int
    track: str
    start: float | np.float32

    def __repr__(self) -> str:
        shape = tuple(self.features.shape)
        return f"Segment(features {shape}, label={self.label}, track={self.track!r}, start={self.start:g})"


class SegmentDataset(Dataset[Segment]):
    """Segments of one subset, not augmented; `DataLoader(dataset, batch_size=32)` makes batches of them.

    Args:
        features: `(N, C, F, T)` of all segments, such as the array of a feature store.
        segments: The segments table: columns track, start, genre, label.
        rows: Rows of this subset.
        standardize: Applied to the features.

    Example:
        >>> table = pd.DataFrame({"track": ["a", "b"], "start": [0.0, 0.0], "genre": ["jazz", "rock"], "label": [0, 1]})
        >>> data = SegmentDataset(np.ones((2, 1, 1, 3), np.float32), table, np.array([1]), torch.nn.Identity())
        >>> len(data), data[0].track, data[0].features.shape
        (1, 'b', torch.Size([1, 1, 3]))
    """

    def __init__(
        self,
        features: NDArray[np.float32],
        segments: pd.DataFrame,
        rows: NDArray[np.int64],
        standardize: Callable[[Tensor], Tensor],
    ) -> None:
        self.rows, self.standardize = rows, standardize
        self._features = features
        self._segments = segments
        self._fields = [segments[name].to_numpy() for name in ("label", "track", "start")]

    @property
    def table(self) -> pd.DataFrame:
        """One row per segment: track, genre, label, start (s), seconds."""
        return self._segments.iloc[self.rows].reset_index(drop=True)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> Segment:
        row = self.rows[index]
        with torch.no_grad():
            features = self.standardize(torch.from_numpy(self._features[row : row + 1].copy()))[0]
        label, track, start = (field[row] for field in self._fields)
        return Segment(features, int(label), str(track), np.float32(start))

    def __repr__(self) -> str:
        tracks = self._segments.track.iloc[self.rows].nunique()
        return f"{type(self).__name__}({counted(len(self), 'segment')} of {counted(tracks, 'track')})"
