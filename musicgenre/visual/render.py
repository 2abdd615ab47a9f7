"""Draw a figure once: the same pixels go into the run folder and to TensorBoard; or as PDF, for print."""

import io
import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from musicgenre.errors import MusicGenreError
from musicgenre.files import draft_of

Pixels = NDArray[np.uint8]

FORMATS = ("png", "pdf")
CARD = 3.7  # inches: a TensorBoard card is about 350 pixels wide, so that 8-point type has 10 pixels there

_DPI = 120


def draw(figure: Figure, width: float | None = None) -> Pixels:
    """Draw a figure and return its pixels `(H, W, 3)`. Names of genres and files are drawn literally, `$` included.

    Args:
        figure: The figure.
        width: Width in inches, to draw it narrower than it was made, with type of the same size.

    Example:
        >>> draw(Figure(figsize=(2, 1))).shape
        (120, 240, 3)
        >>> draw(Figure(figsize=(8, 4)), 2.0).shape
        (120, 240, 3)
    """
    if width is not None and width < figure.get_figwidth():
        figure.set_size_inches(width, figure.get_figheight() * width / figure.get_figwidth())
    figure.set_dpi(_DPI)
    canvas: Any = FigureCanvasAgg(figure)  # untyped where it matters
    with _as_shown():
        canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()  # (H, W, 4) -> (H, W, 3)


def pdf_of(figure: Figure) -> bytes:
    """Draw a figure as PDF: as lines and text, whose fonts are embedded, and the same bytes every time.

    Example:
        >>> pdf_of(Figure(figsize=(2, 1)))[:5]
        b'%PDF-'
    """
    logging.getLogger("fontTools").setLevel(logging.WARNING)  # tells of each table of each font
    content = io.BytesIO()
    with _as_shown(), rc_context({"pdf.fonttype": 42}):  # TrueType: publishers refuse matplotlib's Type 3
        figure.savefig(content, format="pdf", metadata={"CreationDate": None})
    return content.getvalue()


def check_formats(formats: Sequence[str]) -> None:
    """Make sure that figures can be written in these formats.

    Raises:
        MusicGenreError: They are not a list of formats, or one is unknown.
    """
    if isinstance(formats, str) or not formats or set(formats) - set(FORMATS):
        raise MusicGenreError(f"formats is {formats!r}: figures are written as [png], [pdf] or [png,pdf].")


@contextmanager
def _as_shown() -> Iterator[None]:
    with warnings.catch_warnings(), rc_context({"text.parse_math": False}):  # of ticks, labelled only now
        warnings.filterwarnings("ignore", message="constrained_layout not applied")  # names too long for the figure
        warnings.filterwarnings("ignore", message=r"(Glyph|Matplotlib currently does not support) ")  # a box is drawn
        yield


def write_png(path: Path, pixels: Pixels) -> None:
    """Write pixels, `(H, W, 3)` or with opacity `(H, W, 4)`, to a PNG file atomically.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_png(Path(folder, "black.png"), np.zeros((4, 6, 3), np.uint8))
        ...     Path(folder, "black.png").read_bytes()[1:4]
        b'PNG'
    """
    with draft_of(path) as draft:
        Image.fromarray(pixels).save(draft, format="png", compress_level=3)
