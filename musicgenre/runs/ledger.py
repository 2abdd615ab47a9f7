"""The ledger: every published system with its figure and the measured one, computed from the kept runs; and these."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from musicgenre.errors import MusicGenreError
from musicgenre.runs.measured import Measured, read_measured
from musicgenre.runs.published import published_systems

COLUMNS = (
    "system", "source", "published", "measured", "low", "high", "level", "tested", "runs", "data", "split",
    "tested epoch", "verdict", "why", "command", "kept",
)  # fmt: skip
KEPT = (
    "kept", "data", "split", "runs", "tested", "track accuracy %", "track accuracy % low", "track accuracy % high",
    "segment accuracy %", "segment accuracy % low", "segment accuracy % high", "tested epoch", "leaks", "command",
)  # fmt: skip


def kept_table(folder: Path) -> pd.DataFrame:
    """Return one row per kept run, published or not, with its figures as in a report: the columns of `KEPT`.

    Args:
        folder: Folder of NAME.npz files, from `musicgenre.runs.measured.keep_runs`.

    Raises:
        MusicGenreError: A file of the folder is damaged.
    """
    found = []
    for path in sorted(folder.glob("*.npz")):
        run = read_measured(path)
        row = run.about | {"kept": path.name, "tested": str(run.segments["track"].nunique())}
        for level in ("track", "segment"):
            bounds = zip(("", " low", " high"), (run.accuracy(level), *run.interval(level)), strict=True)
            row |= {f"{level} accuracy %{bound}": f"{value:.1f}" for bound, value in bounds}
        found.append(row)
    return pd.DataFrame(found, columns=list(KEPT))


def ledger(folder: Path) -> pd.DataFrame:
    """Return one row per published system, with the measured run that is closest to its source.

    Args:
        folder: Folder of NAME.npz files, from `musicgenre.runs.measured.keep_runs`.

    Returns:
        The columns of `COLUMNS` as text: accuracies and bounds in %, of tracks or segments, whichever the source
        counts; tested is the number of tracks; the verdict is "agrees", "differs", "not comparable" or "not measured".

    Raises:
        MusicGenreError: A file of the folder is damaged.
    """
    kept = {path.name: read_measured(path) for path in sorted(folder.glob("*.npz"))}
    return pd.DataFrame([_row(system, kept) for system in published_systems()], columns=list(COLUMNS))


def refuse_other_table(path: Path, columns: Sequence[str]) -> None:
    """Make sure that a file at the path of a kept table is such a table, or does not exist.

    Args:
        path: Its path.
        columns: Its columns.

    Raises:
        MusicGenreError: It is another file, and would be overwritten.
    """
    head = ",".join(columns[:4])
    if path.exists() and not (path.is_file() and path.read_bytes().startswith(head.encode())):
        raise MusicGenreError(
            f"{path} is not from an earlier report, whose table begins with {head}: it would be overwritten. Choose "
            "another keep=DIR."
        )


def verdict(published: float | None, low: float, high: float, differs: str) -> tuple[str, str]:
    """Return what a measured interval says about a published figure, and why.

    Args:
        published: In %; None if the source gives none.
        low: Lower bound of the measured accuracy, in %.
        high: Upper bound, in %.
        differs: What differs from the source; empty if nothing is known to.

    Example:
        >>> verdict(62, 56.4, 67.3, ""), verdict(62, 56.4, 67.3, "split filtered, not random_70_30")[0]
        (('agrees', 'the published figure lies within the interval'), 'not comparable')
    """
    if published is None:
        return "not comparable", "its source prints no figure"
    if differs:
        return "not comparable", differs
    if low <= published <= high:
        return "agrees", "the published figure lies within the interval"
    return "differs", f"the published figure lies {'above' if published > high else 'below'} the interval"


def _preference(kept: tuple[str, Measured]) -> tuple[int, int]:
    """Sort kept rows of one system by the fewest differences from its source, then the last kept, as NAME_2.npz."""
    name, run = kept
    number = re.search(r"_(\d+)\.npz$", name)
    return len([*filter(None, run.about["differs"].split("; "))]), -int(number[1] if number else 1)


def _row(system: Mapping[str, str], kept: Mapping[str, Measured]) -> dict[str, str]:
    found = dict.fromkeys(COLUMNS, "") | {
        "system": system["system"],
        "source": system["source"],
        "published": system["published"],
    }
    found |= {"level": system["level"], "verdict": "not measured"}
    runs = {name: run for name, run in kept.items() if run.about.get("system") == system["system"]}
    if not runs:
        return found
    name, run = min(runs.items(), key=_preference)
    low, high = run.interval(system["level"])
    said, why = verdict(float(system["published"] or "nan"), low, high, run.about["differs"])
    if not system["published"]:
        said, why = verdict(None, low, high, "")
    return found | {
        "measured": f"{run.accuracy(system['level']):.1f}",
        "low": f"{low:.1f}",
        "high": f"{high:.1f}",
        "tested": str(run.segments["track"].nunique()),
        "kept": name,
        "verdict": said,
        "why": why,
        **{column: run.about[column] for column in ("runs", "data", "split", "tested epoch", "command")},
    }
