"""Predictions as tables for the terminal."""

from collections.abc import Mapping
from typing import Protocol

import pandas as pd
from rich import box
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from musicgenre.visual.style import genre_colour


class Heard(Protocol):
    """What the table needs of a prediction."""

    @property
    def probabilities(self) -> "pd.Series[float]":
        """Probability by genre, the likeliest first."""

    @property
    def sure(self) -> bool:
        """Whether the likeliest genre outweighs all others together."""

    @property
    def seconds(self) -> float:
        """Length in s."""


def predictions_table(found: Mapping[str, Heard], top: int) -> Table:
    """A row a file: its length and its `top` likeliest genres; what is not sure says so.

    Args:
        found: Predictions by file.
        top: Genres shown of each file.
    """
    table = Table(title="Genres", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("file", overflow="fold")
    table.add_column("min:s", justify="right", no_wrap=True)
    table.add_column("likeliest genres", overflow="fold")
    table.add_column("", no_wrap=True)
    for name, each in found.items():
        length = f"{int(each.seconds) // 60}:{int(each.seconds) % 60:02}"
        table.add_row(
            escape(name), length, _ranked(each.probabilities.head(top)), "" if each.sure else "[red]unsure[/]"
        )
    return table


def left_out_table(unusable: Mapping[str, str]) -> Table:
    """A row a file that could not be used, with the reason."""
    table = Table(title=f"Left out: {len(unusable)}", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("file", overflow="fold")
    table.add_column("reason", overflow="fold")
    for name, reason in unusable.items():
        table.add_row(escape(name), escape(reason))
    return table


def _ranked(probabilities: "pd.Series[float]") -> Text:
    text = Text()
    for genre, probability in probabilities.items():
        text.append("■ ", style=genre_colour(str(genre)))
        text.append(f"{genre} {100 * probability:.0f} %  ")
    return text
