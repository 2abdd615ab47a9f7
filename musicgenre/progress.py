"""The progress bar of long work."""

import sys
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

Item = TypeVar("Item")


def bar_console() -> Console:
    """Return the console that bars are drawn on: standard error, or the notebook if that can draw them."""
    return Console(stderr=True, force_jupyter=None if _can_draw_widgets() else False)  # None: rich detects it


def _can_draw_widgets() -> bool:
    """Return whether a notebook can show a bar: without ipywidgets rich warns, under %%capture ipywidgets fails."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    captured = shell is not None and not hasattr(shell.display_pub, "set_parent")
    return find_spec("ipywidgets") is not None and not captured


def track_progress(items: Iterable[Item], total: int, text: str, show: bool = True) -> Iterator[Item]:
    """Yield the items with a progress bar on standard error or in the notebook: number done, time left.

    Elsewhere, such as in a file, a sentence at the end says how many there were.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = bar_console()
    drawn = console.is_terminal or console.is_jupyter
    with Progress(*columns, console=console, disable=not (show and drawn), refresh_per_second=4) as progress:
        task = progress.add_task(text, total=total)
        for item in items:
            yield item
            progress.advance(task)
        progress.refresh()  # otherwise the bar would not reach its end in a notebook
    if show and not drawn:
        print(f"{text}: {total} of {total}.", file=sys.stderr)


def duration(seconds: float) -> str:
    """Return a time in a readable format.

    Example:
        >>> [duration(s) for s in (0.118, 75, 7300, float("nan"))]
        ['0.1 s', '1:15 min', '2:02 h', '-']
    """
    if seconds != seconds:
        return "-"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes = round(seconds / 60) if seconds >= 3600 else int(seconds // 60)
    return f"{minutes // 60}:{minutes % 60:02} h" if seconds >= 3600 else f"{minutes}:{int(seconds % 60):02} min"
