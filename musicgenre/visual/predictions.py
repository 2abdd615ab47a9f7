"""Predictions as tables for the terminal."""

from collections.abc import Mapping
from typing import Protocol

import pandas as pd
from rich.console import Group
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from musicgenre.shortened import names
from musicgenre.transcript import empty_table
from musicgenre.visual.style import genre_colours

DOUBTS = {
    "unsure": "no genre is likelier than all others together",
    "unlike": "it sounds unlike the training music, so the answer means little",
}


class Heard(Protocol):
    """The attributes of a prediction that the table needs."""

    @property
    def probabilities(self) -> "pd.Series[float]":
        """Probability by genre, the likeliest first."""

    @property
    def doubt(self) -> str:
        """Why not to trust it: one of `DOUBTS`, or empty."""

    @property
    def seconds(self) -> float:
        """Length in s."""


def predictions_table(found: Mapping[str, Heard], top: int) -> Group:
    """Return a table with a row per file: its length and its `top` likeliest genres, with a note on doubtful ones.

    Args:
        found: Predictions by file.
        top: Number of genres shown for each file.

    Example:
        >>> from types import SimpleNamespace
        >>> heard = SimpleNamespace(probabilities=pd.Series({"jazz": 0.9, "rock": 0.1}), doubt="", seconds=65.0)
        >>> table = predictions_table({"a.wav": heard}, top=2).renderables[0]
        >>> [str(next(column.cells)).split() for column in table.columns]
        [['a.wav'], ['1:05'], ['■', 'jazz', '90%'], ['rock', '10%'], []]
    """
    doubts = {each.doubt for each in found.values()}
    notes = [Text.assemble((name, "red"), f": {text}.") for name, text in DOUBTS.items() if name in doubts]
    table = empty_table("Genres", ("file",), ("min:s",))
    table.padding = (0, 1, 0, 0)
    table.add_column("genre", no_wrap=True)
    if top > 1:
        table.add_column("then")
    table.add_column("", no_wrap=True, style="red")
    for name, each in zip(names(found), found.values(), strict=True):
        length = f"{int(each.seconds) // 60}:{int(each.seconds) % 60:02}"
        ranked = list(each.probabilities.head(top).items())
        colours = genre_colours(map(str, each.probabilities.index))
        first = Text("■ ", style=colours[str(ranked[0][0])]) + Text(_share(*ranked[0]), style="default")
        rest = [", ".join(_share(*pair) for pair in ranked[1:])] if top > 1 else []
        table.add_row(name, length, first, *map(escape, rest), each.doubt)
    return Group(table, *notes)


def left_out_table(unusable: Mapping[str, str]) -> Table:
    """Return a table with a row per file that could not be used, with the reason.

    Example:
        >>> table = left_out_table({"a.wav": "holds no samples"})
        >>> table.title, [str(next(column.cells)) for column in table.columns]
        ('Left out: 1', ['a.wav', 'holds no samples'])
    """
    table = empty_table(f"Left out: {len(unusable)}", ("file",))
    table.add_column("reason", overflow="fold")
    for name, reason in zip(names(unusable), unusable.values(), strict=True):
        table.add_row(name, escape(reason))
    return table


def _share(genre: object, probability: float) -> str:
    return f"{genre}\u00a0{100 * probability:.0f}%"  # never broken across lines
