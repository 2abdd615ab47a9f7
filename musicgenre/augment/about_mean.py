"""Use augmentations that assume a mean of 0 on features that are not standardised."""

from collections.abc import Callable

from torch import Tensor

Augment = Callable[[Tensor], Tensor]


def about_mean(augment: Augment, standardised: bool) -> Augment:
    """Return an augmentation adapted to the features.

    If they are not standardised, an augmentation that assumes a mean of 0 (`about_zero`) is applied about each item's
    own mean: 0 would be the loudest level of a log-mel spectrogram.

    Args:
        augment: Augmentation of batches `(B, C, F, T)`.
        standardised: Whether the features are standardised.

    Example:
        >>> import torch
        >>> from musicgenre.augment import SpecAugment
        >>> about_mean(SpecAugment(1.0, 0.0, n_freq_masks=9), standardised=False)(torch.full((1, 1, 2, 2), -40.0))[0]
        tensor([[[-40., -40.],
                 [-40., -40.]]])
    """
    if standardised or not getattr(augment, "about_zero", False):
        return augment

    def changed(x: Tensor) -> Tensor:
        mean = x.mean((1, 2, 3), keepdim=True)  # (B, 1, 1, 1)
        return augment(x - mean) + mean

    return changed
