"""Dilated convolutions over time, as a classifier and as a feature extractor (S0)."""

import math

from torch import Tensor, nn

from musicgenre.nets.keras import BatchNorm1d, flat_size, keras_init
from musicgenre.parts import Remembers


class DilatedCNN(Remembers, nn.Module):
    """Two dilated 1-D convolutions with long average pools: S0's step 6.

    At 20 MFCC, 1290 frames and 5 genres it has 3,989 parameters with batch norm's running statistics, 3,925 without,
    the second convolution gives 33 frames of 16 channels, and 48 features come out of the second pool.

    Args:
        in_shape: Shape of one input, (C, F, T); the convolutions read C * F channels.
        n_classes: Number of genres.
        dropout: Dropout after each pool.

    Raises:
        MusicGenreError: if there are too few frames for the two pools.

    Example:
        >>> import torch
        >>> net = DilatedCNN((1, 20, 1290), 5)
        >>> x = torch.zeros(2, 1, 20, 1290)
        >>> net(x).shape, net.features(x).shape, net.activations(x).shape
        (torch.Size([2, 5]), torch.Size([2, 48]), torch.Size([2, 16, 33]))
    """

    def __init__(self, in_shape: tuple[int, ...], n_classes: int, *, dropout: float = 0.5) -> None:
        super().__init__()
        self.block1 = nn.Sequential(
            nn.Flatten(1, -2),  # (B, C * F, T)
            nn.Conv1d(math.prod(in_shape[:-1]), 16, kernel_size=8, dilation=4),
            nn.ReLU(),
            nn.AvgPool1d(32),
            nn.Dropout(dropout),
            BatchNorm1d(16),
        )
        self.conv2 = nn.Sequential(nn.Conv1d(16, 16, kernel_size=4, dilation=2), nn.ReLU())
        self.pool2 = nn.AvgPool1d(11)
        n_features = flat_size(nn.Sequential(self.block1, self.conv2, self.pool2), in_shape)
        self.head = nn.Sequential(nn.Dropout(dropout), BatchNorm1d(16), nn.Flatten(), nn.Linear(n_features, n_classes))
        keras_init(self)

    def activations(self, x: Tensor) -> Tensor:
        """Map inputs (B, C, F, T) to the second convolution's output (B, 16, frames)."""
        maps: Tensor = self.conv2(self.block1(x))
        return maps

    def features(self, x: Tensor) -> Tensor:
        """Map inputs (B, C, F, T) to the second pool's output, flattened: (B, 16 * frames)."""
        pooled: Tensor = self.pool2(self.activations(x))
        return pooled.flatten(1)

    def forward(self, x: Tensor) -> Tensor:
        """Map inputs (B, C, F, T) to logits (B, n_classes)."""
        logits: Tensor = self.head(self.pool2(self.activations(x)))
        return logits
