"""Small CNN on MFCC segments (S1)."""

from itertools import pairwise

from torch import Tensor, nn

from musicgenre.nets.keras import BatchNorm2d, MaxPool2dSame, flat_size, keras_init, squared_weights
from musicgenre.parts import Remembers


class MFCCCNN(Remembers, nn.Module):
    """Three convolution blocks and three hidden fully connected layers: S1's regularised network.

    At 16 MFCC, 130 frames and 10 genres it has 86,314 parameters with batch norm's running statistics, 86,122
    without. Every layer but the last has L2: add `l2_penalty()` to the loss.

    Args:
        in_shape: Shape of one input, (C, F, T).
        n_classes: Number of genres.
        dropout: Dropout after each hidden fully connected layer.
        l2: Factor of the penalty on the weights; 0 is S1's first network.

    Raises:
        MusicGenreError: if the input is too small for the three blocks.

    Example:
        >>> import torch
        >>> MFCCCNN((1, 16, 130), 10)(torch.zeros(2, 1, 16, 130)).shape
        torch.Size([2, 10])
    """

    def __init__(self, in_shape: tuple[int, ...], n_classes: int, *, dropout: float = 0.3, l2: float = 1e-3) -> None:
        super().__init__()
        self.l2 = l2
        self.features = nn.Sequential(
            *_block(in_shape[0], kernel_size=3, pool=3),
            *_block(32, kernel_size=3, pool=3),
            *_block(32, kernel_size=2, pool=2),
        )
        widths = (flat_size(self.features, in_shape), 128, 64, 32)
        self.hidden = nn.Sequential(nn.Flatten())
        for n_in, n_out in pairwise(widths):
            self.hidden.extend([nn.Linear(n_in, n_out), nn.ReLU(), nn.Dropout(dropout)])
        self.classifier = nn.Linear(32, n_classes)
        keras_init(self)

    def forward(self, x: Tensor) -> Tensor:
        """Map inputs (B, C, F, T) to logits (B, n_classes)."""
        logits: Tensor = self.classifier(self.hidden(self.features(x)))
        return logits

    def l2_penalty(self) -> Tensor:
        """Return l2 times the sum of the squared weights of every layer but the last."""
        return self.l2 * squared_weights(self.features, self.hidden)


def _block(n_in: int, *, kernel_size: int, pool: int) -> list[nn.Module]:
    return [nn.Conv2d(n_in, 32, kernel_size), nn.ReLU(), MaxPool2dSame(pool, stride=2), BatchNorm2d(32)]
