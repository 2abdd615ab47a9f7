"""The folder of a prediction: its tables, and what becomes of those that an earlier call has written there."""

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from musicgenre.cells import csv_text, unguard
from musicgenre.data.corpus.layout import listed
from musicgenre.data.heard import COLUMNS, files_table
from musicgenre.files import file_stem, replace_text
from musicgenre.prediction.result import Prediction
from musicgenre.prediction.tables import predictions_frame, segments_frame
from musicgenre.words import counted

log = logging.getLogger(__name__)

_WHOLE = ("predictions.csv", "segments.csv", "predictions.json", "tracks.csv")
_PARTIAL = ".partial."  # before the suffix
_NAMES = tuple(name for whole in _WHOLE for name in (whole, whole.replace(".", _PARTIAL)))
_LONGEST_NAME = 200  # bytes: file systems allow 255, with suffix


class Answers(NamedTuple):
    """What was heard of files.

    Attributes:
        genres: The genres asked for.
        found: Predictions by file.
        unusable: By file, why it cannot be used.
        tracks: Rows of `tracks.csv`, see `file_row`.
    """

    genres: tuple[str, ...]
    found: dict[str, Prediction]
    unusable: dict[str, str]
    tracks: list[dict[str, Any]]


def holds_tables(folder: Path) -> bool:
    """Return whether a call that was not ended early has written tables into a folder."""
    return any((folder / name).exists() for name in _WHOLE)


def write_tables(folder: Path, answers: Answers, formats: Sequence[str], *, figures: bool) -> None:
    """Write `tracks.csv` and the requested tables: `predictions.csv` and `segments.csv`, `predictions.json`.

    What an earlier call wrote is removed, so that it does not mix with the new results: its figures of other
    recordings, and its tables if any is requested now. What is removed and what is kept is logged.

    Args:
        folder: Where they are written.
        answers: What was heard.
        formats: Any of "csv" and "json".
        figures: Whether the recordings' figures are drawn next; if not, an earlier call's are kept.
    """
    drawn = _earlier_figures(folder)  # by the table that is replaced now
    written = _write(folder, answers, formats)
    others = [name for name in _NAMES if name not in written and (folder / name).exists()]
    lost = drawn - {figure_path(folder, name) for name in answers.found}
    same = [counted(len(drawn - lost), "figure")] if drawn - lost else []
    for setting, kept in (("save=csv", [] if formats else others), ("figures=true", [] if figures else same)):
        if kept:
            log.warning("%s in %s: of an earlier call, and kept; %s replaces them.", listed(kept), folder, setting)
    for path in (*(folder / name for name in others if formats), *(drawn if figures else lost)):
        path.unlink(missing_ok=True)
    if gone := [*(others if formats else ()), *([counted(len(lost), "figure")] if lost else ())]:
        log.info("Removed what an earlier call wrote in %s: %s.", folder, listed(gone))


def write_part(folder: Path, answers: Answers, formats: Sequence[str]) -> list[str]:
    """Write the tables of a call that was ended early under names of their own, in place of an earlier one's."""
    written = _write(folder, answers, formats or ["csv"], _PARTIAL)
    for name in {each.replace(".", _PARTIAL) for each in _WHOLE} - {*written}:
        (folder / name).unlink(missing_ok=True)
    return written


def figure_path(folder: Path, name: str) -> Path:
    """Return the path of a recording's figure: in the same folders, every part short enough for a suffix."""
    parts = [part if len(part.encode()) <= _LONGEST_NAME else file_stem(part) for part in name.split("/")]
    return folder / "figures" / f"{'/'.join(parts)}.png"


def _write(folder: Path, answers: Answers, formats: Sequence[str], dot: str = ".") -> list[str]:
    """Write tables, with `dot` before their suffixes; return their names."""
    predictions = predictions_frame(answers.found, answers.unusable, answers.genres)
    texts = {}
    if "csv" in formats:
        texts["predictions.csv"] = csv_text(predictions, digits=9)
        texts["segments.csv"] = csv_text(segments_frame(answers.found, answers.genres), digits=9)
    if "json" in formats:
        texts["predictions.json"] = json.dumps(_records(predictions), indent=2, ensure_ascii=False)
    texts["tracks.csv"] = csv_text(files_table(answers.tracks), digits=9)
    named = {name.replace(".", dot): text for name, text in texts.items()}
    for name, text in named.items():
        replace_text(folder / name, text)
    return list(named)


def _earlier_figures(folder: Path) -> set[Path]:
    """Return the figures that an earlier call drew.

    Only those that `tracks.csv` names: others with such names (`photo-20240131.png`) may be the user's own.
    """
    try:
        earlier = pd.read_csv(folder / "tracks.csv", usecols=list(COLUMNS), dtype=str, keep_default_na=False)
    except (OSError, ValueError):  # there was none, or the table is not ours
        return set()
    drawn = {figure_path(folder, unguard(name)) for name in earlier[COLUMNS[0]]}
    figures = (folder / "figures").resolve()
    return {path for path in drawn if path.exists() and path.resolve().is_relative_to(figures)}  # whatever it says


def _records(predictions: pd.DataFrame) -> list[dict[str, object]]:
    """Turn rows into plain values, leaving out what is unknown."""
    rows = predictions.to_dict("records")
    return [{str(key): value for key, value in row.items() if not pd.isna(value)} for row in rows]
