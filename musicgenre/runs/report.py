"""All runs below a folder, side by side."""

from pathlib import Path
from typing import TYPE_CHECKING

from musicgenre.runs.find import read_runs
from musicgenre.runs.folder import RunFolder

if TYPE_CHECKING:
    import pandas as pd


def report(runs: Path, folder: Path) -> "pd.DataFrame":
    """Write tables over all runs, one bar chart, and each kind of run's classification report and confusion matrix.

    runs.csv has a row a run; report.csv a row for all runs that differ in nothing but the seed (or the fold), with
    mean and standard deviation; classification_reports.txt and figures/ pool the test tracks of such runs.

    Args:
        runs: A folder with run folders anywhere below it; those that cannot be read are named in the log.
        folder: Gets the report.

    Returns:
        The table of report.csv.

    Raises:
        MusicGenreError: There is no run that can be read.
    """
    found = read_runs(runs)
    from musicgenre.runs.report_files import (
        write_report,
    )  # pandas, scikit-learn and matplotlib, now that there are runs

    return write_report(found, RunFolder(folder))
