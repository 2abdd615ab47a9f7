"""AlexNet with batch norm, on colour pictures of spectrograms (S2)."""

from torch import Tensor, nn

from musicgenre.nets.keras import BatchNorm2d, flat_size, keras_init
from musicgenre.parts import Remembers

HIDDEN = 4096  # units of each hidden layer


class AlexNet(Remembers, nn.Module):
    """AlexNet as S2 builds it: batch norm after each pool, and after the third and fourth convolution.

    At 3 colours, 70 rows, 100 columns and 10 genres it has 22,676,234 parameters, including batch norm's running
    statistics. The network is that of Krizhevsky, Sutskever and Hinton (2012), without its local response normalisation
    and its two halves.

    Args:
        in_shape: Shape of one input, (C, F, T): colours, rows, columns.
        n_classes: Number of genres.

    Raises:
        MusicGenreError: if a side of the picture is shorter than 67 pixels.

    Example:
        >>> import torch
        >>> AlexNet((3, 70, 100), 10)(torch.zeros(2, 3, 70, 100)).shape
        torch.Size([2, 10])
    """

    def __init__(self, in_shape: tuple[int, ...], n_classes: int) -> None:
        super().__init__()
        self.features = nn.Sequential(
            *(nn.Conv2d(in_shape[0], 96, 11, stride=4), nn.ReLU(), nn.MaxPool2d(3, 2), BatchNorm2d(96)),
            *(nn.Conv2d(96, 256, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2), BatchNorm2d(256)),
            *(nn.Conv2d(256, 384, 3, padding=1), nn.ReLU(), BatchNorm2d(384)),
            *(nn.Conv2d(384, 384, 3, padding=1), nn.ReLU(), BatchNorm2d(384)),
            *(nn.Conv2d(384, 256, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, 2), BatchNorm2d(256)),
        )
        self.classifier = nn.Sequential(
            nn.Flatten(),
            *(nn.Linear(flat_size(self.features, in_shape), HIDDEN), nn.ReLU(), nn.Dropout(0.5)),
            *(nn.Linear(HIDDEN, HIDDEN), nn.ReLU(), nn.Dropout(0.5)),
            nn.Linear(HIDDEN, n_classes),
        )
        keras_init(self)

    def forward(self, x: Tensor) -> Tensor:
        """Map inputs (B, C, F, T) to logits (B, n_classes)."""
        logits: Tensor = self.classifier(self.features(x))
        return logits
