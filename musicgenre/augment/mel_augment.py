"""Level, contrast and pitch of mel spectrograms."""

import math

import torch
from torch import Tensor, nn

from musicgenre.augment.spec_augment import SpecAugment
from musicgenre.errors import MusicGenreError
from musicgenre.parts import Remembers


class MelAugment(Remembers, nn.Module):
    """Shifts mel bins, changes level and contrast, and masks, differently for each item of a batch `(B, C, F, T)`.

    A shift along the bins changes the pitch where bins are logarithmic in Hz, as mel bins are above 1 kHz; bins it
    leaves empty repeat the outermost one. Level and contrast apply to standardised features: x becomes (1 + c) x + g,
    about each item's mean in a `GenreDataModule` whose features are not standardised. Augments whenever it is called,
    even after `eval()`.

    Args:
        shift: Largest shift in either direction, as a fraction of F.
        level: Largest g in either direction, in standard deviations.
        contrast: Largest c in either direction.
        freq_mask: Largest width of a frequency mask, as a fraction of F, see `SpecAugment`.
        time_mask: Largest width of a time mask, as a fraction of T.

    Raises:
        MusicGenreError: A setting is outside its range.

    Example:
        >>> MelAugment()(torch.randn(8, 1, 128, 130)).shape
        torch.Size([8, 1, 128, 130])
    """

    about_zero = True  # it assumes a mean of 0

    def __init__(
        self,
        shift: float = 0.03,
        level: float = 0.2,
        contrast: float = 0.2,
        freq_mask: float = 0.1,
        time_mask: float = 0.15,
    ) -> None:
        super().__init__()
        for name, value in {"shift": shift, "contrast": contrast}.items():
            if not 0 <= value < 1:
                raise MusicGenreError(f"{name} is {value}: set it to a fraction from 0 to below 1, such as 0.1.")
        if not 0 <= level < math.inf:
            raise MusicGenreError(f"level is {level}: set it to 0 or more.")
        self.shift, self.level, self.contrast = shift, level, contrast
        self.mask = SpecAugment(freq_mask, time_mask)

    def forward(self, features: Tensor) -> Tensor:
        """Augment features, keeping their shape `(B, C, F, T)` and type; the input is not modified."""
        n = len(features)
        gain = 1 + self.contrast * _either_way(n, features)
        changed = self._shifted(features) * gain + self.level * _either_way(n, features)
        masked: Tensor = self.mask(changed.to(features.dtype))
        return masked

    def _shifted(self, features: Tensor) -> Tensor:
        n, channels, n_bins, n_frames = features.shape
        furthest = round(self.shift * n_bins)
        by = torch.randint(-furthest, furthest + 1, (n, 1), device=features.device)
        at = (torch.arange(n_bins, device=features.device) + by).clamp(0, n_bins - 1)  # (B, F)
        return features.gather(2, at[:, None, :, None].expand(n, channels, n_bins, n_frames))


def _either_way(n: int, like: Tensor) -> Tensor:
    """Draw numbers `(B, 1, 1, 1)` uniformly from [-1, 1]."""
    return 2 * torch.rand(n, 1, 1, 1, device=like.device) - 1
