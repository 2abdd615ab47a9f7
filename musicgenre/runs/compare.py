"""What one setting changed, over runs that share their seed and all else."""

import logging
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from musicgenre.errors import MusicGenreError
from musicgenre.runs.find import find_runs, readable
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.run import Run

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)

METRICS = ("test/segment/accuracy", "test/track/accuracy", "test/segment/macro_f1", "val/segment/accuracy")


def compare(
    runs: Path,
    by: str,
    folder: Path,
    *,
    metrics: Sequence[str] = METRICS,
    reference: str | None = None,
    confidence: float = 0.95,
) -> "pd.DataFrame":
    """Pair the runs by seed and write the differences as differences.csv and a table on the screen.

    Args:
        runs: A folder with run folders anywhere below it; those that cannot be read are named in the log.
        by: What was swept beside the seed: a group ("optimizer") or a dotted key of the config ("optimizer.lr").
        folder: Gets differences.csv.
        metrics: Names in metrics.json.
        reference: The value of `by` that the others are compared with; None takes "none" where a run has it, else
            that of the first run.
        confidence: Of the intervals.

    Returns:
        The table of differences.csv, see `differences`.

    Raises:
        MusicGenreError: There are no runs of two values or more, or they cannot be paired.
    """
    if not metrics:
        raise MusicGenreError(f"metrics is empty: name one or more of metrics.json, such as {METRICS[0]}.")
    if not 0 < confidence < 1:
        raise MusicGenreError(f"confidence is {confidence}: give a number between 0 and 1, such as 0.95.")
    rows = _rows(runs, by, metrics)
    chosen = _reference(list(dict.fromkeys(row["value"] for row in rows)), reference, by)
    import pandas as pd  # now that there are runs

    table = differences(pd.DataFrame(rows), metrics, chosen, confidence)
    RunFolder(folder).write_table("differences.csv", table)
    console = Console()
    console.print(_shown(table, by, f"By {by}: difference to {chosen}, paired by seed", confidence))
    path = folder / "differences.csv"
    console.print(f"Differences: {path}", soft_wrap=True, highlight=False, markup=False)
    return table


def differences(
    runs: "pd.DataFrame", metrics: Sequence[str], reference: str, confidence: float = 0.95
) -> "pd.DataFrame":
    """Return every metric's paired difference of each value to the reference, over the seeds that both have.

    Args:
        runs: Columns `value`, `seed` and the metrics, one row a run.
        metrics: Their names.
        reference: The value that the others are compared with.
        confidence: Of the intervals.

    Returns:
        Columns metric, value, mean (of the value's runs), reference, difference, low, high, p_value, pairs.

    Raises:
        MusicGenreError: There is no such value or no other, or a value has two runs of one seed.

    Example:
        >>> import pandas as pd
        >>> runs = pd.DataFrame({"value": ["adam"] * 2 + ["sgd"] * 2, "seed": [1, 2] * 2, "loss": [0.5, 0.7, 0.8, 1.2]})
        >>> differences(runs, ["loss"], "adam")[["value", "difference", "pairs"]].round(3).to_dict("records")
        [{'value': 'sgd', 'difference': 0.4, 'pairs': 2}]
    """
    import pandas as pd

    from musicgenre.evaluation.paired import paired_difference

    others = [value for value in dict.fromkeys(runs.value) if value != reference]
    if reference not in set(runs.value) or not others:
        raise MusicGenreError(f"{reference} cannot be compared: the runs have {', '.join(dict.fromkeys(runs.value))}.")
    if (again := runs.duplicated(["value", "seed"])).any():
        twice = runs[again].iloc[0]
        raise MusicGenreError(f"{twice.value} has several runs of seed {twice.seed}: compare one sweep at a time.")
    rows = []
    for metric in metrics:
        by_seed = runs.pivot(index="seed", columns="value", values=metric)
        for value in others:
            pair = by_seed[[reference, value]].dropna()
            if pair.empty:
                raise MusicGenreError(f"{reference} and {value} have no seed in common.")
            found = paired_difference(pair[reference], pair[value], confidence=confidence)
            rows.append(
                {"metric": metric, "value": value, "mean": pair[value].mean(), "reference": pair[reference].mean()}
                | {"difference": found.mean, "low": found.low, "high": found.high}
                | {"p_value": found.p_value, "pairs": found.pairs}
            )
    return pd.DataFrame(rows)


def _rows(root: Path, by: str, metrics: Sequence[str]) -> list[dict[str, Any]]:
    """Return one row a finished run below the folder: `value` of `by`, `seed`, and the metrics."""
    finished = []
    for run in map(Run, find_runs(root.expanduser())):
        if run.is_finished:
            finished.append(run)
        else:
            log.warning("%s is not finished, and left out.", run.folder)
    if not finished:
        raise MusicGenreError(f"{root} holds no finished run: give the folder of a sweep, runs=multirun/DATE/TIME.")
    return [row for _, row in readable(finished, lambda run: _row(run, by, metrics))]


def _row(run: Run, by: str, metrics: Sequence[str]) -> dict[str, Any]:
    numbers = {name: value for name, value in run.metrics.items() if isinstance(value, int | float)}
    if missing := [name for name in metrics if name not in numbers]:
        raise MusicGenreError(f"{run.files.metrics_json} has no {', '.join(missing)}: choose other metrics=[...].")
    value = run.value(by)
    if run.seed is None:
        raise MusicGenreError(f"{run.files.config_yaml} has no seed, by which runs are paired.")
    return {"value": _name(value), "seed": run.seed} | {name: numbers[name] for name in metrics}


def _reference(values: list[str], asked: str | None, by: str) -> str:
    """Return what the others are compared with: what was asked for, or "none", or what was run first."""
    if len(values) < 2:
        raise MusicGenreError(f"All runs have {by}={values[0]}: a comparison needs runs of two or more.")
    reference = asked or ("none" if "none" in values else values[0])
    if reference not in values:
        raise MusicGenreError(f"No run has {by}={reference}: give reference= one of {', '.join(values)}.")
    return reference


def _name(value: object) -> str:
    return "none" if value is None else str(value)


def _shown(table: "pd.DataFrame", by: str, title: str, confidence: float) -> Table:
    """Return the differences, of accuracy and F1 in points (hundredths)."""
    shown = Table(title=escape(title), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("metric", escape(by)):
        shown.add_column(heading, no_wrap=True)
    for heading in ("points", f"{confidence:.0%} interval", "p", "n"):
        shown.add_column(heading, justify="right", no_wrap=True)
    for row in table.to_dict("records"):
        several = row["pairs"] > 1  # a single pair has no interval
        loss = row["metric"].endswith("loss")
        difference, low, high = (
            f"{row[name]:+.3f}" if loss else f"{100 * row[name]:+.1f}" for name in ("difference", "low", "high")
        )
        interval = f"{low} to {high}" if several else ""
        p_value = f"{row['p_value']:.2f}" if several and not math.isnan(row["p_value"]) else ""
        shown.add_row(escape(row["metric"]), escape(row["value"]), difference, interval, p_value, str(row["pairs"]))
    return shown
