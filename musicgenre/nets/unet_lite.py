"""U-Net whose last feature maps are averaged into a classifier (S3)."""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from musicgenre.nets.keras import keras_init, squared_weights
from musicgenre.nets.sizes import require_axes
from musicgenre.parts import Remembers

DOWN = (32, 64, 128, 256)  # channels on the way down
UP = (512, 256, 128, 64, 32)  # from the bottleneck back up


class UNetLite(Remembers, nn.Module):
    """Encoder, bottleneck, decoder with skips, global average, two hidden layers: S3's `UNet_Lite`.

    The input is padded with zeros at the end of both axes to a multiple of 16, and the last feature maps are cropped
    back. The convolutions of the blocks have L2: add `l2_penalty()` to the loss.

    Args:
        in_shape: Shape of one input, (C, F, T).
        n_classes: Number of genres.
        dropout: Dropout after each hidden fully connected layer.
        l2: Factor of the penalty on the block convolutions' weights.

    Raises:
        MusicGenreError: if the input's shape is not (channels, bins, frames).

    Example:
        >>> UNetLite((1, 20, 30), 10)(torch.zeros(2, 1, 20, 30)).shape
        torch.Size([2, 10])
    """

    def __init__(self, in_shape: tuple[int, ...], n_classes: int, *, dropout: float = 0.6, l2: float = 0.005) -> None:
        super().__init__()
        require_axes("UNetLite", in_shape)
        self.l2 = l2
        self.encoder = nn.ModuleList(_double_conv(a, b) for a, b in pairwise((in_shape[0], *DOWN)))
        self.bottleneck = _double_conv(DOWN[-1], UP[0])
        self.ups = nn.ModuleList(nn.ConvTranspose2d(a, b, kernel_size=2, stride=2) for a, b in pairwise(UP))
        self.decoder = nn.ModuleList(_double_conv(2 * width, width) for width in UP[1:])
        self.classifier = nn.Sequential(
            *(nn.Linear(UP[-1], 256), nn.ReLU(), nn.Dropout(dropout)),
            *(nn.Linear(256, 128), nn.ReLU(), nn.Dropout(dropout)),
            nn.Linear(128, n_classes),
        )
        keras_init(self)

    def forward(self, x: Tensor) -> Tensor:
        """Map inputs (B, C, F, T) to logits (B, n_classes)."""
        n_bins, n_frames = x.shape[-2:]
        maps = F.pad(x, (0, -n_frames % 16, 0, -n_bins % 16))
        skips: list[Tensor] = []
        for block in self.encoder:
            skips.append(block(maps))
            maps = F.max_pool2d(skips[-1], 2)
        maps = self.bottleneck(maps)  # (B, 512, F / 16, T / 16)
        for up, block, skip in zip(self.ups, self.decoder, reversed(skips), strict=True):
            maps = block(torch.cat([skip, up(maps)], dim=1))
        pooled = maps[..., :n_bins, :n_frames].mean((2, 3))  # (B, 32)
        logits: Tensor = self.classifier(pooled)
        return logits

    def l2_penalty(self) -> Tensor:
        """Return l2 times the sum of the squared weights of the blocks' convolutions."""
        return self.l2 * squared_weights(self.encoder, self.bottleneck, self.decoder)


def _double_conv(n_in: int, n_out: int) -> nn.Sequential:
    """Build two 3x3 convolutions, each with batch norm and a PReLU with a slope per channel, 0 at first."""
    layers: list[nn.Module] = []
    for channels in (n_in, n_out):
        layers += [
            nn.Conv2d(channels, n_out, kernel_size=3, padding=1),
            nn.BatchNorm2d(n_out),
            nn.PReLU(n_out, init=0.0),
        ]
    return nn.Sequential(*layers)
