"""Batches gathered from a tensor that is already where it is needed: no worker processes, no copies between them."""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor
from torch.utils.data import SequentialSampler


class Batch(NamedTuple):
    """One batch of segments.

    Attributes:
        x: Features `(B, C, F, T)`.
        label: Index of the genre `(B,)`.
        row: Row of the segments table `(B,)`.
    """

    x: Tensor
    label: Tensor
    row: Tensor


class BatchLoader:
    """Iterates over rows of a resident tensor, in a new order each epoch when shuffled.

        rank 0 of 2:  order[0::2] -> batches
        rank 1 of 2:  order[1::2] -> batches

    In training every rank gets equally many rows, since ranks wait for each other at every step, and a last batch of a
    single row is left out, since batch norm has no variance over it: what is left out changes with the order. In
    evaluation every row is given exactly once.

    Args:
        features: `(N, C, F, T)`, on the device that the batches are wanted on, or mapped from a file.
        labels: `(N,)`, on the same device.
        rows: Rows to give `(M,)`.
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
        rows: Tensor,
        *,
        batch_size: int,
        shuffle: bool = False,
        seed: int = 0,
        rank: int = 0,
        ranks: int = 1,
    ) -> None:
        self.features, self.labels, self.rows = features, labels, rows.to(features.device)
        self.batch_size, self.shuffle, self.seed = batch_size, shuffle, seed
        self.rank, self.ranks = rank, ranks
        self.epoch = 0

    @property
    def sampler(self) -> "BatchLoader | SequentialSampler":
        """What decides the order, where Lightning looks for it: to say which epoch begins, or to see that none does."""
        return self if self.shuffle else SequentialSampler(self.rows)

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch whose order comes next; a resumed run goes on with the order it would have had."""
        self.epoch = epoch

    def __len__(self) -> int:
        return -(-self._share() // self.batch_size)

    def __iter__(self) -> Iterator[Batch]:
        for row in torch.split(self._order(), self.batch_size):
            yield Batch(self.features[row], self.labels[row], row)

    def _share(self) -> int:
        whole, rest = divmod(len(self.rows), self.ranks)
        if not self.shuffle:
            return whole + (self.rank < rest)
        return whole - (whole > 1 and whole % self.batch_size == 1)

    def _order(self) -> Tensor:
        if not self.shuffle:
            return self.rows[self.rank :: self.ranks]
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + self.epoch)
        order = torch.randperm(len(self.rows), generator=generator).to(self.rows.device)
        return self.rows[order[self.rank :: self.ranks][: self._share()]]
