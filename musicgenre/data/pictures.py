"""Decode pictures (spectrograms stored as PNG or JPEG); errors are short reasons."""

import struct
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from musicgenre.data.audio.facts import AudioError
from musicgenre.files import is_passing, stand_in, unreadable_reason

PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg")

# Pillow's decoders raise all of these on damaged data.
_DECODER_ERRORS = (OSError, SyntaxError, ValueError, EOFError, struct.error, Image.DecompressionBombError)


class PictureError(AudioError):
    """A picture that cannot be read; the message is a short reason, fit for a list of files."""


def read_picture(
    path: str | Path, size: tuple[int, int] | None = None, mode: Literal["L", "RGB"] = "L"
) -> npt.NDArray[np.float32]:
    """Read a picture as an array.

    Args:
        path: A PNG or JPEG file, recognised by its content, not its name.
        size: Height and width of the result in pixels (bilinear, averaging over the area when it shrinks);
            None keeps the picture's own.
        mode: "L" for one grey channel, "RGB" for three. An alpha channel is dropped.

    Returns:
        The picture (C, H, W), float32 in [0, 1], first row at the top.

    Raises:
        PictureError: If the file cannot be read, or is not a whole picture.
    """
    path = Path(path)
    reason = unreadable_reason(path)
    if reason is not None:
        raise PictureError(reason, passing=is_passing(reason))
    try:
        with Image.open(path, formats=("PNG", "JPEG")) as file:
            picture = _eight_bit(file).convert(mode)
    except UnidentifiedImageError as error:
        with path.open("rb") as other:
            what = stand_in(other.read(256)) or "neither PNG nor JPEG"
        raise PictureError(f"not readable as a picture ({what})") from error
    except _DECODER_ERRORS as error:
        raise PictureError(f"not readable as a picture ({error})") from error
    if size is not None and picture.size != (size[1], size[0]):
        picture = picture.resize((size[1], size[0]), Image.Resampling.BILINEAR)
    pixels = np.asarray(picture, dtype=np.float32) / np.float32(255)  # (H, W) or (H, W, 3)
    return pixels[np.newaxis] if pixels.ndim == 2 else np.ascontiguousarray(pixels.transpose(2, 0, 1))


def _eight_bit(picture: Image.Image) -> Image.Image:
    """Scale a 16-bit picture to 8 bits, which Pillow's own conversion would clip."""
    if not picture.mode.startswith("I"):
        return picture
    return Image.fromarray((np.asarray(picture) // 256).astype(np.uint8))
