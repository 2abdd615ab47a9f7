"""Differentiable augmentation of sequences, for a discriminator."""

import torch
from torch import Tensor, nn

from musicgenre.augment.spans import random_spans, share_of
from musicgenre.errors import MusicGenreError
from musicgenre.parts import Remembers


class SequenceAugment(Remembers, nn.Module):
    """Shifts features `(B, C, F, T)` in time and cuts out a stretch, differently for each item; gradients pass.

    A shift is drawn uniformly up to a fraction of T in either direction, and fills with 0, the mean of standardised
    features. The stretch, a fixed fraction of T, becomes 0 too. A discriminator that sees real and generated items only
    this way cannot memorise its few training items, and the generator does not learn the augmentation.

    Source: Zhao et al., "Differentiable Augmentation for Data-Efficient GAN Training", NeurIPS 2020 (translation and
    cutout), here along time only.

    Args:
        shift: Largest shift, as a fraction of T.
        cut: Length of the stretch, as a fraction of T.

    Raises:
        MusicGenreError: A fraction is outside [0, 1].

    Example:
        >>> SequenceAugment()(torch.ones(8, 1, 13, 130)).shape
        torch.Size([8, 1, 13, 130])
    """

    def __init__(self, shift: float = 0.125, cut: float = 0.25) -> None:
        super().__init__()
        for name, fraction in {"shift": shift, "cut": cut}.items():
            if not 0 <= fraction <= 1:
                raise MusicGenreError(f"{name} is {fraction}: set it to a fraction from 0 to 1, such as 0.125.")
        self.shift, self.cut = shift, cut

    def forward(self, x: Tensor) -> Tensor:
        """Augment features, keeping their shape `(B, C, F, T)`; the input is not modified."""
        n_items, n_frames = len(x), x.shape[-1]
        furthest = share_of(self.shift, n_frames)
        shifts = torch.randint(-furthest, furthest + 1, (n_items, 1), device=x.device)  # (B, 1)
        source = torch.arange(n_frames, device=x.device) - shifts  # (B, T): the frame that each frame comes from
        bare = (source < 0) | (source >= n_frames)
        index = source.clamp(0, n_frames - 1)[:, None, None].expand_as(x)  # (B, C, F, T)
        width = torch.full((n_items,), float(share_of(self.cut, n_frames)), device=x.device)
        hidden = bare | random_spans(width, n_frames)  # (B, T)
        return x.gather(-1, index).masked_fill(hidden[:, None, None], 0.0)
