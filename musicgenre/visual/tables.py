"""Results as tables for the terminal; they fit 80 columns."""

from collections.abc import Mapping

import pandas as pd
from rich import box
from rich.console import Group
from rich.markup import escape
from rich.table import Table

SPLITS = {"train": "training", "val": "validation", "test": "test"}


def results_table(
    metrics: Mapping[str, float], genres: pd.DataFrame, *, genres_title: str = "By genre, test tracks"
) -> Group:
    """Lay out a run's results: a row a split and level, then a row a genre; shares are in %.

    Args:
        metrics: `{split}/{level}/{metric}`; where `accuracy_low` and `accuracy_high` are there, the
            accuracy stands with its 95 % interval; an F1 may be missing, as in training. Other keys are left out.
        genres: One row a genre with columns genre, precision, recall, f1 (0 to 1) and support.
        genres_title: What the second table is about.

    Example:
        >>> metrics = {f"test/track/{name}": 0.75 for name in ("accuracy", "macro_f1", "loss")}
        >>> genres = pd.DataFrame({"genre": ["jazz"], "precision": 0.8, "recall": 0.5, "f1": 0.6, "support": 20})
        >>> [[next(column.cells) for column in table.columns] for table in results_table(metrics, genres).renderables]
        [['test', 'track', '75.0', '', '75.0', '0.750'], ['jazz', '80.0', '50.0', '60.0', '20']]
    """
    return Group(_summary(metrics), _genres(genres, genres_title))


def _summary(metrics: Mapping[str, float]) -> Table:
    table = Table(title="Results (%)", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("split", "level"):
        table.add_column(heading, no_wrap=True)
    for heading in ("accuracy", "95 % interval", "macro-F1", "loss"):
        table.add_column(heading, justify="right", no_wrap=True)
    for split, split_name in SPLITS.items():
        for level in ("segment", "track"):
            at = f"{split}/{level}/"
            if at + "accuracy" in metrics:
                table.add_row(split_name, level, *_cells(metrics, at))
    return table


def _cells(metrics: Mapping[str, float], at: str) -> list[str]:
    interval = ""
    if at + "accuracy_low" in metrics:
        interval = f"{_percent(metrics[at + 'accuracy_low'])} to {_percent(metrics[at + 'accuracy_high'])}"
    return [
        _percent(metrics[at + "accuracy"]),
        interval,
        _percent(metrics[at + "macro_f1"]) if at + "macro_f1" in metrics else "",
        f"{metrics[at + 'loss']:.3f}",
    ]


def _genres(genres: pd.DataFrame, title: str) -> Table:
    table = Table(title=f"{title} (%)", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("genre")
    for heading in ("precision", "recall", "F1", "examples"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in genres.to_dict("records"):
        scores = [_percent(row[metric]) for metric in ("precision", "recall", "f1")]
        table.add_row(escape(str(row["genre"])), *scores, str(int(row["support"])))
    if (absent := int((genres["support"] == 0).sum())) > 0:
        table.caption = f"Macro figures are over the {len(genres) - absent} of {len(genres)} genres with examples."
        table.caption_justify = "left"
    return table


def _percent(share: float) -> str:
    return "-" if share != share else f"{100 * share:.1f}"  # NaN: not defined


def report_table(summary: pd.DataFrame) -> Table:
    """Lay out many runs: a row for those of one name, mean and standard deviation in %.

    Args:
        summary: One row a name: run, runs, leak, and metrics with their `_sd`, from `summarise`.

    Example:
        >>> accuracy = {"test/track/accuracy": [0.75], "test/track/accuracy_sd": [0.02]}
        >>> summary = pd.DataFrame({"run": ["CNN"], "runs": [3], "leak": [""]} | accuracy)
        >>> [next(column.cells) for column in report_table(summary).columns]
        ['CNN', '3', '75.0 ±2.0', '', '', '']
    """
    table = Table(
        title="Test (%): accuracy of tracks and segments, macro-F1 of tracks",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    table.add_column("run", overflow="fold")
    for heading in ("runs", "tracks", "segments", "F1", ""):
        table.add_column(heading, justify="right", no_wrap=True)
    names = ("test/track/accuracy", "test/segment/accuracy", "test/track/macro_f1")
    for row in summary.to_dict("records"):
        values = [_with_spread(row.get(name), row.get(f"{name}_sd")) for name in names]
        table.add_row(escape(str(row["run"])), str(row["runs"]), *values, "LEAKS" if row["leak"] else "")
    return table


def _with_spread(mean: float | None, spread: float | None) -> str:
    if mean is None or mean != mean:  # NaN: these runs were not tested
        return ""
    return _percent(mean) if spread is None or spread != spread else f"{_percent(mean)} ±{_percent(spread)}"
