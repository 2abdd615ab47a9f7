"""A classifier's outputs for the segments of one pass over validation or test."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from musicgenre.data.loader import BatchLoader
from musicgenre.evaluation.intervals import ARTIST
from musicgenre.evaluation.metrics import CURVES, probability_columns, segment_metrics, track_means

Names = NDArray[Any]  # of tracks: numbers or strings


@dataclass(frozen=True)
class Outputs:
    """Probabilities and the segments that they belong to, in the order of the segments table if there is one.

    Attributes:
        split: "val" or "test".
        probs: Probabilities `(N, K)`.
        labels: Genre of each segment `(N,)`.
        tracks: Track of each segment `(N,)`; None if the batches do not say.
        places: Row of the segments table, or start in s, of each `(N,)`; None if the batches do not say.
        segments: The segments table whose rows `places` are; None if they are starts in s.
    """

    split: str
    probs: NDArray[np.float32]
    labels: NDArray[np.int64]
    tracks: Names | None = None
    places: NDArray[Any] | None = None
    segments: pd.DataFrame | None = None

    def metrics(self) -> dict[str, float]:
        """Return the metrics: `{split}/segment/...`, and `{split}/track/...` if tracks are known."""
        by_level = {"segment": segment_metrics(self.probs, self.labels)}
        if self.tracks is not None:
            by_level["track"] = segment_metrics(*track_means(self.probs, self.labels, self.tracks))
        return {f"{self.split}/{level}/{name}": by_level[level][name] for level in by_level for name in CURVES}

    def table(self, genres: Sequence[str]) -> pd.DataFrame:
        """Return the predictions table: split, track, start (s), genre, label, then `p_<genre>` for each genre.

        If tracks are parts or copies of one recording, a column `recording` names it; if the segments table has
        artists, so does a column `artist`.

        Args:
            genres: Names of the classes, in the order of their labels.
        """
        probs = pd.DataFrame(self.probs, columns=probability_columns(genres))
        if self.segments is not None and self.places is not None:
            columns = ["track", "start"]
            if "recording" in self.segments and (self.segments.recording != self.segments.track).any():
                columns.insert(1, "recording")
            table = self.segments.iloc[self.places][columns].reset_index(drop=True)
        else:
            known = {"track": self.tracks, "start": None if self.places is None else _as_written(self.places)}
            table = pd.DataFrame({name: values for name, values in known.items() if values is not None})
        table = table.assign(genre=[genres[label] for label in self.labels], label=self.labels)
        table.insert(0, "split", self.split)
        if self.segments is not None and self.places is not None and ARTIST in self.segments:
            table[ARTIST] = self.segments[ARTIST].to_numpy()[self.places]
        return pd.concat([table, probs], axis=1)


def _as_written(starts: NDArray[np.generic]) -> NDArray[np.generic]:
    """Return starts in s as the float64 values meant: 0.7 where float32 holds 0.699999988."""
    return starts.astype(str).astype(np.float64) if starts.dtype == np.float32 else starts


def of_training(metrics: Mapping[str, float]) -> dict[str, float]:
    """Return the metrics to save from a pass over the training segments: accuracy and loss, by segment and by track.

    Example:
        >>> of_training({"train/track/accuracy": 0.9, "train/track/macro_f1": 0.8})
        {'train/track/accuracy': 0.9}
    """
    return {name: value for name, value in metrics.items() if name.rpartition("/")[2] in ("accuracy", "loss")}


@dataclass
class Gathered:
    """Collects the batches of one pass and makes `Outputs` from them."""

    parts: list[tuple[Any, ...]] = field(default_factory=list)

    def add(self, logits: Tensor, label: Tensor, more: Sequence[Any]) -> None:
        """Add a batch's log-probabilities `(B, K)`, labels and, if present, tracks and places."""
        self.parts.append((logits.float().log_softmax(-1), label, *more[:2]))

    def outputs(self, split: str, segments: pd.DataFrame | None = None, world_size: int = 1) -> Outputs:
        """Return what all processes have gathered, and start again.

        Args:
            split: "val" or "test".
            segments: The segments table whose rows the places are; None if they are starts in s.
            world_size: Number of processes.
        """
        columns = [_joined(column) for column in zip(*self.parts, strict=True)]
        self.parts.clear()
        if world_size > 1:
            everyone: list[Any] = [None] * world_size
            torch.distributed.all_gather_object(everyone, columns)
            columns = [np.concatenate(column) for column in zip(*everyone, strict=True)]
        log_probs, labels, *more = columns
        if segments is not None and len(more) > 1:  # processes took turns
            order = np.argsort(more[1], kind="stable")
            log_probs, labels, *more = (column[order] for column in columns)
        tracks, places = [*more, None, None][:2]
        return Outputs(split, np.exp(log_probs), labels, tracks, places, segments)


def table_of(loaders: object) -> pd.DataFrame | None:
    """Return the segments table whose rows a trainer's batches name; None if they are not from our loader."""
    loader = loaders[0] if isinstance(loaders, Sequence) and loaders else loaders
    return loader.segments if isinstance(loader, BatchLoader) else None


def _joined(column: Sequence[Any]) -> NDArray[Any]:
    if isinstance(column[0], Tensor):
        joined: NDArray[Any] = torch.cat(list(column)).cpu().numpy()
        return joined
    return np.array([item for part in column for item in part])
