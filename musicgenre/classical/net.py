"""A fitted pipeline as a net: features in, log-probabilities out."""

from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from torch import Tensor, nn

from musicgenre.classical.pipeline import genre_probabilities


class GivesFeatures(Protocol):
    """A net that gives features."""

    def features(self, x: Tensor) -> Tensor:
        """Map inputs `(B, C, F, T)` to features `(B, D)`."""


class NetFeatures(nn.Module):
    """Features `(B, D)` that a trained net computes from features `(B, C, F, T)`, standardised as in its training.

    Args:
        standardize: The net's fitted standardisation.
        net: The net.

    Example:
        >>> from musicgenre.nets import DilatedCNN
        >>> net = DilatedCNN((1, 20, 1290), 5)
        >>> NetFeatures(nn.Identity(), net)(torch.zeros(2, 1, 20, 1290)).shape
        torch.Size([2, 48])
    """

    def __init__(self, standardize: nn.Module, net: GivesFeatures) -> None:
        super().__init__()
        self.standardize, self.net = standardize, net

    def forward(self, x: Tensor) -> Tensor:
        """Return the net's features `(B, D)` for features `(B, C, F, T)`."""
        return self.net.features(self.standardize(x))


class ClassicalNet(nn.Module):
    """A fitted scikit-learn pipeline as a net `(B, C, F, T)` -> `(B, K)`, computed on the CPU.

    The logits are log-probabilities, whose softmax gives the pipeline's probabilities; -inf where these are 0.

    Args:
        model: A pipeline from `fit_pipeline`.
        n_classes: Number of genres K.
        embed: Maps features to the pipeline's input, which is flattened: the features themselves, or a trained net's.

    Example:
        >>> from sklearn.dummy import DummyClassifier
        >>> model = DummyClassifier().fit(np.zeros((4, 1)), [0, 1, 1, 1])
        >>> ClassicalNet(model, 2, nn.Identity())(torch.zeros(1, 1, 1, 1)).softmax(-1)
        tensor([[0.2500, 0.7500]])
    """

    kept_in = "checkpoints/model.joblib"  # in its run folder: a Lightning checkpoint would not contain it

    def __init__(self, model: BaseEstimator, n_classes: int, embed: nn.Module) -> None:
        super().__init__()
        self.model, self.n_classes, self.embed = model, n_classes, embed

    def forward(self, x: Tensor) -> Tensor:
        """Compute log-probabilities `(B, K)` from features `(B, C, F, T)`."""
        probabilities = genre_probabilities(self.model, segment_rows(self.embed(x)), self.n_classes)
        return torch.from_numpy(probabilities).log().float().to(x.device)


def segment_rows(x: Tensor) -> NDArray[np.float64]:
    """Return features `(B, ...)` as a pipeline's input `(B, D)`, in float64, so that scaling loses no digits.

    Example:
        >>> segment_rows(torch.ones(2, 1, 13, 130)).shape
        (2, 1690)
    """
    rows: NDArray[np.float64] = x.detach().flatten(1).cpu().double().numpy()
    return rows
