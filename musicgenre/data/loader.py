"""Batches gathered from a tensor that is already where it is needed: no worker processes, no copies between them."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import pandas as pd
import torch
from torch import Tensor
from torch.utils.data import SequentialSampler


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

    In training every rank gets equally many rows, since ranks wait for each other at every step, and a last batch of a
    single row is left out, since batch norm has no variance over it: what is left out changes with the order. In
    evaluation every row is given exactly once.

    Args:
        features: `(N, C, F, T)`, on the device that the batches are wanted on, or mapped from a file.
        labels: `(N,)`.
        tracks: `(N,)`.
        rows: Rows to give `(M,)`.
        segments: The segments table that they are rows of; None where there is none.
        transform: What the gathered features go through, on `device`; None leaves them as they are.
        device: Where the batches are wanted; None for where the features are.
        batch_size: Rows a batch on each rank.
        shuffle: New order each epoch, from `seed` and the epoch's number alone: the same on every rank.
        seed: Seed of the order.
        rank: This process' number.
        ranks: Number of processes.
    """

    batch_sampler: None = None  # Lightning looks for it where it finds a sampler

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
        """The rows to give `(M,)`, on all ranks together: `len(loader.dataset)` is their number, as of torch's own."""
        return self.rows

    @property
    def sampler(self) -> "BatchLoader | SequentialSampler":
        """What decides the order, where Lightning looks for it: to say which epoch begins, or to see that none does."""
        return self if self.shuffle else SequentialSampler(self.rows)

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch whose order comes next; a resumed run goes on with the order it would have had.

        A Trainer does so before each epoch; in a loop of one's own, each pass is an epoch.
        """
        self.epoch = epoch

    def state_dict(self) -> dict[str, Any]:
        """Return how far the last pass has come: its epoch, and how many of its batches were given."""
        return dict(self._at)

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Have the next pass, if it is of the epoch that a pass was broken off in, go on where that stood.

        A Trainer does so where it resumes from a checkpoint that was written amid an epoch.
        """
        self._left_at = dict(state)

    def __len__(self) -> int:
        return -(-self._share() // self.batch_size)

    def __iter__(self) -> Iterator[Batch]:
        left_at, self._left_at = self._left_at, None
        self._at = {"epoch": self.epoch, "given": 0}
        if self.shuffle and left_at is not None and left_at["epoch"] == self.epoch:
            self._at = left_at
        at = self._at  # of this pass, whichever comes after
        order = self._order()
        for row in torch.split(order, self.batch_size)[at["given"] :] if len(order) else ():
            at["given"] += 1
            fields = (self.features[row], self.labels[row], self.tracks[row], row)
            x, label, track, place = (field.to(self.device, non_blocking=True) for field in fields)
            yield Batch(x if self.transform is None else self._transformed(x), label, track, place)

    @torch.no_grad()
    def _transformed(self, x: Tensor) -> Tensor:
        assert self.transform is not None  # the caller has looked
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


def share_of(rows: int, batch_size: int, shuffle: bool, rank: int = 0, ranks: int = 1) -> int:
    """Return how many of so many rows a loader gives on a rank, whose settings are those of `BatchLoader`.

    Example:
        >>> share_of(9, 4, shuffle=False), share_of(9, 4, shuffle=True), share_of(9, 4, shuffle=False, rank=1, ranks=2)
        (9, 8, 4)
    """
    whole, rest = divmod(rows, ranks)
    if not shuffle:
        return whole + (rank < rest)
    return whole - (whole > 1 and whole % batch_size == 1)
