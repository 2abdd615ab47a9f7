"""The progress bar of long work."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

Item = TypeVar("Item")


def track_progress(items: Iterable[Item], total: int, text: str, show: bool = True) -> Iterator[Item]:
    """Give the items one by one, with a bar on standard error: how many are done, time left."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True, force_jupyter=False)  # plain text; a live bar would ask for ipywidgets
    with Progress(*columns, console=console, disable=not show, refresh_per_second=4) as progress:
        task = progress.add_task(text, total=total)
        for item in items:
            yield item
            progress.advance(task)
