"""All runs below a folder, side by side."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from musicgenre.errors import MusicGenreError
from musicgenre.files import expanded
from musicgenre.runs.find import find_runs
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.identity import REPEATED
from musicgenre.runs.read import path_of

if TYPE_CHECKING:
    import pandas as pd


def report(
    runs: str | Path,
    folder: str | Path,
    *,
    over: Sequence[str] = REPEATED,
    audio: str | Path | None = None,
    keep: str | Path | None = None,
) -> "pd.DataFrame":
    """Write tables, figures and a page about all runs below a folder, only from what the runs kept.

    Runs that differ only in the keys of `over`, by default the seed and the fold, are one row. Rows are grouped by data
    and split and sorted by validation accuracy; rows on the same test tracks are compared. Runs that are unfinished or
    damaged are listed but not counted.

    Args:
        runs: A folder with run folders anywhere below it, from any number of sweeps.
        folder: Output folder for results.csv, .md and .tex, runs.csv, comparisons.csv and more, figures/ and
            report.html.
        over: Keys to average over.
        audio: A folder of genre folders, with the tracks that the page plays; None for the runs' own data.
        keep: Output folder for every row's test probabilities as measured/NAME.npz, and for reproduction.csv, the
            ledger of published systems over everything in measured/; None for none.

    Returns:
        The table of results.csv.

    Raises:
        MusicGenreError: No run can be read, or `over` is not a list of keys or has one that no run has, or `keep` holds
            a reproduction.csv that is not a ledger.
    """
    if isinstance(over, str) or not isinstance(over, Sequence) or any(not key for key in over):
        raise MusicGenreError(f"over is {over!r}: give a list of keys, such as over=[seed,split.fold].")
    below, written = (expanded(path_of(given, name)) for given, name in ((runs, "runs"), (folder, "folder")))
    heard, kept = (
        None if given is None else expanded(path_of(given, name)) for given, name in ((audio, "audio"), (keep, "keep"))
    )
    find_runs(below)
    from musicgenre.runs.report_files import (
        write_report,
    )  # loads pandas, scikit-learn, matplotlib: only once there is a folder

    return write_report(below, RunFolder(written), over=tuple(over), audio=heard, keep=kept)
