"""Points in the colours of their genres, for TensorBoard's projector."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.colors import to_rgb
from numpy.typing import NDArray

from musicgenre.visual.style import genre_colours


def genre_rings(genres: Sequence[str], size: int) -> NDArray[np.uint8]:
    """Draw white discs with broad rims in the genres' colours, in a square grid, row by row.

    The projector multiplies a picture by its own "Color by" colour: white shows that colour unchanged.

    Args:
        genres: The genre of each disc.
        size: Side of a disc's cell in pixels.

    Returns:
        Pixels `(H, W, 4)` of red, green, blue and opacity.

    Example:
        >>> genre_rings(["blues", "jazz", "blues"], 16).shape
        (32, 32, 4)
    """
    side = math.ceil(math.sqrt(len(genres)))
    place = np.arange(size) - (size - 1) / 2
    radius = np.hypot(place, place[:, None]) / (size / 2)  # (size, size), 1 at the edge
    colours = genre_colours(genres)
    pixels = np.zeros((side, size, side, size, 4), dtype=np.uint8)
    for i, genre in enumerate(genres):
        row, column = divmod(i, side)
        colour = np.where(radius[..., None] < 0.6, 1.0, to_rgb(colours[genre]))  # (size, size, 3)
        pixels[row, :, column] = np.round(255 * np.dstack([colour, radius < 0.95]))
    return pixels.reshape(side * size, side * size, 4)
