"""How good a run is, in words."""

import csv
from typing import TYPE_CHECKING

from musicgenre.runs.read import damaged

if TYPE_CHECKING:
    from musicgenre.runs.run import Run

_JUDGED_BY = {"test": "test", "val": "validation"}  # a run is judged by the first one that it has


def accuracy_of(run: "Run") -> str:
    """Return a run's accuracy with its interval in words, or why it has none.

    Raises:
        MusicGenreError: A file that says it is damaged.
    """
    if not run.is_finished:
        return "not finished: it has no metrics.json"
    for split, word in _JUDGED_BY.items():
        share, low, high = (_number(run, f"{split}/track/accuracy{end}") for end in ("", "_low", "_high"))
        if share is not None:
            interval = "" if low is None or high is None else f" ({100 * low:.1f} to {100 * high:.1f})"
            leaks = ", LEAKS" if run.metrics.get("leak") else ""
            return f"accuracy {100 * share:.1f} % of {_count_tracks(run, split)} {word} tracks{interval}{leaks}"
    return "no accuracy: it classifies nothing"


def _count_tracks(run: "Run", split: str) -> int:
    path = run.files.genres_csv
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if (row["split"], row["level"]) == (split, "track")]
            return sum(int(row["support"]) for row in rows)
    except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
        raise damaged(path, str(error)) from error


def _number(run: "Run", name: str) -> float | None:
    found = run.metrics.get(name)
    return found if isinstance(found, int | float) else None
