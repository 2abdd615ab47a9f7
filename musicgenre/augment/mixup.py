"""Mixtures of two items of a batch, and of their labels."""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from musicgenre.errors import MusicGenreError
from musicgenre.parts import Remembers

_SMALL = 0.01  # alpha: below it, two draws from Gamma(alpha) may both be too small for float64


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
        MusicGenreError: alpha is not above 0.

    Example:
        >>> Mixup(0.2)(torch.rand(8, 1, 64, 130)).x.shape
        torch.Size([8, 1, 64, 130])
    """

    def __init__(self, alpha: float = 0.2) -> None:
        super().__init__()
        if not 0 < alpha < math.inf:
            raise MusicGenreError(f"mix.alpha is {alpha}: give a number above 0, such as 0.2, or mix=none.")
        self.alpha = alpha

    def forward(self, x: Tensor) -> Mixed:
        """Mix a batch `(B, C, F, T)`; the input is not modified."""
        share = _draw_share(float(self.alpha))
        partner = torch.randperm(len(x), device=x.device)
        return Mixed(torch.lerp(x[partner], x, share), partner, share)


def _draw_share(alpha: float) -> float:
    """Draw from Beta(alpha, alpha); for a small alpha in logarithms, where torch would divide 0 by 0 and give 0.5."""
    if alpha >= _SMALL:
        shape = torch.tensor(alpha, dtype=torch.float32)  # Beta does not support half precision
        return float(torch.distributions.Beta(shape, shape).sample())
    above = torch.distributions.Gamma(torch.tensor([1 + alpha] * 2, dtype=torch.float64), 1.0).sample()
    own, other = above.log() + torch.rand(2, dtype=torch.float64).log() / alpha  # of draws from Gamma(alpha)
    return float(torch.sigmoid(own - other))
