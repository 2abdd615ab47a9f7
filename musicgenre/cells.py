"""Keep spreadsheets from reading CSV cells as formulas: file names, genres and titles come from anywhere.

A text that starts with = + - @, a tab or a carriage return, and is not a number, gets an apostrophe in front, which
spreadsheets read as "this is text". Code that reads our tables removes it again.
"""

import csv
import re
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?inf")
_GUARDED = re.compile(r"''*[=+\-@\t\r]")


def guard(text: str) -> str:
    """Return a text as written to a CSV cell.

    Example:
        >>> guard("=1+1"), guard("-5"), guard("Jazz"), guard("'=1")
        ("'=1+1", '-5', 'Jazz', "''=1")
    """
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def unguard(text: str) -> str:
    """Return the text that `guard` was given.

    Example:
        >>> [unguard(guard(text)) for text in ("=1+1", "-5", "Jazz", "'=1", "'n Beetje")]
        ['=1+1', '-5', 'Jazz', "'=1", "'n Beetje"]
    """
    return text[1:] if _GUARDED.match(text) else text


def csv_text(table: "pd.DataFrame", *, index: bool = False, digits: int | None = None, sep: str = ",") -> str:
    """Return a table as CSV, with its texts guarded.

    Args:
        table: Any table.
        index: Whether its index is written too.
        digits: Significant digits of floats; None for all.
        sep: Separator of columns.
    """
    safe = _mapped(table, guard).rename(columns=lambda name: guard(name) if isinstance(name, str) else name)
    shown = None if digits is None else f"%.{digits}g"
    write = partial(safe.to_csv, index=index, float_format=shown, sep=sep, lineterminator="\n")
    found = str(write())
    return str(write(quoting=csv.QUOTE_NONNUMERIC)) if "\r" in found else found  # otherwise it would end a row


def unguarded(table: "pd.DataFrame") -> "pd.DataFrame":
    """Return a table that was read from CSV with its texts unguarded."""
    return _mapped(table, unguard).rename(columns=lambda name: unguard(name) if isinstance(name, str) else name)


def _mapped(table: "pd.DataFrame", change: Callable[[str], str]) -> "pd.DataFrame":
    import numpy as np

    texts = [place for place, kind in enumerate(table.dtypes) if kind.kind not in "biufcmM"]
    if not texts:
        return table
    changed = table.copy()
    for place in texts:
        values = [change(value) if isinstance(value, str) else value for value in changed.iloc[:, place]]
        changed.isetitem(place, np.array(values, dtype=object))
    return changed
