"""Generator and discriminator of fully connected layers, conditioned by a genre embedding."""

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from musicgenre.parts import Remembers


class MLPGenerator(Remembers, nn.Module):
    """Maps noise and a genre embedding to all frames at once, by fully connected layers with batch norm and ReLU.

    S4 says that its generator takes noise and a genre embedding, but lists no layers; this is the plain form of
    conditional GANs: Mirza and Osindero, "Conditional Generative Adversarial Nets", 2014, with the batch norm of
    Radford et al., "Unsupervised Representation Learning with Deep Convolutional GANs", ICLR 2016. The output is
    linear, as standardised features are unbounded.

    Args:
        in_shape: Shape of one item to generate, `(C, F, T)`.
        n_classes: Number of genres.
        noise: Number of noise values.
        embedding: Size of a genre's embedding.
        hidden: Widths of the hidden layers.

    Attributes:
        noise_size: Number of noise values per item.

    Example:
        >>> generator = MLPGenerator((1, 13, 130), 10)
        >>> generator(torch.randn(2, generator.noise_size), torch.tensor([0, 9])).shape
        torch.Size([2, 1, 13, 130])
    """

    def __init__(
        self,
        in_shape: tuple[int, ...],
        n_classes: int,
        *,
        noise: int = 100,
        embedding: int = 50,
        hidden: Sequence[int] = (256, 512),
    ) -> None:
        super().__init__()
        self.in_shape, self.noise_size = tuple(in_shape), noise
        self.embedding = nn.Embedding(n_classes, embedding)
        layers: list[nn.Module] = []
        for n_in, n_out in pairwise((noise + embedding, *hidden)):
            layers += [nn.Linear(n_in, n_out), nn.BatchNorm1d(n_out), nn.ReLU()]
        self.layers = nn.Sequential(*layers, nn.Linear(hidden[-1], math.prod(in_shape)))

    def forward(self, noise: Tensor, label: Tensor) -> Tensor:
        """Generate standardised features `(B, C, F, T)` from noise `(B, noise_size)` and labels `(B,)`."""
        x: Tensor = self.layers(torch.cat([noise, self.embedding(label)], 1))  # (B, C * F * T)
        return x.view(-1, *self.in_shape)  # (B, C, F, T)


class MLPDiscriminator(Remembers, nn.Module):
    """Maps all frames and a genre embedding to one logit, by fully connected layers with leaky ReLU and dropout.

    Source: as for `MLPGenerator`.

    Args:
        in_shape: Shape of one item, `(C, F, T)`.
        n_classes: Number of genres.
        embedding: Size of a genre's embedding.
        hidden: Widths of the hidden layers.
        dropout: Dropout after each hidden layer.

    Example:
        >>> MLPDiscriminator((1, 13, 130), 10)(torch.zeros(2, 1, 13, 130), torch.tensor([0, 9])).shape
        torch.Size([2])
    """

    def __init__(
        self,
        in_shape: tuple[int, ...],
        n_classes: int,
        *,
        embedding: int = 50,
        hidden: Sequence[int] = (512, 256),
        dropout: float = 0.3,
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(n_classes, embedding)
        layers: list[nn.Module] = []
        for n_in, n_out in pairwise((math.prod(in_shape) + embedding, *hidden)):
            layers += [nn.Linear(n_in, n_out), nn.LeakyReLU(0.2), nn.Dropout(dropout)]
        self.layers = nn.Sequential(*layers, nn.Linear(hidden[-1], 1))

    def forward(self, x: Tensor, label: Tensor) -> Tensor:
        """Compute logits `(B,)`, high for real, from standardised features `(B, C, F, T)` with labels `(B,)`."""
        logits: Tensor = self.layers(torch.cat([x.flatten(1), self.embedding(label)], 1))  # (B, 1)
        return logits.squeeze(1)
