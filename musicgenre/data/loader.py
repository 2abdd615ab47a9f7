"""Batches gathered from a tensor that is already where it is needed: no worker processes, no copies between them."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import pandas as pd
import torch
from torch import Tensor
from torch.utils.data import SequentialSampler

from musicgenre.words import counted


class Batch(NamedTuple):
    """One batch of segments.

    Attributes:
        x: Inputs of a net `(B, C, F, T)`: standardised features, augmented in training.
        label: Index of the genre `(B,)`.
        track: Number of the track `(B,)`: segments of one track share it.
        row: Row of the segments table `(B,)`.
    """

    x: Tensor
    label: Tensor
    track: Tensor
    row: Tensor

    def __repr__(self) -> str:
        return f"Batch(x {tuple(self.x.shape)} on {self.x.device}, label, track and row of {len(self.label)} segments)"


class BatchLoader:
    """Iterates over rows of a resident tensor, in a new order each epoch when shuffled.

        rank 0 of 2:  order[0::2] -> batches
        rank 1 of 2:  order[1::2] -> batches

    In training every rank gets the same number of rows, since ranks wait for each other at every step, and a last batch
    of a single row is left out, since batch norm has no variance over it; the rows left out change with the order. In
    evaluation every row is served exactly once.

    Args:
        features: `(N, C, F, T)`, on the device of the batches, or mapped from a file.
        labels: `(N,)`.
        tracks: `(N,)`.
        rows: Rows to serve `(M,)`.
        segments: The segments table that they are rows of; None if there is none.
        transform: Applied to the gathered features, on `device`; None for nothing.
        device: Device of the batches; None for that of the features.
        batch_size: Rows per batch on each rank.
        shuffle: New order each epoch, which depends only on `seed` and the epoch: the same on every rank.
        seed: Seed of the order.
        rank: Number of this process.
        ranks: Number of processes.
    """

    batch_sampler: None = None  # Lightning reads it if there is a sampler

    def __init__(
        self,
        features: Tensor,
        labels: Tensor,
        tracks: Tensor,
        rows: Tensor,
        *,
        segments: pd.DataFrame | None = None,
        transform: Callable[[Tensor], Tensor] | None = None,
        device: torch.device | None = None,
        batch_size: int,
        shuffle: bool = False,
        seed: int = 0,
        rank: int = 0,
        ranks: int = 1,
    ) -> None:
        self.device = device or features.device
        self.features, self.rows, self.transform = features, rows.to(features.device), transform
        self.labels, self.tracks = labels.to(features.device), tracks.to(features.device)
        self.segments, self.batch_size, self.shuffle, self.seed = segments, batch_size, shuffle, seed
        self.rank, self.ranks = rank, ranks
        self.epoch = 0
        self._at = {"epoch": 0, "given": 0}
        self._left_at: dict[str, Any] | None = None

    @property
    def dataset(self) -> Tensor:
        """The rows `(M,)` of all ranks together: `len(loader.dataset)` is their number, as in PyTorch."""
        return self.rows

    @property
    def sampler(self) -> "BatchLoader | SequentialSampler":
        """The sampler that Lightning looks for, to set the epoch or to see that the order is fixed."""
        return self if self.shuffle else SequentialSampler(self.rows)

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch whose order comes next; a resumed run continues with the order it would have had.

        A Trainer calls this before each epoch; in your own loop, each pass is an epoch.
        """
        self.epoch = epoch

    def state_dict(self) -> dict[str, Any]:
        """Return the progress of the last pass: its epoch, and how many of its batches were served."""
        return dict(self._at)

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Let the next pass continue where an interrupted one stopped, if it is of the same epoch.

        A Trainer calls this when it resumes from a checkpoint written in the middle of an epoch.
        """
        self._left_at = dict(state)

    def __len__(self) -> int:
        return -(-self._share() // self.batch_size)

    def __repr__(self) -> str:
        served = f"{counted(self._share(), 'segment')} in batches of {self.batch_size} on {self.device}"
        return f"{type(self).__name__}({served}{', in a new order each epoch' if self.shuffle else ''})"

    def __iter__(self) -> Iterator[Batch]:
        left_at, self._left_at = self._left_at, None
        self._at = {"epoch": self.epoch, "given": 0}
        if self.shuffle and left_at is not None and left_at["epoch"] == self.epoch:
            self._at = left_at
        at = self._at  # of this pass, even if another one begins
        order = self._order()
        for row in torch.split(order, self.batch_size)[at["given"] :] if len(order) else ():
            at["given"] += 1
            fields = (self.features[row], self.labels[row], self.tracks[row], row)
            x, label, track, place = (field.to(self.device, non_blocking=True) for field in fields)
            yield Batch(x if self.transform is None else self._transformed(x), label, track, place)

    @torch.no_grad()
    def _transformed(self, x: Tensor) -> Tensor:
        assert self.transform is not None  # checked by the caller
        return self.transform(x)

    def _share(self) -> int:
        return share_of(len(self.rows), self.batch_size, self.shuffle, self.rank, self.ranks)

    def _order(self) -> Tensor:
        if not self.shuffle:
            return self.rows[self.rank :: self.ranks]
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + self.epoch)
        self.epoch += 1
        order = torch.randperm(len(self.rows), generator=generator).to(self.rows.device)
        return self.rows[order[self.rank :: self.ranks][: self._share()]]


def share_of(rows: int, batch_size: int, training: bool, rank: int = 0, ranks: int = 1) -> int:
    """Return how many of `rows` rows are served on a rank, in training or in evaluation; see `BatchLoader`.

    Example:
        >>> share_of(9, 4, training=False), share_of(9, 4, training=True), share_of(9, 4, False, rank=1, ranks=2)
        (9, 8, 4)
    """
    whole, rest = divmod(rows, ranks)
    if not training:
        return whole + (rank < rest)
    return whole - (whole > 1 and whole % batch_size == 1)
