"""A residual network on short chunks of mel spectrograms."""

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from musicgenre.errors import MusicGenreError
from musicgenre.nets.sizes import require_axes
from musicgenre.parts import Remembers


class ShortChunkResNet(Remembers, nn.Module):
    """Residual blocks of 3x3 convolutions, each halving both axes, then statistics over time.

        (B, C, F, T) -> stem, halved -> a block per width, each halved -> mean over F -> mean and std over T -> logits

    Without the mean over F, mean and std over T are taken of each bin that the blocks leave, so that the last layer
    can tell low from high.

    After the "short-chunk CNN with residual connections" of Won et al., "Evaluation of CNN-based automatic music
    tagging models", SMC 2020, with fewer and narrower blocks, and with statistics in place of the maximum: Snyder et
    al., "X-vectors: Robust DNN embeddings for speaker recognition", ICASSP 2018.

    Args:
        in_shape: Shape of one input, (C, F, T).
        n_classes: Number of genres.
        channels: Width of the stem and of each block after it.
        average_bins: Take the mean over the bins before the statistics over time.
        dropout: Dropout before the last layer.

    Raises:
        MusicGenreError: The input is too small for the blocks, or a setting is invalid.

    Example:
        >>> ShortChunkResNet((1, 64, 48), 10, channels=(8, 16))(torch.zeros(2, 1, 64, 48)).shape
        torch.Size([2, 10])
    """

    def __init__(
        self,
        in_shape: tuple[int, ...],
        n_classes: int,
        *,
        channels: Sequence[int] = (32, 64, 128, 256),
        average_bins: bool = True,
        dropout: float = 0.3,
    ) -> None:
        super().__init__()
        require_axes("ShortChunkResNet", in_shape)
        if not channels:
            raise MusicGenreError("model.channels is empty: give the width of the stem and of each block.")
        least = 2 ** len(channels)
        if min(in_shape[1:]) < least:
            raise MusicGenreError(
                f"ShortChunkResNet: an input of {in_shape[1]} bins x {in_shape[2]} frames is too small for its "
                f"{len(channels)} halvings, which need {least} of each: give fewer model.channels, or longer segments."
            )
        self.stem = nn.Sequential(*_convolution(in_shape[0], channels[0], stride=2), nn.ReLU())
        self.blocks = nn.Sequential(*(_Block(n_in, n_out) for n_in, n_out in pairwise(channels)))
        self.average_bins = average_bins
        n_bins = 1 if average_bins else math.ceil(in_shape[1] / least)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(2 * channels[-1] * n_bins, n_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Map inputs (B, C, F, T) to logits (B, n_classes)."""
        maps = self.blocks(self.stem(x))  # (B, D, F', T')
        maps = maps.mean(2) if self.average_bins else maps.flatten(1, 2)  # (B, D or D F', T')
        logits: Tensor = self.output(self.dropout(_statistics(maps)))
        return logits


class _Block(nn.Module):
    """Two convolutions with a shortcut, the first with stride 2."""

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.long = nn.Sequential(*_convolution(n_in, n_out, stride=2), nn.ReLU(), *_convolution(n_out, n_out))
        self.short = nn.Sequential(*_convolution(n_in, n_out, size=1))
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, F, T) to (B, D, F / 2, T / 2)."""
        halved = F.avg_pool2d(x, 1, stride=2)  # a strided 1x1 convolution of few channels corrupts memory: oneDNN#6035
        y: Tensor = self.relu(self.long(x) + self.short(halved))
        return y


def _statistics(maps: Tensor) -> Tensor:
    """Return mean and standard deviation over time of maps `(B, D, T')`, as `(B, 2 D)`."""
    mean = maps.mean(2, keepdim=True)
    variance = (maps - mean).square().mean(2)
    return torch.cat([mean.squeeze(2), (variance + 1e-4).sqrt()], dim=1)  # avoids an infinite gradient at 0


def _convolution(n_in: int, n_out: int, stride: int = 1, size: int = 3) -> tuple[nn.Module, nn.Module]:
    return nn.Conv2d(n_in, n_out, size, stride, padding=size // 2, bias=False), nn.BatchNorm2d(n_out)
