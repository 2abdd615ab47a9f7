"""Masks over bands of frequency and stretches of time."""

import torch
from torch import Tensor, nn

from musicgenre.arguments import is_whole
from musicgenre.augment.spans import random_spans, share_of
from musicgenre.errors import MusicGenreError
from musicgenre.parts import Remembers


class SpecAugment(Remembers, nn.Module):
    """Masks bands of frequency and stretches of time in features `(B, C, F, T)`, differently for each item of a batch.

    A mask's width is drawn uniformly from 0 to a fraction of its axis, its position uniformly; all channels of an item
    share it. Masked values become 0, the mean of standardised features, or each item's mean in a `GenreDataModule`
    whose features are not standardised. Augments whenever it is called, even after `eval()`.

    Source: Park et al., "SpecAugment: A Simple Data Augmentation Method for Automatic Speech Recognition",
    Interspeech 2019, without its time warping.

    Args:
        freq_mask: Largest width of a frequency mask, as a fraction of F.
        time_mask: Largest width of a time mask, as a fraction of T.
        n_freq_masks: Number of frequency masks per item.
        n_time_masks: Number of time masks per item.

    Raises:
        MusicGenreError: A fraction is outside [0, 1] or a number below 0.

    Example:
        >>> SpecAugment()(torch.ones(8, 1, 128, 130)).shape
        torch.Size([8, 1, 128, 130])
    """

    about_zero = True  # it assumes a mean of 0

    def __init__(
        self,
        freq_mask: float = 0.2,
        time_mask: float = 0.2,
        n_freq_masks: int = 1,
        n_time_masks: int = 1,
    ) -> None:
        super().__init__()
        for name, fraction in {"freq_mask": freq_mask, "time_mask": time_mask}.items():
            if not 0 <= fraction <= 1:
                raise MusicGenreError(f"{name} is {fraction}: set it to a fraction from 0 to 1, such as 0.2.")
        for name, number in {"n_freq_masks": n_freq_masks, "n_time_masks": n_time_masks}.items():
            if not is_whole(number) or number < 0:
                raise MusicGenreError(f"{name} is {number!r}: set it to a whole number of at least 0.")
        self.freq_mask, self.time_mask = freq_mask, time_mask
        self.n_freq_masks, self.n_time_masks = n_freq_masks, n_time_masks

    def forward(self, features: Tensor) -> Tensor:
        """Mask features, keeping their shape `(B, C, F, T)`; the input is not modified."""
        n_items, _, n_freqs, n_frames = features.shape
        device = features.device
        freq = _masked(n_items, n_freqs, self.freq_mask, self.n_freq_masks, device)  # (B, F)
        time = _masked(n_items, n_frames, self.time_mask, self.n_time_masks, device)  # (B, T)
        return features.masked_fill(freq[:, None, :, None] | time[:, None, None, :], 0.0)


def _masked(n_items: int, size: int, fraction: float, n_masks: int, device: torch.device) -> Tensor:
    """Draw which of `size` places are covered by at least one of `n_masks` masks, for each item: `(B, size)`."""
    widest = share_of(fraction, size)
    widths = torch.floor(torch.rand(n_items, n_masks, device=device) * (widest + 1))
    return random_spans(widths, size).any(dim=1)
