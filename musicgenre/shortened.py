"""Names that are too long for their place: shortened in the middle, never broken."""

from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.text import Text

_GAP = "..."
_LEAST = 12  # columns that a shortened name keeps


def shortened(name: str, width: int) -> str:
    """Return a name in at most so many columns, with both of its ends where it is too long.

    Example:
        >>> shortened("net5_bilstm,sgd,optimizer.lr=0.001,seed=2", 24), shortened("seed=2", 24)
        ('net5_bilst...01,seed=2', 'seed=2')
    """
    if cell_len(name) <= width:
        return name
    if width <= len(_GAP):
        return _GAP[:width]
    room = width - len(_GAP)
    tail = _within(name[::-1], room // 2)[::-1]
    head = _within(name, room - cell_len(tail))
    return f"{head}{_GAP}{tail}"


def _within(text: str, width: int) -> str:
    """Return the beginning of a text that so many columns hold; some signs take two."""
    while cell_len(text) > width:
        text = text[: width if len(text) > width else -1]
    return text


@dataclass(frozen=True)
class Name:
    """A cell of a table on the screen that gives way: it is shortened where the table would be too wide.

    Attributes:
        text: The whole name.
    """

    text: str

    def __str__(self) -> str:
        """Return the whole name."""
        return self.text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw it in one line."""
        yield Text(shortened(self.text, options.max_width), no_wrap=True, overflow="crop")

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """Say how narrow and how wide it can be."""
        width = cell_len(self.text)
        return Measurement(min(width, _LEAST), width)
