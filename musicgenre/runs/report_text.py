"""A report's tables as text: for the screen and for Markdown."""

import re
from collections.abc import Iterable, Sequence
from typing import Literal

import pandas as pd
from rich.markup import escape
from rich.table import Table

from musicgenre.progress import duration
from musicgenre.runs.comparisons import COLUMNS as PAIRS
from musicgenre.shortened import names
from musicgenre.transcript import empty_table
from musicgenre.words import p_text

COLUMNS = (
    "run", "runs", "tracks", "train %", "val %", "track accuracy %", "vs. first", "segment accuracy %", "macro-F1 %",
    "top-2 %", "ECE %", "leaks", "published %", "epoch", "parameters", "time", "device",
)  # fmt: skip
SYSTEMS = ("`experiment=`", "`split=`", "tested", "published", "measured")
PAIRS_SAID = (
    "accuracy: of the mean probabilities over the runs that are compared, which can be more accurate than the runs are "
    "on average. difference: accuracy of b minus that of a in points, with its 95 % interval; p: of McNemar's exact "
    "test, and with Holm's correction over all pairs. The verdict names the more accurate row, or is a tie if the "
    "adjusted p is not below 0.05."
)
_SPLIT = 16  # characters of a split's name that are kept on one line
SHORT = ("#", "run", "runs", "tested", "val", "tracks (95 %)", "vs. 1st")
COSTS = ("#", "segments (95 %)", "F1", "epoch", "parameters", "time", "device")


def number(value: float, digits: int = 1) -> str:
    """Return a number as text; a dash if it is not defined.

    Example:
        >>> number(73.333), number(-0.04), number(float("nan"))
        ('73.3', '0.0', '-')
    """
    return "-" if value != value else f"{value:z.{digits}f}"


def with_interval(row: pd.Series, name: str) -> str:
    """Return a mean with its spread over repeats and its interval: "73.3 ±1.2 (68.1 to 78.0)"."""
    if row[name] != row[name]:
        return "-"
    spread = row.get(f"{name} sd", float("nan"))
    between = f" ±{spread:.1f}" if spread == spread else ""
    return f"{row[name]:.1f}{between} ({row[f'{name} low']:.1f} to {row[f'{name} high']:.1f})"


def macro_f1(row: pd.Series) -> str:
    """Return the macro F1, with the number of genres that it covers if some have no test track."""
    counted, known = row["macro-F1 genres"], row["genres"]
    return number(row["macro-F1 %"]) + (f" ({counted:.0f}/{known:.0f} genres)" if 0 < counted < known else "")


def published_text(row: pd.Series) -> str:
    """Return the published figure and what differs: "62.0 (protocol honest, not as_published)"; empty without one."""
    if row["published %"] != row["published %"]:
        return ""
    counted = "" if row["published level"] == "track" else "segments; "
    differs = row["published differs"] or "as published"
    return f"{row['published %']:g} ({counted}{differs})"


def cells(row: pd.Series) -> list[str]:
    """Return a row of the results as text, in the order of `COLUMNS`."""
    return [
        str(row["run"]), f"{row['runs']:.0f}", f"{row['tracks']:.0f}", number(row["train track accuracy %"]),
        number(row["val track accuracy %"]), with_interval(row, "track accuracy %"), str(row["to first"]),
        with_interval(row, "segment accuracy %"), macro_f1(row), number(row["top-2 %"]),
        number(row["calibration error %"]), str(row["leaks"]), published_text(row), str(row["tested epoch"]),
        grouped(row["parameters"]), duration(row["seconds"]), str(row["device"]),
    ]  # fmt: skip


def system_cells(results: pd.DataFrame) -> list[list[str]]:
    """Return the rows with their published figures, in the order of `SYSTEMS`; empty if no row has such a figure.

    Accuracies are of tracks, or of segments if the source counts these.

    Args:
        results: The table of results.csv.
    """
    if not results["published %"].notna().any():
        return []
    return [
        [
            f"`{row['run']}`", f"`{row['split']}`", _tested(row), f"{row['published %']:g}".replace("nan", ""),
            with_interval(row, f"{row['published level'] or 'track'} accuracy %"),
        ]
        for _, row in results.iterrows()
    ]  # fmt: skip


def _tested(row: pd.Series) -> str:
    segments = "segments of " if row["published level"] == "segment" else ""
    tracks = f"{row['tracks']:.0f} track{'' if row['tracks'] == 1 else 's'}"
    return f"{segments}{tracks}, {row['runs']:.0f} run{'s' if row['runs'] > 1 else ''}"


def grouped(text: object) -> str:
    """Return numbers with commas between thousands.

    Example:
        >>> grouped("86314"), grouped("1000-20000"), grouped("")
        ('86,314', '1,000-20,000', '')
    """
    return re.sub(r"\d+", lambda found: f"{int(found[0]):,}", str(text))


def markdown(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    r"""Return a table in Markdown.

    Example:
        >>> print(markdown(["a|b", "c"], [["<1>", r"`C:\<1>`"]]))
        | a\|b | c |
        | --- | --- |
        | &lt;1> | `C:\<1>` |
    """
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(_in_markdown(cell) for cell in line) + " |" for line in lines)


def screen_tables(results: pd.DataFrame) -> list[Table]:
    """Lay out a report's rows for the terminal, within 80 columns: accuracies, costs, leaks, published figures.

    Args:
        results: The table of results.csv.
    """
    numbered = results.assign(**{"#": [str(n) for n in range(1, len(results) + 1)]})
    tables = []
    for (data, split), rows in numbered.groupby(["data", "split"], sort=False):
        table = _table(f"{data}, {split}: test accuracy (%)", SHORT, ("run",))
        for name, (_, row) in zip(names(rows["run"]), rows.iterrows(), strict=True):
            counts = [f"{row['runs']:.0f}", f"{row['tracks']:.0f}", number(row["val track accuracy %"])]
            table.add_row(row["#"], name, *counts, _brief(row, "track accuracy %"), row["to first"])
        tables.append(table)
    costs = _table("Segment accuracy and macro-F1 (%), size and training time", COSTS, ())
    notes = _table("Published accuracy (%), and leaks", ("#", "published", "differs", "leaks"), ("differs", "leaks"))
    for _, row in numbered.iterrows():
        took = [row["tested epoch"], grouped(row["parameters"]), duration(row["seconds"]), escape(row["device"])]
        costs.add_row(row["#"], _brief(row, "segment accuracy %"), macro_f1(row), *took)
        published = "" if row["published %"] != row["published %"] else f"{row['published %']:g}"
        if published or row["leaks"]:
            notes.add_row(row["#"], published, escape(row["published differs"]), escape(row["leaks"]))
    return [*tables, costs, *([notes] if notes.row_count else [])]


def explained(results: pd.DataFrame) -> list[str]:
    """Return sentences that explain the columns of the first tables, as far as they are shown.

    Args:
        results: The table of results.csv.
    """
    said = ["tested: test tracks; val: validation accuracy, by which rows are sorted; in brackets: 95 % interval."]
    if results["track accuracy % sd"].notna().any():
        said[0] = (
            said[0].removesuffix(".")
            + "; after ±: standard deviation over repeats, such as seeds (all folds of a seed are one)."
        )
    said += versus(results, SHORT[-1])
    if (results["run"] == "defaults").any():
        said.append("defaults: besides data, split and what is averaged over, nothing was set that affects results.")
    return said


def versus(results: pd.DataFrame, heading: str) -> list[str]:
    """Return a sentence that explains the column of differences, if there are several rows.

    Args:
        results: The table of results.csv.
        heading: The column's heading.
    """
    if len(results) < 2:
        return []
    several = (results["runs"] > 1).any()
    means = ", by mean probabilities, which can be more accurate than the runs are on average" if several else ""
    return [
        f"{heading}: difference from the table's first row in points, on the same test tracks{means}; tie: the "
        "difference may be due to chance (McNemar's test, p not below 0.05 after Holm's correction)."
    ]


def gap_tables(gap: pd.DataFrame) -> list[Table]:
    """Lay out what splits leak, one table per model: track accuracies, and points above the reference.

    Args:
        gap: From `musicgenre.runs.leak_gap.leak_gap`; may be empty.
    """
    tables = []
    for (run, data), rows in gap.groupby(["run", "data"], sort=False) if len(gap) else []:
        headings = ("split", "train", "tested", "tracks", "above", "leaks")
        title = f"Leak gap of {run}, {data}: accuracy (%) and points above the reference; 95 % intervals"
        table = _table(title, headings, ("split", "leaks"))
        table.padding = (0, 1, 0, 0)
        table.columns[0].min_width = min(_SPLIT, max(map(len, rows["split"])))
        for _, row in rows.iterrows():
            tracks = f"{row['accuracy']:.1f} ({row['low']:.0f}-{row['high']:.0f})"
            above = f"{row['gap']:+z.1f} ({row['gap low']:+z.0f} to {row['gap high']:+z.0f})"
            counts = [number(row["training tracks"], 0), f"{row['tracks']:.0f}"]
            reference = "reference" if row["gap low"] != row["gap low"] else above
            table.add_row(escape(row["split"]), *counts, tracks, reference, escape(row["leaks"].replace(", ", "\n")))
        tables.append(table)
    return tables


def _brief(row: pd.Series, name: str) -> str:
    """Return a mean with its spread over repeats and its interval in whole numbers: "73.3 ±1.2 (68-78)"."""
    if row[name] != row[name]:
        return "-"
    spread = row[f"{name} sd"]
    between = f" ±{spread:.1f}" if spread == spread else ""
    return f"{row[name]:.1f}{between} ({row[f'{name} low']:.0f}-{row[f'{name} high']:.0f})"


def _table(title: str, headings: Sequence[str], folded: Sequence[str]) -> Table:
    table = empty_table(title, ())
    for heading in headings:
        fold = heading in folded
        justify: Literal["left", "right"] = "left" if fold or heading == "device" else "right"
        table.add_column(heading, justify=justify, no_wrap=not fold, overflow="fold", min_width=12 if fold else None)
    return table


def _in_markdown(text: str) -> str:
    if text.startswith("`"):  # code, as it is
        return text.replace("|", "\\|")
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


def pair_cells(pairs: pd.DataFrame) -> list[list[str]]:
    """Return the table of comparisons as text."""
    shown = {name: "{:.1f}".format for name in PAIRS if "%" in name} | dict.fromkeys(("p", "p Holm"), p_text)
    return [[shown.get(str(name), str)(value) for name, value in row.items()] for row in pairs.to_dict("records")]


def plain_cells(table: pd.DataFrame) -> list[list[str]]:
    """Return any table as text: numbers with one decimal, whole columns with none, losses with three, a dash for NaN.

    Example:
        >>> plain_cells(pd.DataFrame({"accuracy": [70.0, 52.5], "epoch": [3.0, float("nan")]}))
        [['70.0', '3'], ['52.5', '-']]
    """
    columns = [_plain(column.tolist(), 3 if "loss" in str(name) else 1) for name, column in table.items()]
    return [list(row) for row in zip(*columns, strict=True)]


def _plain(values: Sequence[object], digits: int) -> list[str]:
    whole = all(round(value, 6).is_integer() for value in values if isinstance(value, float) and value == value)
    return [number(value, 0 if whole else digits) if isinstance(value, float) else str(value) for value in values]
