"""Two small CNNs on colour pictures of spectrograms (S2)."""

from torch import Tensor, nn

from musicgenre.nets.keras import flat_size, keras_init
from musicgenre.parts import Remembers


class ImagesCNN1(Remembers, nn.Module):
    """One convolution, one hidden fully connected layer: S2's first image network.

    At 3 colours, 70 rows, 100 columns and 10 genres it has 11,518,674 parameters.

    Args:
        in_shape: Shape of one input, (C, F, T): colours, rows, columns.
        n_classes: Number of genres.

    Raises:
        MusicGenreError: if the picture is too small for the convolution and the pool.

    Example:
        >>> import torch
        >>> ImagesCNN1((3, 14, 20), 10)(torch.zeros(2, 3, 14, 20)).shape
        torch.Size([2, 10])
    """

    def __init__(self, in_shape: tuple[int, ...], n_classes: int) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(in_shape[0], 32, kernel_size=3), nn.ReLU(), nn.MaxPool2d(2))
        self.classifier = nn.Sequential(
            nn.Flatten(),
            nn.Linear(flat_size(self.features, in_shape), 216),
            nn.ReLU(),
            nn.Dropout(0.2),
            nn.Linear(216, n_classes),
        )
        keras_init(self)

    def forward(self, x: Tensor) -> Tensor:
        """Map inputs (B, C, F, T) to logits (B, n_classes)."""
        logits: Tensor = self.classifier(self.features(x))
        return logits


class ImagesCNN2(Remembers, nn.Module):
    """One wider convolution, two hidden fully connected layers, leaky ReLU: S2's second image network.

    At 3 colours, 70 rows, 100 columns and 10 genres it has 23,061,858 parameters.

    Args:
        in_shape: Shape of one input, (C, F, T): colours, rows, columns.
        n_classes: Number of genres.

    Raises:
        MusicGenreError: if the picture is too small for the convolution and the pool.

    Example:
        >>> import torch
        >>> ImagesCNN2((3, 14, 20), 10)(torch.zeros(2, 3, 14, 20)).shape
        torch.Size([2, 10])
    """

    def __init__(self, in_shape: tuple[int, ...], n_classes: int) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(in_shape[0], 64, kernel_size=3), nn.LeakyReLU(0.1), nn.MaxPool2d(2))
        self.classifier = nn.Sequential(
            nn.Flatten(),
            nn.Linear(flat_size(self.features, in_shape), 216),
            nn.LeakyReLU(0.1),
            nn.Dropout(0.2),
            nn.Linear(216, 128),
            nn.LeakyReLU(0.1),
            nn.Dropout(0.1),
            nn.Linear(128, n_classes),
        )
        keras_init(self)

    def forward(self, x: Tensor) -> Tensor:
        """Map inputs (B, C, F, T) to logits (B, n_classes)."""
        logits: Tensor = self.classifier(self.features(x))
        return logits
