"""Whether the runs of a row are repeats of each other: copies are left out, and other doubts are reported."""

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import pandas as pd

from musicgenre.errors import MusicGenreError
from musicgenre.runs.identity import FOLD, REPEATED, equal_numbers, says_where, what_counts
from musicgenre.runs.read import read_split
from musicgenre.runs.rows import Row
from musicgenre.runs.run import Run
from musicgenre.runs.settings import data_of, setting_text
from musicgenre.runs.sums import sha256_of

log = logging.getLogger(__name__)

Found = TypeVar("Found")


def without_copies(found: Sequence[tuple[Run, Found]]) -> tuple[list[tuple[Run, Found]], dict[Path, str]]:
    """Return the runs without duplicates; and a reason by folder for the others, which the log names.

    A run is a duplicate if its settings, its data's name and its predictions are those of another one: a copied folder,
    or a job that was run again.

    Args:
        found: Finished runs, each with any object.
    """
    firsts: dict[str, Run] = {}
    kept, left_out = [], {}
    for run, what in found:
        first = firsts.setdefault(_identity(run), run)
        if first is run:
            kept.append((run, what))
            continue
        left_out[run.folder] = f"it has the settings and predictions of {first.folder}"
        log.warning("%s is left out: %s.", run.folder, left_out[run.folder])
    return kept, left_out


def doubts(row: Row, over: Sequence[str] = REPEATED) -> list[str]:
    """Return doubts about whether the runs of a row are repeats of each other, a sentence each.

    Args:
        row: A row of a report.
        over: Keys that tell equal runs apart.
    """
    said = []
    same: dict[tuple[str, ...], list[int]] = {}
    folds: dict[str, list[int]] = {}
    for place, run in enumerate(row.runs):
        same.setdefault(tuple(setting_text(run, key) for key in over), []).append(place)
        folds.setdefault(setting_text(run, FOLD), []).append(place)
    if (again := next((places for places in same.values() if len(places) > 1), None)) is not None:
        said.append(f"{_two(row, again)} have the same {' and '.join(over) or 'settings'}, but count as repeats.")
    for places in folds.values():
        known = {place: _tracks(row.runs[place], row.predictions[place]) for place in places if len(places) > 1}
        apart = [place for place, tracks in known.items() if not tracks & known[places[0]]]
        if apart:
            said.append(
                f"{_two(row, [places[0], *apart])} have no track in common, but count as runs on one collection: if "
                "there are two, give their folders different names."
            )
            break
    return said


def _identity(run: Run) -> str:
    config = run.config if run.files.config_yaml.exists() else {}
    choices = run.choices if run.files.hydra_yaml.exists() else {}
    chosen = {group: option for group, option in choices.items() if not says_where(group)}
    about = (equal_numbers(what_counts(config)), chosen, data_of(run), sha256_of(run.files.predictions_csv))
    return json.dumps(about, sort_keys=True, default=str)


def _tracks(run: Run, predictions: pd.DataFrame) -> set[str]:
    """Return the tracks of a run's collection, as far as known."""
    tracks = set(predictions["track"])
    try:
        return tracks | (set(read_split(run.files.split_csv)["track"]) if run.files.split_csv.is_file() else set())
    except MusicGenreError:
        return tracks


def _two(row: Row, places: Sequence[int]) -> str:
    first, other = (row.runs[place].folder for place in places[:2])
    return f"{first} and {other}{f' (and {len(places) - 2} more)' if len(places) > 2 else ''}"
