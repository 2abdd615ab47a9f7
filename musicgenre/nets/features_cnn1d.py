"""1-D CNN along a row of hand-made features (S2)."""

import math

from torch import Tensor, nn

from musicgenre.nets.keras import flat_size, keras_init
from musicgenre.parts import Remembers


class FeaturesCNN1d(Remembers, nn.Module):
    """Two convolutions along the features, in the order of the table's columns: S2's section 3.1.

    Args:
        in_shape: Shape of one input, (features,) or any other; it is read as one row.
        n_classes: Number of genres.

    Raises:
        MusicGenreError: if there are fewer than 10 features.

    Example:
        >>> import torch
        >>> FeaturesCNN1d((58,), 10)(torch.zeros(2, 58)).shape
        torch.Size([2, 10])
    """

    def __init__(self, in_shape: tuple[int, ...], n_classes: int) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Flatten(),
            nn.Unflatten(1, (1, math.prod(in_shape))),  # (B, 1, features)
            nn.Conv1d(1, 32, kernel_size=3),
            nn.ReLU(),
            nn.MaxPool1d(2),
            nn.Conv1d(32, 32, kernel_size=3),
            nn.ReLU(),
            nn.MaxPool1d(2),
            nn.Flatten(),
        )
        self.classifier = nn.Linear(flat_size(self.features, in_shape), n_classes)
        keras_init(self)

    def forward(self, x: Tensor) -> Tensor:
        """Map inputs (B, *in_shape) to logits (B, n_classes)."""
        logits: Tensor = self.classifier(self.features(x))
        return logits
