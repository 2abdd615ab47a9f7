"""Shorten names that are too long: in the middle, without line breaks, no two alike."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.text import Text

_GAP = "..."
_LEAST = 12  # columns that a shortened name keeps
_GROUP = re.compile(r"(^|[,/])(?:\w+\.)+(\w+=)")  # of a key
_PART = re.compile(r"[^,/]*[,/]")  # of a name such as FOLDER/net5_bilstm,sgd,seed=2


def shortened(name: str, width: int) -> str:
    """Return a name in at most `width` columns; if it is too long, both of its ends.

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


@lru_cache(maxsize=64)
def told_apart(names: tuple[str, ...], width: int) -> dict[str, str]:
    """Return each of several names in at most `width` columns, no two alike.

    If one is too long, the groups of keys are left out (`optimizer.` of `optimizer.lr=0.1`), then the parts with which
    all start, before any is shortened in the middle; those that would then look alike start where they differ, or are
    numbered.

    Args:
        names: Distinct names of one table.
        width: Columns; with fewer than about five, names cannot be told apart.

    Example:
        >>> names = tuple(f"net5_bilstm,sgd,optimizer.lr={rate},seed=2" for rate in (0.1, 0.01))
        >>> list(told_apart(names, 31).values())
        ['net5_bilstm,sgd,lr=0.1,seed=2', 'net5_bilstm,sgd,lr=0.01,seed=2']
        >>> list(told_apart(names, 16).values())
        ['...lr=0.1,seed=2', '...lr=0...seed=2']
    """
    brief = {name: name for name in names}
    if all(cell_len(name) <= width for name in names):
        return brief
    if not _look_alikes(plain := {name: _GROUP.sub(r"\1\2", name) for name in names}):
        brief = plain
    if all(cell_len(name) <= width for name in brief.values()):
        return brief
    common = _common_parts(tuple(brief.values()))
    found = {name: shortened(_GAP + look[common:] if common else look, width) for name, look in brief.items()}
    for alike in _look_alikes(found):
        found |= _from_difference(alike, width)
    return found | _numbered([name for alike in _look_alikes(found) for name in alike], width)


def _common_parts(names: tuple[str, ...]) -> int:
    """Return the number of characters in the parts with which all names start."""
    parts = _PART.findall(names[0][: _common(names)]) if len(names) > 1 else []
    return sum(map(len, parts))


def _common(names: Sequence[str]) -> int:
    """Return the length of the names' common prefix."""
    return sum(1 for _ in takewhile(lambda column: len(set(column)) == 1, zip(*names, strict=False)))


def _look_alikes(found: Mapping[str, str]) -> list[list[str]]:
    """Return groups of names that look the same."""
    by_look = defaultdict(list)
    for name, look in found.items():
        by_look[look].append(name)
    return [alike for alike in by_look.values() if len(alike) > 1]


def _from_difference(alike: list[str], width: int) -> dict[str, str]:
    """Return names from the character at which they start to differ."""
    start = _common(alike)
    rests = {name: _GAP * (start > 0) + name[start:] for name in alike}
    return {
        name: rest if cell_len(rest) <= width else _within(rest, width - len(_GAP)) + _GAP
        for name, rest in rests.items()
    }


def _numbered(alike: list[str], width: int) -> dict[str, str]:
    marks = [f"~{number}" for number in range(1, len(alike) + 1)]
    return {name: shortened(name, width - len(mark)) + mark for name, mark in zip(alike, marks, strict=True)}


def _within(text: str, width: int) -> str:
    """Return the beginning of a text that fits into `width` columns; some characters take two."""
    while text and cell_len(text) > width:
        text = text[: width if len(text) > width else -1]
    return text


@dataclass(frozen=True)
class Name:
    """A cell of a printed table that is shortened if the table would be too wide.

    Attributes:
        text: The whole name.
        among: The names of the same column, from which it stays distinct.
    """

    text: str
    among: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the whole name."""
        return self.text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Render it in one line."""
        if self.text in self.among:
            looks = told_apart(self.among, options.max_width)[self.text]
        else:
            looks = shortened(self.text, options.max_width)
        yield Text(looks, no_wrap=True, overflow="crop")

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """Return its minimum and maximum width."""
        width = cell_len(self.text)
        return Measurement(min(width, _LEAST), width)


def names(texts: Iterable[object]) -> list[Name]:
    """Return the cells of a column of names, in their order.

    Example:
        >>> [str(name) for name in names(["adam", "sgd", "adam"])]
        ['adam', 'sgd', 'adam']
    """
    written = [str(text) for text in texts]
    among = tuple(dict.fromkeys(written))
    return [Name(text, among) for text in written]
