"""Scaling of features with statistics fitted on the training tracks."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from itertools import chain
from typing import Self

import torch
from torch import Tensor

from musicgenre.errors import MusicGenreError
from musicgenre.features.precision import KeepsPrecision
from musicgenre.parts import Remembers

# The axes of (B, C, F, T) that share a mean and a standard deviation.
_POOLED_AXES = {"coefficient": (0, 3), "global": (0, 1, 2, 3), "element": (0,)}
SCALINGS = (*_POOLED_AXES, "minmax")  # names


class Scaling(Remembers, KeepsPrecision, ABC):
    """Subtracts an offset from features `(B, C, F, T)` and divides by a scale, both fitted on the training tracks.

    They are float32 buffers, even if the rest of a model is cast to half precision, and whether they were fitted is
    part of the state. To restore one from a checkpoint, build the module with the same arguments, then load its state.

    Args:
        in_shape: Shape `(C, F, T)` of one item.
        pooled: Axes of `(B, C, F, T)` over which the statistics are taken.

    Attributes:
        names: Names of the two buffers, offset and scale.
    """

    names: tuple[str, str]

    def __init__(self, in_shape: tuple[int, ...], pooled: tuple[int, ...]) -> None:
        super().__init__()
        self.in_shape, self.pooled = tuple(in_shape), pooled
        self.fitted = False
        shape = [1 if axis in pooled else size for axis, size in enumerate(in_shape, start=1)]
        self.register_buffer(self.names[0], torch.zeros(shape, dtype=torch.float32))
        self.register_buffer(self.names[1], torch.ones(shape, dtype=torch.float32))

    @abstractmethod
    def _statistics(self, batches: Iterable[Tensor]) -> tuple[Tensor, Tensor]:
        """Return offset and scale, in the shape of the buffers, from at least one batch `(B, C, F, T)`."""

    def fit(self, batches: Iterable[Tensor]) -> Self:
        """Compute the statistics from batches `(B, C, F, T)`, read once; they may be on any device.

        Raises:
            MusicGenreError: There is no batch, a batch has another shape, or a value is not finite.
        """
        checked = (self._checked(batch) for batch in batches if len(batch))
        first = next(checked, None)
        if first is None:
            raise MusicGenreError("no features to fit the scaling to: the training split is empty.")
        offset, scale = self._statistics(chain([first], checked))
        if not (offset.isfinite().all() and scale.isfinite().all()):
            raise MusicGenreError("the training features hold NaN or infinity: look for a broken track.")
        for buffer, value in zip(self._terms(), (offset, scale), strict=True):
            buffer.copy_(value)
        self.fitted = True
        return self

    def forward(self, features: Tensor) -> Tensor:
        """Scale features `(B, C, F, T)`; the result has their shape.

        Raises:
            MusicGenreError: It was neither fitted nor restored, or the features have another shape.
        """
        offset, scale = self._ready(features)
        return (features - offset) / scale

    def inverse(self, features: Tensor) -> Tensor:
        """Undo the scaling of features `(B, C, F, T)`.

        Raises:
            MusicGenreError: It was neither fitted nor restored, or the features have another shape.
        """
        offset, scale = self._ready(features)
        return features * scale + offset

    def get_extra_state(self) -> dict[str, bool]:
        """Return what a checkpoint keeps besides the buffers: whether they were fitted."""
        return {"fitted": self.fitted}

    def set_extra_state(self, state: dict[str, bool]) -> None:
        """Restore from a checkpoint whether the buffers were fitted."""
        self.fitted = state["fitted"]

    def _ready(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Return offset and scale, after checking that they are fitted and match the features."""
        if not self.fitted:
            raise MusicGenreError(f"{type(self).__name__} has no statistics yet: call fit, or load a checkpoint.")
        self._checked(features)
        return self._terms()

    def _terms(self) -> tuple[Tensor, Tensor]:
        return self.get_buffer(self.names[0]), self.get_buffer(self.names[1])

    def _checked(self, features: Tensor) -> Tensor:
        # Time may differ if it is pooled: the statistics then do not depend on its length.
        n_axes = 2 if 3 in self.pooled else 3
        if features.ndim != 4 or tuple(features.shape[1:])[:n_axes] != self.in_shape[:n_axes]:
            raise MusicGenreError(
                f"features of shape {tuple(features.shape)} do not fit statistics for (B, {str(self.in_shape)[1:]}: "
                "use the front end and the segment length that the statistics were fitted for."
            )
        return features


class Standardize(Scaling):
    """Subtracts the mean from features `(B, C, F, T)` and divides by the standard deviation.

    Args:
        pool: What shares one mean and one standard deviation: "coefficient" pools batch and time, for each of `(C, F)`;
            "global" pools everything; "element" pools the batch alone, for each of `(C, F, T)`.
        in_shape: Shape `(C, F, T)` of one item.

    Raises:
        MusicGenreError: There is no such pool.

    Example:
        >>> features = torch.tensor([[[[1.0, 3.0]]], [[[5.0, 7.0]]]])  # (2, 1, 1, 2)
        >>> Standardize("element", (1, 1, 2)).fit([features])(features).flatten()
        tensor([-1., -1.,  1.,  1.])
    """

    names = ("mean", "std")
    mean: Tensor
    std: Tensor

    def __init__(self, pool: str, in_shape: tuple[int, ...]) -> None:
        if pool not in _POOLED_AXES:
            raise MusicGenreError(f"pool is {pool!r}: choose one of {', '.join(_POOLED_AXES)}.")
        super().__init__(in_shape, _POOLED_AXES[pool])

    def _statistics(self, batches: Iterable[Tensor]) -> tuple[Tensor, Tensor]:
        """Return means and standard deviations.

        Sums are kept in float64 on the CPU and merged as in Chan, Golub and LeVeque ("Updating formulae and a pairwise
        algorithm for computing sample variances", 1979), so that neither a large offset nor many batches cost
        precision.
        """
        count = 0
        mean = torch.zeros(self.mean.shape, dtype=torch.float64)
        squares = torch.zeros_like(mean)  # sum of squared differences from the mean
        for batch in batches:
            n, batch_mean, batch_squares = _moments(batch, self.pooled)
            delta = batch_mean - mean
            mean += delta * n / (count + n)
            squares += batch_squares + delta.square() * count * n / (count + n)
            count += n
        return mean, _deviation(mean, squares / count, count)


class MinMax(Scaling):
    """Scales features `(B, C, F, T)` so that each element's training values span [0, 1].

    Values outside the training range fall outside [0, 1]; constant elements become 0. The values are those of
    scikit-learn's `MinMaxScaler`.

    Args:
        in_shape: Shape `(C, F, T)` of one item.

    Example:
        >>> features = torch.tensor([[[[1.0]]], [[[5.0]]]])  # (2, 1, 1, 1)
        >>> MinMax((1, 1, 1)).fit([features])(torch.tensor([[[[3.0]]]])).item()
        0.5
    """

    names = ("low", "span")

    def __init__(self, in_shape: tuple[int, ...]) -> None:
        super().__init__(in_shape, _POOLED_AXES["element"])

    def _statistics(self, batches: Iterable[Tensor]) -> tuple[Tensor, Tensor]:
        lows, highs = zip(*((batch.amin(0).cpu(), batch.amax(0).cpu()) for batch in batches), strict=True)
        low, high = torch.stack(lows).amin(0), torch.stack(highs).amax(0)
        return low, torch.where(high == low, 1.0, high - low)


def make_scaling(name: str, in_shape: tuple[int, ...]) -> Scaling:
    """Return the scaling of that name, not yet fitted: `minmax`, or a pool of `Standardize`.

    Raises:
        MusicGenreError: There is no such scaling.

    Example:
        >>> make_scaling("minmax", (1, 13, 130)), make_scaling("coefficient", (1, 13, 130))
        (MinMax(in_shape=[1, 13, 130]), Standardize(pool='coefficient', in_shape=[1, 13, 130]))
    """
    if name not in SCALINGS:
        raise MusicGenreError(f"standardize is {name!r}: choose {', '.join(SCALINGS)}, or null (None) for none.")
    return MinMax(in_shape) if name == "minmax" else Standardize(name, in_shape)


def _moments(batch: Tensor, axes: tuple[int, ...]) -> tuple[int, Tensor, Tensor]:
    """Return count, mean and sum of squared differences over `axes`, without the batch axis, float64."""
    values = batch.detach().cpu().double()  # the CPU first: MPS has no float64
    mean = values.mean(dim=axes, keepdim=True)
    squares = (values - mean).square().sum(dim=axes, keepdim=True)
    return values.numel() // mean.numel(), mean.squeeze(0), squares.squeeze(0)


def _deviation(mean: Tensor, variance: Tensor, count: int) -> Tensor:
    """Return the standard deviation; 1 where the variance may be rounding error alone (scikit-learn's bound)."""
    eps = torch.finfo(torch.float64).eps
    constant = variance <= count * eps * variance + (count * mean * eps).square()
    return torch.where(constant, 1.0, variance.sqrt())
