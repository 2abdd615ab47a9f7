"""How much of an accuracy is leak: rows that differ only in the split, compared with the most honest of them."""

import logging
from collections.abc import Sequence

import numpy as np
import pandas as pd

from musicgenre.errors import MusicGenreError
from musicgenre.evaluation.same_tracks import independent_difference
from musicgenre.runs.labels import told_genres
from musicgenre.runs.read import read_split
from musicgenre.runs.rows import Row
from musicgenre.runs.settings import split_of

log = logging.getLogger(__name__)

# From the split that leaks most to the one that leaks least: segments, then tracks, then artists.
_ORDER = ("segment_random", "random_80_20", "random_70_30", "stratified", "filtered", "artist_kfold")
_REFERENCES = ("artist_kfold", "filtered")  # splits that do not leak, as far as is known


def leak_gap(rows: Sequence[Row]) -> pd.DataFrame:
    """Return every model that was tested under several splits of the same data, and what each split adds.

    Args:
        rows: The rows of a report.

    Returns:
        One row per model and split: run, data, split, training tracks, tracks (tested), accuracy, low, high, segment
        accuracy (all %), gap (points above the reference, the split by artist or else the filtered lists), gap low,
        gap high (Newcombe's interval for different tracks), leaks. Empty where no model has two splits, one of them a
        reference.
    """
    models: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        if len(row.tracks) and "train_on_val" not in row.split:  # which trains on more tracks
            models.setdefault((row.name, row.data, *row.genres), []).append(row)
    found = []
    for members in models.values():
        by_tracks = sorted(members, key=lambda row: row.tracks["track"].nunique())
        named = {_kind(row): row for row in by_tracks}  # of two splits of one kind, the one that tests more tracks
        reference = next((named[name] for name in _REFERENCES if name in named), None)
        if reference is None:
            continue
        under = [row for row in members if row is reference or split_of(row.runs[0]) != split_of(reference.runs[0])]
        if len(under) > 1:  # folds of one split, where these are rows, leak nothing more than each other
            ordered = sorted(under, key=lambda row: _ORDER.index(_kind(row)) if _kind(row) in _ORDER else 3)
            alike = [row for row in rows if (row.name, row.data) == (reference.name, reference.data)]
            name = ", ".join([reference.name, *told_genres(reference, alike)])
            found += [{"run": name, **_line(row, reference)} for row in ordered]
    return pd.DataFrame(found)


def _line(row: Row, reference: Row) -> dict[str, float | str]:
    summary = row.summary()
    mean, n = row.accuracy("track").accuracy, row.tracks["track"].nunique()
    other, m = reference.accuracy("track").accuracy, reference.tracks["track"].nunique()
    gap = independent_difference(other, m, mean, n) if row is not reference else (np.nan, np.nan)
    return {
        "data": row.data,
        "split": row.split,
        "training tracks": _training_tracks(row),
        "tracks": n,
        "accuracy": 100 * mean,
        "low": float(summary["track accuracy % low"]),
        "high": float(summary["track accuracy % high"]),
        "segment accuracy": float(summary["segment accuracy %"]),
        "gap": 100 * (mean - other) if row is not reference else 0.0,
        "gap low": 100 * gap[0],
        "gap high": 100 * gap[1],
        "leaks": str(summary["leaks"]),
    }


def _kind(row: Row) -> str:
    return row.split.partition(" ")[0]


def _training_tracks(row: Row) -> float:
    """Return the mean number of training tracks of the row's runs; NaN if none kept an intact split.csv."""
    counts = []
    for run in row.runs:
        if not run.files.split_csv.is_file():
            continue
        try:
            table = read_split(run.files.split_csv)
        except MusicGenreError as error:
            log.warning("The training tracks of %s are not counted: %s", run.folder, error)
            continue
        counts.append(table["track"][table["split"] == "train"].nunique())
    return float(np.mean(counts)) if counts else np.nan
