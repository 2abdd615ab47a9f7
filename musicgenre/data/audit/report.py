"""An audit as a table, a figure and a summary."""

from pathlib import Path

from rich.table import Table

from musicgenre.cells import csv_text
from musicgenre.data.audit.collection import Audit
from musicgenre.files import replace_text
from musicgenre.shortened import names
from musicgenre.transcript import console, empty_table
from musicgenre.visual.audit import audit_figure
from musicgenre.visual.render import draw, write_png
from musicgenre.words import counted

_SHOWN = 10
_KINDS = (("exact", "copy of a file"), ("near", "pair of tracks that sound alike"))


def write_audit(found: Audit, folder: Path, name: str) -> None:
    """Write audit.csv and audit.png, and print a summary.

    Args:
        found: What an audit found.
        folder: Folder for the files.
        name: Name of the collection.
    """
    folder.mkdir(parents=True, exist_ok=True)
    replace_text(folder / "audit.csv", csv_text(found.tracks))
    write_png(folder / "audit.png", draw(audit_figure(found.tracks, name)))
    screen = console()
    screen.print(_by_genre(found))
    for line in summary(found):
        screen.print(line, soft_wrap=True, highlight=False, markup=False)
    wrote = f"One row per track: {folder / 'audit.csv'}; figure: {folder / 'audit.png'}"
    screen.print(wrote, soft_wrap=True, highlight=False, markup=False)


def summary(found: Audit) -> list[str]:
    """Say what an audit found, in lines of text.

    Example:
        >>> import pandas as pd
        >>> rows = {"track": ["a", "b"], "problem": ["", "unreadable: empty file (0 bytes)"]}
        >>> pairs = pd.DataFrame({"first": [], "second": [], "kind": [], "score": [], "splits": []})
        >>> summary(Audit(pd.DataFrame(rows), pairs))[:2]
        ['1 track with a problem:', '  b: unreadable: empty file (0 bytes)']
    """
    troubled = found.tracks[found.tracks.problem != ""]
    lines = [f"  {row.track}: {row.problem}" for row in troubled.itertuples()]
    shown = [f"{counted(len(troubled), 'track')} with a problem:", *_first(lines)] if lines else _sound(found)
    for kind, title in _KINDS if found.heard else _KINDS[:1]:
        pairs = found.pairs[found.pairs.kind == kind]
        divided = int((pairs.splits != "").sum())
        lines = [
            f"  {row.first} = {row.second}"
            + (f" ({row.score:.2f})" if kind == "near" else "")
            + _between(str(row.splits))
            for row in pairs.sort_values("splits", ascending=False, kind="stable").itertuples()
        ]
        is_split = len(pairs) and (found.tracks.split != "").any()
        where = f", {divided} of them on two sides of the split" if is_split else ""
        shown += [f"{counted(len(pairs), title)}{where}{':' if lines else '.'}", *_first(lines)]
    unheard = [] if found.heard else ["Tracks that sound alike were not looked for."]
    return [*shown, *unheard, *found.notes]


def _sound(found: Audit) -> list[str]:
    """Say what no track has, as far as it was looked for: pictures have no length, a table no files."""
    more = ", silent, clipped or of unusual length" if found.tracks.seconds.notna().any() else ""
    return [f"No track is unreadable{more}."] if found.opened else []


def _first(lines: list[str]) -> list[str]:
    more = [f"  and {len(lines) - _SHOWN} more, in audit.csv"] if len(lines) > _SHOWN else []
    return [*lines[:_SHOWN], *more]


def _between(splits: str) -> str:
    return f", {splits.replace('|', ' and ')}" if splits else ""


def _by_genre(found: Audit) -> Table:
    tracks = found.tracks
    numbers = ("tracks", "unique", "minutes", "seconds", "problems", "copies", "alike")
    table = empty_table("", ("genre",), numbers)
    table.padding = (0, 1, 0, 0)  # fits 80 columns
    by_genre = list(tracks.groupby("genre"))
    for name, (_, rows) in zip(names(genre for genre, _ in by_genre), by_genre, strict=True):
        seconds = rows.seconds.astype(float)
        lengths = [f"{seconds.sum() / 60:.1f}", f"{seconds.min():.2f} to {seconds.max():.2f}"]
        counts = [str((rows[column] != "").sum()) for column in ("problem", "same_as", "sounds_like")]
        looked = (found.opened, True, found.heard)
        counts = [count if did else "-" for count, did in zip(counts, looked, strict=True)]
        known = lengths if seconds.notna().any() else ["", ""]
        table.add_row(name, str(len(rows)), str(rows.recording.nunique()), *known, *counts)
    return table
