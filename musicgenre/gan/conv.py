"""Generator and discriminator with convolutions over time, for sequences of feature frames."""

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

from musicgenre.errors import MusicGenreError
from musicgenre.parts import Remembers


class ConvGenerator(Remembers, nn.Module):
    """Maps noise to a short sequence whose length each block doubles; the genre sets the scale and shift of every norm.

    Every block adds its own noise to each frame, scaled by a learned weight, so that differences between frames need
    not come from the one noise vector of the whole sequence.

        noise (B, noise) -> (B, width, T / 2**blocks) -> block -> ... -> block -> (B, C * F, T)
        block:  twice as long, convolution, + frame noise, norm scaled and shifted by the genre, ReLU

    Sources: conditional batch norm: Dumoulin et al., "A Learned Representation for Artistic Style", ICLR 2017, in
    GANs: Miyato and Koyama, "cGANs with Projection Discriminator", ICLR 2018; noise at every resolution: Karras et
    al., "A Style-Based Generator Architecture for Generative Adversarial Networks", CVPR 2019.

    Args:
        in_shape: Shape of one item to generate, `(C, F, T)`.
        n_classes: Number of genres.
        noise: Number of noise values for the whole sequence.
        widths: Channels of the first sequence, then of each block's output.
        kernel_size: Frames that a convolution sees, odd.

    Attributes:
        noise_size: Number of noise values per item, including those of the frames.

    Raises:
        MusicGenreError: The kernel is even.

    Example:
        >>> generator = ConvGenerator((1, 13, 130), 10)
        >>> generator(torch.randn(2, generator.noise_size), torch.tensor([0, 9])).shape
        torch.Size([2, 1, 13, 130])
    """

    def __init__(
        self,
        in_shape: tuple[int, ...],
        n_classes: int,
        *,
        noise: int = 64,
        widths: Sequence[int] = (96, 96, 64, 48),
        kernel_size: int = 5,
    ) -> None:
        super().__init__()
        if kernel_size % 2 == 0:
            raise MusicGenreError(f"gan.generator.kernel_size is {kernel_size}: give an odd number, such as 5.")
        self.in_shape, self.noise = tuple(in_shape), noise
        n_blocks = len(widths) - 1
        self.first = (widths[0], math.ceil(in_shape[-1] / 2**n_blocks))  # initial channels and frames
        self.frames = [self.first[1] * 2**i for i in range(1, n_blocks + 1)]  # after each block
        self.noise_size = noise + sum(self.frames)
        self.start = nn.Linear(noise, math.prod(self.first))
        self.blocks = nn.ModuleList(_Up(a, b, n_classes, kernel_size) for a, b in pairwise(widths))
        self.end = nn.Conv1d(widths[-1], math.prod(in_shape[:-1]), kernel_size, padding=kernel_size // 2)

    def forward(self, noise: Tensor, label: Tensor) -> Tensor:
        """Generate standardised features `(B, C, F, T)` from noise `(B, noise_size)` and labels `(B,)`."""
        whole, *by_block = torch.split(noise, [self.noise, *self.frames], 1)
        x = self.start(whole).view(-1, *self.first)  # (B, widths[0], T0)
        for block, frame_noise in zip(self.blocks, by_block, strict=True):
            x = block(x, label, frame_noise)  # (B, widths[i], T0 * 2**i)
        x = self.end(x)[..., : self.in_shape[-1]]  # (B, C * F, T)
        features: Tensor = x.reshape(-1, *self.in_shape)  # (B, C, F, T)
        return features


class _Up(nn.Module):
    """One block of `ConvGenerator`."""

    def __init__(self, n_in: int, n_out: int, n_classes: int, kernel_size: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(n_in, n_out, kernel_size, padding=kernel_size // 2)
        self.noise_scale = nn.Parameter(torch.full((n_out, 1), 0.1))
        self.norm = nn.BatchNorm1d(n_out, affine=False)
        self.scale, self.shift = nn.Embedding(n_classes, n_out), nn.Embedding(n_classes, n_out)
        nn.init.ones_(self.scale.weight)
        nn.init.zeros_(self.shift.weight)

    def forward(self, x: Tensor, label: Tensor, frame_noise: Tensor) -> Tensor:
        """Map `(B, n_in, T)` to `(B, n_out, 2 T)`."""
        x = self.conv(F.interpolate(x, scale_factor=2)) + self.noise_scale * frame_noise[:, None]
        return F.relu(self.scale(label)[:, :, None] * self.norm(x) + self.shift(label)[:, :, None])


class ConvDiscriminator(Remembers, nn.Module):
    """Strided convolutions, a sum over time, one logit, to which the projection on the genre's embedding is added.

    All weights are divided by their largest singular value, which bounds how fast the logit can change.

    Sources: Miyato and Koyama, "cGANs with Projection Discriminator", ICLR 2018; Miyato et al., "Spectral
    Normalization for Generative Adversarial Networks", ICLR 2018.

    Args:
        in_shape: Shape of one item, `(C, F, T)`.
        n_classes: Number of genres.
        widths: Output channels of each convolution, each of which halves the number of frames.
        kernel_size: Frames that a convolution sees, odd.

    Raises:
        MusicGenreError: There are too few frames to halve.

    Example:
        >>> ConvDiscriminator((1, 13, 130), 10)(torch.zeros(2, 1, 13, 130), torch.tensor([0, 9])).shape
        torch.Size([2])
    """

    def __init__(
        self,
        in_shape: tuple[int, ...],
        n_classes: int,
        *,
        widths: Sequence[int] = (48, 96, 96),
        kernel_size: int = 5,
    ) -> None:
        super().__init__()
        if in_shape[-1] < 2 ** len(widths):
            raise MusicGenreError(
                f"ConvDiscriminator: {in_shape[-1]} frames are too few for {len(widths)} convolutions that halve "
                f"them, which need {2 ** len(widths)}: take longer segments or fewer widths."
            )
        layers: list[nn.Module] = []
        for n_in, n_out in pairwise((math.prod(in_shape[:-1]), *widths)):
            conv = nn.Conv1d(n_in, n_out, kernel_size, stride=2, padding=kernel_size // 2)
            layers += [spectral_norm(conv), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers)
        self.linear = spectral_norm(nn.Linear(widths[-1], 1))
        self.embedding = spectral_norm(nn.Embedding(n_classes, widths[-1]))

    def forward(self, x: Tensor, label: Tensor) -> Tensor:
        """Compute logits `(B,)`, high for real, from standardised features `(B, C, F, T)` with labels `(B,)`."""
        found = self.layers(x.flatten(1, 2)).sum(-1)  # (B, widths[-1])
        logits: Tensor = self.linear(found).squeeze(1) + (self.embedding(label) * found).sum(1)
        return logits
