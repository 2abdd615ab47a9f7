"""Scaling to [0, 1] with the smallest and largest values of the training tracks."""

from collections.abc import Iterable
from typing import Self

import torch
from torch import Tensor, nn

from musicgenre.errors import MusicGenreError
from musicgenre.features.standardize import Standardize
from musicgenre.parts import Remembers


class MinMax(Remembers, nn.Module):
    """Features `(B, C, F, T)` scaled such that each element's training values span [0, 1].

    What lies outside the training values lands outside [0, 1]; what is constant becomes 0. The values are those of
    scikit-learn's `MinMaxScaler`, kept as float32 buffers, so that a checkpoint carries them.

    Args:
        in_shape: Shape `(C, F, T)` of one item.

    Example:
        >>> features = torch.tensor([[[[1.0]]], [[[5.0]]]])  # (2, 1, 1, 1)
        >>> MinMax((1, 1, 1)).fit([features])(torch.tensor([[[[3.0]]]])).item()
        0.5
    """

    low: Tensor
    span: Tensor

    def __init__(self, in_shape: tuple[int, ...]) -> None:
        super().__init__()
        self.register_buffer("low", torch.zeros(in_shape))
        self.register_buffer("span", torch.ones(in_shape))

    def fit(self, batches: Iterable[Tensor]) -> Self:
        """Take the smallest and largest values from batches `(B, C, F, T)`.

        Raises:
            MusicGenreError: There is no batch, or a value is not finite.
        """
        ends = [torch.stack([batch.amin(0), batch.amax(0)]) for batch in batches if len(batch)]
        if not ends:
            raise MusicGenreError("no features to scale by: the training split is empty")
        low, high = torch.stack(ends).cpu()[:, 0].amin(0), torch.stack(ends).cpu()[:, 1].amax(0)
        if not (low.isfinite().all() and high.isfinite().all()):
            raise MusicGenreError("the training features hold NaN or infinity: look for a broken track")
        self.low.copy_(low)
        self.span.copy_(torch.where(high > low, high - low, 1.0))
        return self

    def forward(self, features: Tensor) -> Tensor:
        """Scaled features, of the same shape `(B, C, F, T)`."""
        return (features - self.low) / self.span

    def inverse(self, features: Tensor) -> Tensor:
        """What `forward` would turn into these features `(B, C, F, T)`."""
        return features * self.span + self.low


def make_scaling(name: str, in_shape: tuple[int, int, int]) -> Standardize | MinMax:
    """The scaling of that name, not yet fitted: `minmax`, or a pool of `Standardize`.

    Raises:
        MusicGenreError: There is no such scaling.

    Example:
        >>> make_scaling("minmax", (1, 13, 130)), make_scaling("coefficient", (1, 13, 130)).mean.shape
        (MinMax(), torch.Size([1, 13, 1]))
    """
    if name == "minmax":
        return MinMax(in_shape)
    return Standardize(name, in_shape)  # type: ignore[arg-type]  # it refuses what is no pool
