"""The progress bar of long work."""

from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

Item = TypeVar("Item")


def track_progress(items: Iterable[Item], total: int, text: str, show: bool = True) -> Iterator[Item]:
    """Give the items one by one, with a bar on standard error, or in the notebook: how many are done, time left."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    in_notebook = None if find_spec("ipywidgets") else False  # None: rich looks; without ipywidgets it would complain
    console = Console(stderr=True, force_jupyter=in_notebook)
    with Progress(*columns, console=console, disable=not show, refresh_per_second=4) as progress:
        task = progress.add_task(text, total=total)
        for item in items:
            yield item
            progress.advance(task)
        progress.refresh()  # in a notebook rich would leave the bar short of its end
