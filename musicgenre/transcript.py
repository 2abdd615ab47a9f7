"""What is printed, kept in the log too: a run's log file holds all that was said, on whatever screen.

In a sweep the screen shows a line or two a job, and the jobs' own logs hold the rest.
"""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import StringIO, TextIOWrapper
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

_UNBOUNDED = 10_000  # columns: of a table in a file or a pipe, which has as many as it needs
_state = {"brief": False}


def is_brief() -> bool:
    """Return whether the screen shows no more than what a sweep says of its jobs."""
    return _state["brief"]


@contextmanager
def brief(on: bool = True) -> Iterator[None]:
    """Keep the screen, inside, for what a sweep says of its jobs."""
    before, _state["brief"] = _state["brief"], on
    try:
        yield
    finally:
        _state["brief"] = before


def print_any_sign() -> None:
    """Have this process print signs that its streams' encoding lacks as escapes: they are no reason to stop."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def console() -> "Console":
    """Return what prints tables: as wide as the terminal, or COLUMNS; in a file or a pipe as wide as they are."""
    from rich.console import Console  # which is not loaded for a sentence

    found = Console()
    if not (found.is_terminal or found.is_jupyter or os.environ.get("COLUMNS", "").isdecimal()):
        found.width = _UNBOUNDED
    return found


def show(*parts: "RenderableType") -> None:
    """Print tables and sentences, and write them into the log file; sentences are neither wrapped nor marked up."""
    from rich.console import Console

    if not is_brief():
        with suppress(SystemExit):  # of rich, where nobody reads on, as behind `| head`: the work goes on
            _print(console(), parts)
    # Without force_jupyter, a notebook would show it once more, and the log would get nothing.
    plain = Console(file=StringIO(), width=_UNBOUNDED, no_color=True, force_jupyter=False)
    _print(plain, parts)
    assert isinstance(plain.file, StringIO)
    to_log_file("\n" + "\n".join(line.rstrip() for line in plain.file.getvalue().splitlines()))


def say(sentence: str) -> None:
    """Print a sentence of progress on standard error, and write it into the log file."""
    if not is_brief():
        print(sentence, file=sys.stderr, flush=True)
    to_log_file(sentence)


def to_log_file(text: str) -> None:
    """Write a text into the log file alone, if there is one."""
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
