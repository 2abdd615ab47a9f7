"""A figure, drawn once: the same pixels go into the run folder and to TensorBoard."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from musicgenre.files import draft_of

Pixels = NDArray[np.uint8]

_DPI = 120


def draw(figure: Figure) -> Pixels:
    """Draw a figure; its pixels `(H, W, 3)`.

    Example:
        >>> draw(Figure(figsize=(2, 1))).shape
        (120, 240, 3)
    """
    figure.set_dpi(_DPI)
    canvas: Any = FigureCanvasAgg(figure)  # untyped where it matters
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()  # (H, W, 4) -> (H, W, 3)


def write_png(path: Path, pixels: Pixels) -> None:
    """Write pixels, `(H, W, 3)` or with opacity `(H, W, 4)`, as a PNG file, whole or not at all.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_png(Path(folder, "black.png"), np.zeros((4, 6, 3), np.uint8))
        ...     Path(folder, "black.png").read_bytes()[1:4]
        b'PNG'
    """
    with draft_of(path) as draft:
        Image.fromarray(pixels).save(draft, format="png", compress_level=3)
