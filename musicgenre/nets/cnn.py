"""Convolutional network with or without batch norm: one class for S4's net2, net3 and net4."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from torch import Tensor, nn

from musicgenre.errors import MusicGenreError
from musicgenre.nets.sizes import require_axes
from musicgenre.parts import Remembers


class CNN(Remembers, nn.Module):
    """3x3 convolutions with some 2x2 max pools, one hidden fully connected layer, one logit per genre.

    The defaults are S4's net2 (its section 2.3, "Model 2"): 133 million weights at 180x180, nearly all of them in the
    hidden layer. With `batch_norm` it is S4's net3 and net4, which differ only in the optimizer. `head="average"` takes
    the mean of each feature map where S4 flattens, so that the number of weights no longer depends on the input's size.

    Args:
        in_shape: Shape of one input, (C, F, T).
        n_classes: Number of genres.
        channels: Output channels of each convolution.
        pool_after: Which convolutions, counted from 1, a 2x2 max pool follows.
        hidden: Width of the hidden fully connected layer.
        batch_norm: Put batch norm before each ReLU, the hidden layer's included.
        head: "flatten" or "average", the step between the last feature maps and the hidden layer.

    Raises:
        MusicGenreError: if an input is too small for the pools, or a setting is not one of those above.

    Example:
        >>> import torch
        >>> net = CNN((1, 64, 64), 10, channels=(8, 16), pool_after=(1, 2), head="average", batch_norm=True)
        >>> net(torch.zeros(2, 1, 64, 64)).shape
        torch.Size([2, 10])
    """

    def __init__(
        self,
        in_shape: tuple[int, ...],
        n_classes: int,
        *,
        channels: Sequence[int] = (32, 64, 128, 256),
        pool_after: Sequence[int] = (2, 4),
        hidden: int = 256,
        batch_norm: bool = False,
        head: Literal["flatten", "average"] = "flatten",
    ) -> None:
        super().__init__()
        height, width = _pooled_size(in_shape, len(channels), pool_after)
        layers: list[nn.Module] = []
        for number, (n_in, n_out) in enumerate(pairwise((in_shape[0], *channels)), start=1):
            layers.append(nn.Conv2d(n_in, n_out, kernel_size=3, padding=1))
            layers += [nn.BatchNorm2d(n_out), nn.ReLU()] if batch_norm else [nn.ReLU()]
            if number in pool_after:
                layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        if head == "average":
            self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
            n_features = channels[-1]
        elif head == "flatten":
            self.head = nn.Sequential(nn.Flatten())
            n_features = channels[-1] * height * width
        else:
            raise MusicGenreError(f'CNN: head is "{head}"; it is "flatten" or "average".')
        norm = [nn.BatchNorm1d(hidden)] if batch_norm else []
        self.classifier = nn.Sequential(nn.Linear(n_features, hidden), *norm, nn.ReLU(), nn.Linear(hidden, n_classes))

    def forward(self, x: Tensor) -> Tensor:
        """Map inputs (B, C, F, T) to logits (B, n_classes)."""
        maps = self.features(x)  # (B, channels[-1], F', T')
        logits: Tensor = self.classifier(self.head(maps))
        return logits


def _pooled_size(in_shape: tuple[int, ...], n_convs: int, pool_after: Sequence[int]) -> tuple[int, int]:
    """Return the feature maps' height and width after all pools, or say why there are none."""
    require_axes("CNN", in_shape)
    if not n_convs:
        raise MusicGenreError("CNN: channels is empty: give the output channels of each convolution.")
    if not set(pool_after) <= set(range(1, n_convs + 1)):
        raise MusicGenreError(
            f"CNN: pool_after is {tuple(pool_after)}, but its convolutions are numbered 1 to {n_convs}."
        )
    shrink = 2 ** len(set(pool_after))
    height, width = in_shape[1] // shrink, in_shape[2] // shrink
    if height == 0 or width == 0:
        raise MusicGenreError(
            f"CNN: an input of {in_shape[1]} bins x {in_shape[2]} frames is too small for "
            f"{len(set(pool_after))} pools, which need {shrink} of each. "
            "Take fewer pools (pool_after), longer segments or more bins."
        )
    return height, width
