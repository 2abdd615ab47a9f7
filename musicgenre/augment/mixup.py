"""Mixtures of two items of a batch, and of their labels."""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from musicgenre.errors import MusicGenreError
from musicgenre.parts import Remembers

_LEAST = 0.01  # alpha: below it, both draws from Gamma(alpha) may be 0, of which torch makes a share of 0.5


class Mixed(NamedTuple):
    """A mixed batch.

    Attributes:
        x: Each item times `share` plus its partner times the rest `(B, C, F, T)`.
        partner: Index in the batch of each item's partner `(B,)`.
        share: Share of the item itself, in [0, 1].
    """

    x: Tensor
    partner: Tensor
    share: float

    def loss(self, loss: nn.Module, logits: Tensor, label: Tensor) -> Tensor:
        """Compute the loss of logits `(B, K)` for both genres of each item, weighted by their shares.

        For cross-entropy this is the loss for mixed targets.
        """
        own: Tensor = loss(logits, label)
        other: Tensor = loss(logits, label[self.partner])
        return self.share * own + (1 - self.share) * other

    def right(self, logits: Tensor, label: Tensor) -> Tensor:
        """Count right answers in a batch of logits `(B, K)`: an answer counts as its genre's share."""
        answer = logits.argmax(-1)
        own, other = ((answer == genre).sum().float() for genre in (label, label[self.partner]))
        return self.share * own + (1 - self.share) * other


class Mixup(Remembers, nn.Module):
    """Mixes each item of a batch `(B, C, F, T)` with another one, in a proportion drawn once per batch.

    Source: Zhang et al., "mixup: Beyond Empirical Risk Minimization", ICLR 2018.

    Args:
        alpha: The proportion is drawn from Beta(alpha, alpha): with small values most items are hardly mixed, with 1
            every proportion is equally likely.

    Raises:
        MusicGenreError: alpha is below 0.01.

    Example:
        >>> Mixup(0.2)(torch.rand(8, 1, 64, 130)).x.shape
        torch.Size([8, 1, 64, 130])
    """

    def __init__(self, alpha: float = 0.2) -> None:
        super().__init__()
        if not _LEAST <= alpha < math.inf:
            raise MusicGenreError(f"mix.alpha is {alpha}: give a number from {_LEAST}, such as 0.2, or mix=none.")
        self.alpha = alpha

    def forward(self, x: Tensor) -> Mixed:
        """Mix a batch `(B, C, F, T)`; the input is not modified."""
        shape = torch.tensor(float(self.alpha), dtype=torch.float32)  # Beta does not support half precision
        share = float(torch.distributions.Beta(shape, shape).sample())
        partner = torch.randperm(len(x), device=x.device)
        return Mixed(torch.lerp(x[partner], x, share), partner, share)
