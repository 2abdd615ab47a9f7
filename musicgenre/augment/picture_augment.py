"""Random crop, affine change and erasing of mel pictures."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from musicgenre.augment.spans import random_spans
from musicgenre.errors import MusicGenreError
from musicgenre.parts import Remembers

ERASE_RATIO = (0.3, 3.3)


class PictureAugment(Remembers, nn.Module):
    """Crops, rotates, shifts, zooms and erases pictures `(B, C, F, T)`, differently for each item of a batch.

    Crop-and-resize and the affine transform are one matrix and one bilinear resampling; then a rectangle of some items
    is erased. Areas left empty get the item's own minimum, the picture's silence. Augments whenever it is called, even
    after `eval()`.

    The defaults are mild: a fully connected net learns nothing from pictures that move, and the axes of a spectrogram
    mean something. For a 30 s track in 180 mel rows, a shift of 2 % is 0.6 s, or about a semitone above 1 kHz, and a
    rotation is a sound that does not exist.

    Source of the erasing: Zhong et al., "Random Erasing Data Augmentation", AAAI 2020.

    Args:
        crop: Smallest fraction of each side that a crop keeps; 1 for no crop.
        degrees: Largest rotation in either direction, in degrees.
        translate: Largest shift in either direction along each axis, as a fraction of the side.
        scale: Smallest and largest zoom; 1 is none.
        erase_p: Probability that a rectangle of an item is erased.
        erase_scale: Smallest and largest area of that rectangle, as a fraction of the picture.

    Raises:
        MusicGenreError: A setting is outside its range.

    Example:
        >>> PictureAugment()(torch.rand(8, 1, 180, 180)).shape
        torch.Size([8, 1, 180, 180])
    """

    def __init__(
        self,
        crop: float = 0.95,
        degrees: float = 0.0,
        translate: float = 0.02,
        scale: tuple[float, float] = (1.0, 1.0),
        erase_p: float = 0.25,
        erase_scale: tuple[float, float] = (0.02, 0.06),
    ) -> None:
        super().__init__()
        _require(0 < crop <= 1, "crop", crop, "above 0 and at most 1")
        _require(0 <= degrees <= 180, "degrees", degrees, "between 0 and 180")
        _require(0 <= translate <= 1, "translate", translate, "between 0 and 1")
        _require(
            len(scale) == 2 and 0 < scale[0] <= scale[1] < math.inf, "scale", scale, "to (smallest, largest), above 0"
        )
        _require(0 <= erase_p <= 1, "erase_p", erase_p, "between 0 and 1")
        in_range = len(erase_scale) == 2 and 0 < erase_scale[0] <= erase_scale[1] <= 1
        _require(in_range, "erase_scale", erase_scale, "to (smallest, largest), above 0 and at most 1")
        self.crop, self.degrees, self.translate = crop, degrees, translate
        self.scale = (scale[0], scale[1])
        self.erase_p = erase_p
        self.erase_scale = (erase_scale[0], erase_scale[1])
        self.moves = (crop, degrees, translate, *scale) != (1, 0, 0, 1, 1)

    def forward(self, pictures: Tensor) -> Tensor:
        """Augment pictures, keeping their shape `(B, C, F, T)`; the input is not modified."""
        darkest = pictures.amin(dim=(1, 2, 3), keepdim=True)  # (B, 1, 1, 1)
        if self.moves and len(pictures):
            pictures = _resample(pictures, self._matrices(pictures), darkest)
        return torch.where(self._erased(pictures), darkest, pictures)

    def _matrices(self, pictures: Tensor) -> Tensor:
        """Draw where each item is sampled: matrices `(B, 2, 3)` over coordinates (time, frequency) in [-1, 1]."""
        n, _, height, width = pictures.shape
        device = pictures.device
        kept = _uniform((n, 2), self.crop, 1, device)
        centre = _uniform((n, 2), -1, 1, device) * (1 - kept)
        angle = _uniform((n,), -math.radians(self.degrees), math.radians(self.degrees), device)
        zoom = _uniform((n,), *self.scale, device)
        shift = _uniform((n, 2), -2 * self.translate, 2 * self.translate, device)
        cos, sin = angle.cos() / zoom, angle.sin() / zoom
        # With the side ratio a rotation stays a rotation if pictures are not square.
        rows = [cos, -sin * height / width, sin * width / height, cos]
        affine = torch.stack(rows, dim=1).view(n, 2, 2)
        # The affine transform applies to the cropped picture: crop(affine(x)) = kept * (affine @ x + shift) + centre.
        offset = kept * shift + centre
        return torch.cat([kept.unsqueeze(2) * affine, offset.unsqueeze(2)], dim=2)  # (B, 2, 3)

    def _erased(self, pictures: Tensor) -> Tensor:
        """Draw masks `(B, 1, F, T)` of the rectangles to erase."""
        n, _, height, width = pictures.shape
        device = pictures.device
        area = _uniform((n,), *self.erase_scale, device)
        ratio = _uniform((n,), math.log(ERASE_RATIO[0]), math.log(ERASE_RATIO[1]), device).exp()
        ratio = ratio.clamp(area, 1 / area)  # otherwise a side could exceed the picture and change the area
        chosen = torch.rand(n, device=device) < self.erase_p
        rows = random_spans(((area * ratio).sqrt() * height).round().clamp(1, height), height)  # (B, F)
        columns = random_spans(((area / ratio).sqrt() * width).round().clamp(1, width), width)  # (B, T)
        return (chosen[:, None, None] & rows[:, :, None] & columns[:, None, :]).unsqueeze(1)


def _resample(pictures: Tensor, matrices: Tensor, fill: Tensor) -> Tensor:
    """Sample pictures `(B, C, F, T)` bilinearly where `matrices` point, with `fill` outside of them.

    It computes in float32, as bfloat16 coordinates would be off by whole pixels.
    """
    grid = F.affine_grid(matrices, list(pictures.shape), align_corners=False)
    lifted = (pictures - fill).float()  # grid_sample pads with 0: make 0 the fill
    sampled = F.grid_sample(lifted, grid, padding_mode="zeros", align_corners=False)
    return (sampled + fill).to(pictures.dtype)


def _uniform(shape: tuple[int, ...], low: float, high: float, device: torch.device) -> Tensor:
    return low + (high - low) * torch.rand(shape, device=device)


def _require(fits: bool, name: str, value: object, wanted: str) -> None:
    if not fits:
        raise MusicGenreError(f"{name} is {value}: set it {wanted}")
