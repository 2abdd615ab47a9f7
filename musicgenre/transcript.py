"""Printing that is logged too: a run's log file holds all output, whatever the screen shows.

In a sweep the screen shows a line or two per job, and the jobs' own logs hold the rest.
"""

import logging
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from io import StringIO, TextIOWrapper
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table
    from rich.text import Text

_UNBOUNDED = 10_000  # columns: tables in a file or a pipe are as wide as they need to be
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # and not tabs and line feeds
_state = {"brief": False}


def is_brief() -> bool:
    """Return whether the screen only shows a sweep's messages about its jobs."""
    return _state["brief"]


@contextmanager
def brief(on: bool = True) -> Iterator[None]:
    """Only show a sweep's messages about its jobs on the screen inside the block."""
    before, _state["brief"] = _state["brief"], on
    try:
        yield
    finally:
        _state["brief"] = before


def without_control(text: str) -> str:
    r"""Show control characters, which a file's name may contain and a terminal would obey, as escapes.

    Example:
        >>> print(without_control("a\x1b[31m.wav"))
        a\x1b[31m.wav
    """
    return _CONTROL.sub(lambda sign: f"\\x{ord(sign[0]):02x}", text)


def print_any_sign() -> None:
    """Make this process print characters that its streams' encoding lacks as escapes, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def console() -> "Console":
    """Return the console for tables: as wide as the terminal or COLUMNS; unbounded in a file or a pipe."""
    from rich.console import Console  # not imported for mere sentences

    class Tireless(Console):
        """A console that shows control characters, and prints nothing more once its pipe is closed, as by `| head`."""

        def on_broken_pipe(self) -> None:
            with suppress(SystemExit):  # rich raises it once it has turned to the null device
                super().on_broken_pipe()

        def render_str(self, text: str, **how: object) -> "Text":
            return super().render_str(without_control(text), **how)  # type: ignore[arg-type]

    found = Tireless()
    if not (found.is_terminal or found.is_jupyter or os.environ.get("COLUMNS", "").isdecimal()):
        found.width = _UNBOUNDED
    return found


def empty_table(title: str, texts: Sequence[str], numbers: Sequence[str] = (), whole: Sequence[str] = ()) -> "Table":
    """Return a table without rows for the screen.

    Args:
        title: Its title; none if empty.
        texts: Headings of the first columns, whose texts may be wrapped.
        numbers: Headings of the columns behind, of numbers.
        whole: Those of `texts` that are not wrapped.
    """
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    made = Table(title=escape(title) or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in texts:
        made.add_column(escape(heading), no_wrap=heading in whole)
    for heading in numbers:
        made.add_column(heading, justify="right", no_wrap=True)
    return made


def show(*parts: "RenderableType") -> None:
    """Print tables and sentences, and write them to the log file; sentences are neither wrapped nor marked up."""
    from rich.console import Console

    if not is_brief():
        _print(console(), parts)
    # Without force_jupyter=False, a notebook would show it twice, and the log would get nothing.
    plain = Console(file=StringIO(), width=_UNBOUNDED, no_color=True, force_jupyter=False)
    _print(plain, parts)
    assert isinstance(plain.file, StringIO)
    to_log_file("\n" + "\n".join(line.rstrip() for line in plain.file.getvalue().splitlines()))


def say(sentence: str) -> None:
    """Print a progress message on standard error, and write it to the log file."""
    if not is_brief():
        print(without_control(sentence), file=sys.stderr, flush=True)
    to_log_file(sentence)


def to_log_file(text: str) -> None:
    """Write a text to the log file only, if there is one."""
    record = logging.LogRecord(__name__, logging.INFO, __file__, 0, "%s", (text,), None)
    for handler in logging.root.handlers:
        if isinstance(handler, logging.FileHandler):
            handler.handle(record)


def _print(console: "Console", parts: "tuple[RenderableType, ...]") -> None:
    from rich.text import Text

    for part in parts:
        if isinstance(part, str | Text):
            console.print(part, soft_wrap=True, highlight=False, markup=False)
        else:
            console.print(part)
