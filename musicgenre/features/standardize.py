"""Standardisation of features with statistics fitted on the training tracks."""

from collections.abc import Iterable
from typing import Literal, Self, get_args

import torch
from torch import Tensor, nn

from musicgenre.errors import MusicGenreError
from musicgenre.parts import Remembers

Pool = Literal["coefficient", "global", "element"]

# The axes of (B, C, F, T) that share one mean and one deviation.
_POOLED_AXES: dict[Pool, tuple[int, ...]] = {"coefficient": (0, 3), "global": (0, 1, 2, 3), "element": (0,)}


class Standardize(Remembers, nn.Module):
    """Features `(B, C, F, T)` less their mean, divided by their standard deviation.

    The statistics are float32 buffers, so a checkpoint carries them: build the module anew with the same
    `pool` and `in_shape`, then load its state.

    Args:
        pool: What shares one mean and one deviation: "coefficient" pools batch and time, for each of
            `(C, F)`; "global" pools everything; "element" pools the batch alone, for each of `(C, F, T)`.
        in_shape: Shape `(C, F, T)` of one item.

    Raises:
        MusicGenreError: There is no such pool.

    Example:
        >>> features = torch.tensor([[[[1.0, 3.0]]], [[[5.0, 7.0]]]])  # (2, 1, 1, 2)
        >>> Standardize("element", (1, 1, 2)).fit([features])(features).flatten()
        tensor([-1., -1.,  1.,  1.])
    """

    mean: Tensor
    std: Tensor

    def __init__(self, pool: Pool, in_shape: tuple[int, int, int]) -> None:
        super().__init__()
        if pool not in get_args(Pool):
            raise MusicGenreError(f"pool is {pool!r}: choose one of {', '.join(get_args(Pool))}")
        self.pool = pool
        self.in_shape = tuple(in_shape)
        self.fitted = False
        shape = [1 if axis + 1 in _POOLED_AXES[pool] else size for axis, size in enumerate(in_shape)]
        self.register_buffer("mean", torch.zeros(shape))
        self.register_buffer("std", torch.ones(shape))

    def fit(self, batches: Iterable[Tensor]) -> Self:
        """Take the statistics from batches `(B, C, F, T)`, read once; they may live on any device.

        Sums are kept in float64 on the CPU and merged as Chan, Golub and LeVeque describe ("Updating formulae
        and a pairwise algorithm for computing sample variances", 1979), so neither a large offset nor the
        number of batches costs precision. What is constant gets a deviation of 1.

        Raises:
            MusicGenreError: There is no batch, a batch has another shape, or a value is not finite.
        """
        count = 0
        mean = torch.zeros(self.mean.shape, dtype=torch.float64)
        squares = torch.zeros_like(mean)  # sum of squared differences from the mean
        for batch in batches:
            self._check_shape(batch)
            n, batch_mean, batch_squares = _moments(batch, _POOLED_AXES[self.pool])
            delta = batch_mean - mean
            mean += delta * n / (count + n)
            squares += batch_squares + delta.square() * count * n / (count + n)
            count += n
        if count == 0:
            raise MusicGenreError("no features to standardise by: the training split is empty")
        if not (mean.isfinite().all() and squares.isfinite().all()):
            raise MusicGenreError("the training features hold NaN or infinity: look for a broken track")
        self.mean.copy_(mean.float())
        self.std.copy_(_deviation(mean, squares / count, count).float())
        self.fitted = True
        return self

    def forward(self, features: Tensor) -> Tensor:
        """Standardised features, of the same shape `(B, C, F, T)`.

        Raises:
            MusicGenreError: It was neither fitted nor restored, or the features have another shape.
        """
        if not self.fitted:
            raise MusicGenreError("Standardize has no statistics yet: call fit, or load a checkpoint")
        self._check_shape(features)
        return (features - self.mean) / self.std

    def inverse(self, features: Tensor) -> Tensor:
        """What `forward` would turn into these features `(B, C, F, T)`.

        Raises:
            MusicGenreError: It was neither fitted nor restored, or the features have another shape.
        """
        if not self.fitted:
            raise MusicGenreError("Standardize has no statistics yet: call fit, or load a checkpoint")
        self._check_shape(features)
        return features * self.std + self.mean

    def get_extra_state(self) -> dict[str, bool]:
        """What a checkpoint keeps beside the statistics: whether they were fitted."""
        return {"fitted": self.fitted}

    def set_extra_state(self, state: dict[str, bool]) -> None:
        """Take over from a checkpoint whether its statistics were fitted."""
        self.fitted = state["fitted"]

    def _check_shape(self, features: Tensor) -> None:
        # Time may differ where it is pooled: its length is then no part of the statistics.
        n_axes = 3 if self.pool == "element" else 2
        if features.ndim != 4 or tuple(features.shape[1:])[:n_axes] != self.in_shape[:n_axes]:
            raise MusicGenreError(
                f"features of shape {tuple(features.shape)} do not fit statistics for (B, *{self.in_shape}): "
                "use the front end and the segment length that the statistics were made for"
            )


def _moments(batch: Tensor, axes: tuple[int, ...]) -> tuple[int, Tensor, Tensor]:
    """Count, mean and sum of squared differences over `axes`, without the batch axis, float64."""
    values = batch.detach().cpu().double()  # the CPU first: MPS has no float64
    mean = values.mean(dim=axes, keepdim=True)
    squares = (values - mean).square().sum(dim=axes, keepdim=True)
    n = values.numel() // max(1, mean.numel())
    return n, mean.squeeze(0), squares.squeeze(0)


def _deviation(mean: Tensor, variance: Tensor, count: int) -> Tensor:
    """Standard deviation, 1 where rounding alone could have made the variance (scikit-learn's bound)."""
    eps = torch.finfo(torch.float64).eps
    constant = variance <= count * eps * variance + (count * mean * eps).square()
    return torch.where(constant, 1.0, variance.sqrt())
