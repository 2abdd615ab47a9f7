"""Plain CNN with batch norm and global average pooling (S3)."""

from itertools import pairwise

from torch import Tensor, nn

from musicgenre.nets.keras import flat_size, keras_init
from musicgenre.parts import Remembers


class SimpleCNN(Remembers, nn.Module):
    """Three convolutions, pools after the first two, global average: S3's baseline `SimpleCNN`.

    Args:
        in_shape: Shape of one input, (C, F, T).
        n_classes: Number of genres.
        dropout: Dropout before the last layer.

    Raises:
        MusicGenreError: if there are fewer than 4 bins or frames.

    Example:
        >>> import torch
        >>> SimpleCNN((1, 32, 40), 10)(torch.zeros(2, 1, 32, 40)).shape
        torch.Size([2, 10])
    """

    def __init__(self, in_shape: tuple[int, ...], n_classes: int, *, dropout: float = 0.5) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for n_in, n_out in pairwise((in_shape[0], 32, 64, 128)):
            layers += [nn.Conv2d(n_in, n_out, 3, padding=1), nn.BatchNorm2d(n_out), nn.ReLU(), nn.MaxPool2d(2)]
        self.features = nn.Sequential(*layers[:-1])  # no pool after the last
        flat_size(self.features, in_shape)  # for its error: nothing else here depends on the input's size
        self.classifier = nn.Sequential(nn.Linear(128, 128), nn.ReLU(), nn.Dropout(dropout), nn.Linear(128, n_classes))
        keras_init(self)

    def forward(self, x: Tensor) -> Tensor:
        """Map inputs (B, C, F, T) to logits (B, n_classes)."""
        maps = self.features(x)  # (B, 128, F // 4, T // 4)
        logits: Tensor = self.classifier(maps.mean((2, 3)))
        return logits
