"""Small CNN on MFCC segments (S1)."""

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from musicgenre.errors import MusicGenreError
from musicgenre.nets.keras import BatchNorm2d, MaxPool2dSame, flat_size, keras_init, squared_weights
from musicgenre.parts import Remembers


class MFCCCNN(Remembers, nn.Module):
    """Convolution blocks and hidden fully connected layers: by default S1's regularised network, three of each.

    At 16 MFCC, 130 frames and 10 genres it has 86,314 parameters with batch norm's running statistics, 86,122
    without. Every layer but the last has L2: add `l2_penalty()` to the loss.

    Args:
        in_shape: Shape of one input, (C, F, T).
        n_classes: Number of genres.
        channels: Filters of each block's convolution; one block per number.
        kernel_sizes: Side of each convolution's kernels.
        pool_sizes: Side of the window of each block's max pool, whose step is 2.
        hidden: Widths of the hidden fully connected layers.
        dropout: Dropout after each hidden fully connected layer.
        l2: Factor of the penalty on the weights; 0 is S1's first network.

    Raises:
        MusicGenreError: if the input is too small for the blocks, or their settings differ in number.

    Example:
        >>> import torch
        >>> MFCCCNN((1, 16, 130), 10)(torch.zeros(2, 1, 16, 130)).shape
        torch.Size([2, 10])
    """

    def __init__(
        self,
        in_shape: tuple[int, ...],
        n_classes: int,
        *,
        channels: Sequence[int] = (32, 32, 32),
        kernel_sizes: Sequence[int] = (3, 3, 2),
        pool_sizes: Sequence[int] = (3, 3, 2),
        hidden: Sequence[int] = (128, 64, 32),
        dropout: float = 0.3,
        l2: float = 1e-3,
    ) -> None:
        super().__init__()
        if not len(channels) == len(kernel_sizes) == len(pool_sizes) > 0 or not hidden:
            raise MusicGenreError(
                f"MFCCCNN: channels={list(channels)}, kernel_sizes={list(kernel_sizes)} and pool_sizes="
                f"{list(pool_sizes)} must have one number per block, and hidden={list(hidden)} at least one width."
            )
        self.l2 = l2
        layers: list[nn.Module] = []
        for (n_in, n_out), kernel_size, pool in zip(
            pairwise((in_shape[0], *channels)), kernel_sizes, pool_sizes, strict=True
        ):
            layers += [nn.Conv2d(n_in, n_out, kernel_size), nn.ReLU(), MaxPool2dSame(pool, stride=2)]
            layers.append(BatchNorm2d(n_out))
        self.features = nn.Sequential(*layers)
        widths = (flat_size(self.features, in_shape), *hidden)
        self.hidden = nn.Sequential(nn.Flatten())
        for n_in, n_out in pairwise(widths):
            self.hidden.extend([nn.Linear(n_in, n_out), nn.ReLU(), nn.Dropout(dropout)])
        self.classifier = nn.Linear(hidden[-1], n_classes)
        keras_init(self)

    def forward(self, x: Tensor) -> Tensor:
        """Map inputs (B, C, F, T) to logits (B, n_classes)."""
        logits: Tensor = self.classifier(self.hidden(self.features(x)))
        return logits

    def l2_penalty(self) -> Tensor:
        """Return l2 times the sum of the squared weights of every layer but the last."""
        return self.l2 * squared_weights(self.features, self.hidden)
