"""Fully connected network: every value of the input is a separate feature."""

import math
from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from musicgenre.parts import Remembers


class FCNN(Remembers, nn.Module):
    """Flatten, then hidden layers with ReLU, then one logit per genre.

    With the defaults and a 180x180 greyscale mel image this is S4's net1 (its section 2.3, "Model 1").

    Args:
        in_shape: Shape of one input, (C, F, T) or any other.
        n_classes: Number of genres.
        hidden: Width of each hidden layer.

    Example:
        >>> import torch
        >>> FCNN((1, 16, 20), 10)(torch.zeros(2, 1, 16, 20)).shape
        torch.Size([2, 10])
    """

    def __init__(self, in_shape: tuple[int, ...], n_classes: int, *, hidden: Sequence[int] = (512, 256)) -> None:
        super().__init__()
        widths = [math.prod(in_shape), *hidden]
        layers: list[nn.Module] = [nn.Flatten()]
        for n_in, n_out in pairwise(widths):
            layers += [nn.Linear(n_in, n_out), nn.ReLU()]
        self.layers = nn.Sequential(*layers, nn.Linear(widths[-1], n_classes))

    def forward(self, x: Tensor) -> Tensor:
        """Map inputs (B, *in_shape) to logits (B, n_classes)."""
        logits: Tensor = self.layers(x)
        return logits
