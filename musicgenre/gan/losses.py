"""Losses of the two sides of a GAN, from the discriminator's logits."""

from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional as F


class AdversarialLoss(Protocol):
    """The losses of the discriminator and the generator; logits are high for real."""

    def discriminator(self, real: Tensor, generated: Tensor) -> Tensor:
        """Compute the discriminator's loss, a scalar, from its logits `(B,)` on real and generated items."""

    def generator(self, generated: Tensor) -> Tensor:
        """Compute the generator's loss, a scalar, from the discriminator's logits `(B,)` on its items."""


class CrossEntropyLoss:
    """Binary cross-entropy, in the non-saturating form for the generator.

    Source: Goodfellow et al., "Generative Adversarial Nets", NeurIPS 2014.

    Example:
        >>> float(CrossEntropyLoss().discriminator(torch.zeros(4), torch.zeros(4)))  # 2 ln 2
        1.3862943649291992
    """

    def discriminator(self, real: Tensor, generated: Tensor) -> Tensor:
        """Compute the mean cross-entropy of real items as real, plus that of generated items as generated."""
        as_real = F.binary_cross_entropy_with_logits(real, torch.ones_like(real))
        return as_real + F.binary_cross_entropy_with_logits(generated, torch.zeros_like(generated))

    def generator(self, generated: Tensor) -> Tensor:
        """Compute the mean cross-entropy of generated items as real."""
        return F.binary_cross_entropy_with_logits(generated, torch.ones_like(generated))


class HingeLoss:
    """The hinge loss: logits beyond 1 on the right side cost the discriminator nothing.

    Source: Lim and Ye, "Geometric GAN", 2017; Tran et al., "Hierarchical Implicit Models and Likelihood-Free
    Variational Inference", NeurIPS 2017.

    Example:
        >>> loss = HingeLoss()
        >>> float(loss.discriminator(torch.tensor([2.0, 0.5]), torch.tensor([-2.0, 0.0])))
        0.75
        >>> float(loss.generator(torch.tensor([-2.0, 0.0])))
        1.0
    """

    def discriminator(self, real: Tensor, generated: Tensor) -> Tensor:
        """Compute `mean max(0, 1 - real) + mean max(0, 1 + generated)`."""
        return F.relu(1 - real).mean() + F.relu(1 + generated).mean()

    def generator(self, generated: Tensor) -> Tensor:
        """Compute the negative mean logit."""
        return -generated.mean()
