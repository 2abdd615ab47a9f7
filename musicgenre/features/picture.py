"""Picture files in place of features computed from audio."""

from collections.abc import Iterable, Sequence
from typing import Literal, get_args

from torch import Tensor

from musicgenre.arguments import is_whole
from musicgenre.errors import MusicGenreError
from musicgenre.features.front_end import FrontEnd

Mode = Literal["L", "RGB"]


class Picture(FrontEnd):
    """Picture files at one size, in grey `(B, 1, H, W)` or colour `(B, 3, H, W)`; audio cannot be turned into them.

    Args:
        sample_rate: Not used for pictures; every front end takes it.
        size: Height and width in pixels, whatever the size of a file.
        mode: "L" for one grey channel, "RGB" for three.

    Raises:
        MusicGenreError: The size or the mode is invalid.

    Example:
        >>> Picture(size=(70, 100), mode="RGB").output_shape(22050)
        (3, 70, 100)
    """

    reads = ("picture",)
    one_size = True
    top_is_high = True
    bins = "row from the bottom"

    def __init__(self, sample_rate: int = 22050, *, size: Sequence[int] = (70, 100), mode: Mode = "RGB") -> None:
        super().__init__(sample_rate)
        check_picture(size, mode)
        self.size, self.picture_mode = (int(size[0]), int(size[1])), mode

    @property
    def picture_size(self) -> tuple[int, int]:
        """Height and width in pixels at which picture files are read."""
        return self.size

    def forward(self, waveform: Tensor) -> Tensor:
        """Refuse waveforms.

        Raises:
            MusicGenreError: Always.
        """
        raise MusicGenreError(
            "Picture reads picture files, and makes none from audio: choose MelImage (features=mel_image) for that."
        )

    def output_shape(self, n_samples: int) -> tuple[int, int, int]:
        """Return the shape `(C, H, W)` of a picture."""
        return {"L": 1, "RGB": 3}[self.picture_mode], *self.size


def check_picture(size: Sequence[int], mode: str) -> None:
    """Check the size and mode of pictures.

    Raises:
        MusicGenreError: The size or the mode is invalid.

    Example:
        >>> check_picture((70, 0), "L")
        Traceback (most recent call last):
        ...
        musicgenre.errors.MusicGenreError: pictures' size is [70, 0]: give height and width in pixels, such as [70,100].
    """
    sides = list(size) if isinstance(size, Iterable) else size
    if not isinstance(sides, list) or len(sides) != 2 or not all(is_whole(side) and side > 0 for side in sides):
        raise MusicGenreError(f"pictures' size is {sides!r}: give height and width in pixels, such as [70,100].")
    if mode not in get_args(Mode):
        raise MusicGenreError(f"pictures' mode is {mode!r}: give L (grey) or RGB (colour).")
