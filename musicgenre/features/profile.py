"""How unlike the training music something sounds: a check that a softmax, sure of everything, cannot make."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from musicgenre.errors import MusicGenreError


def profiles(features: Tensor) -> Tensor:
    """Compute mean and standard deviation over time of every bin: features `(B, C, F, T)` -> `(B, 2 * C * F)`.

    Example:
        >>> profiles(torch.tensor([[[[1.0, 3.0], [5.0, 5.0]]]]))
        tensor([[2., 5., 1., 0.]])
    """
    return torch.cat([features.mean(-1), features.std(-1, correction=0)], dim=-1).flatten(1)


@dataclass(frozen=True)
class Reference:
    """What the profiles of a classifier's training segments are like.

    Attributes:
        mean: Mean of each value of the profiles.
        std: Standard deviation of each.

    Example:
        >>> training = torch.tensor([1.0, 3.0]).view(2, 1, 1, 1)  # mean 2, deviation 1
        >>> Reference.fit([training]).distance(profiles(torch.full((1, 1, 1, 1), 4.0)))
        2.0
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]

    def __repr__(self) -> str:
        return f"Reference(mean and std of {len(self.mean)} values)"

    @classmethod
    def fit(cls, batches: Iterable[Tensor]) -> Self:
        """Take mean and deviation from standardised training features `(B, C, F, T)`, read once.

        Raises:
            MusicGenreError: There is no batch.
        """
        found = [profiles(batch) for batch in batches]
        if not found:
            raise MusicGenreError("no features to make a reference of: the training split is empty.")
        values = torch.cat(found).double()  # (N, 2 * C * F)
        return cls(tuple(values.mean(0).tolist()), tuple(values.std(0, correction=0).tolist()))

    def distance(self, found: Tensor) -> float:
        """Measure how far a track's mean profile lies from the training segments', in their standard deviations.

        The root of the mean over the profile's values of the squared difference, so that 1 is about what a training
        segment by itself has, and a training track less.

        Args:
            found: The profiles of the track's segments `(N, 2 * C * F)`.
        """
        mean, std = torch.tensor(self.mean), torch.tensor(self.std)
        varied = std > 1e-6  # a bin that never changed in training says nothing
        z = (found.float().mean(0) - mean)[varied] / std[varied]
        return float(z.square().mean().sqrt())
