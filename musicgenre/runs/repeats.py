"""Whether the runs of a row are repeats of each other, and complete: copies are left out, other doubts are reported."""

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import pandas as pd

from musicgenre.errors import MusicGenreError
from musicgenre.runs.identity import REPEATED, equal_numbers, says_where, what_counts
from musicgenre.runs.labels import label_of
from musicgenre.runs.read import read_split
from musicgenre.runs.rows import Row
from musicgenre.runs.run import Run
from musicgenre.runs.settings import data_of, setting_text
from musicgenre.runs.sums import sha256_of
from musicgenre.runs.tested import file_tested_by
from musicgenre.words import some

log = logging.getLogger(__name__)

Found = TypeVar("Found")


def without_copies(found: Sequence[tuple[Run, Found]]) -> tuple[list[tuple[Run, Found]], dict[Path, str]]:
    """Return the runs without duplicates; and a reason by folder for the others, which the log names.

    A run is a duplicate if its settings, its data's name and its predictions are those of another one: a copied folder,
    or a job that was run again. Settings that a run ignores, as classical models do a learning rate, do not count.

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
        if _identity(run, whole=True) != _identity(first, whole=True):
            left_out[run.folder] += ", but for settings without effect on it"
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
        folds.setdefault(row.seeds_and_folds[place][1], []).append(place)
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


def lacking(rows: Sequence[Row]) -> list[str]:
    """Return which seeds and folds are missing, in a sentence for all rows that lack the same ones.

    A row of several folds should have every fold of its split with each of its seeds, and rows of the same data and
    split that share a seed and fold should have the same ones: all trained, or all tested again, for which they are
    those of the runs behind.

    Args:
        rows: The rows of a report.
    """
    own = [set(row.seeds_and_folds) for row in rows]
    named: dict[tuple[tuple[str, ...], ...], list[str]] = {}
    for row, those in zip(rows, own, strict=True):
        wanted = _cross_validation(row)
        for other, theirs in zip(rows, own, strict=True):
            alike = other.group == row.group and bool(other.runs[0].evaluated) == bool(row.runs[0].evaluated)
            wanted |= theirs if alike and theirs & those else set()
        if ("", "") in those:  # an evaluation whose run is gone may be of any seed
            continue
        if missing := sorted(wanted - those - {("", "")}, key=lambda each: [(len(text), text) for text in each]):
            named.setdefault(tuple(missing), []).append(label_of(row, rows))
    return [
        f"{some(labels)} {'lacks' if len(labels) == 1 else 'lack'} "
        + some(["seed " + " fold ".join(filter(None, each)) for each in missing])
        + "."
        for missing, labels in named.items()
    ]


def _cross_validation(row: Row) -> set[tuple[str, ...]]:
    """Return the seeds of a row with every fold of its split; nothing for a single fold, which is a split by itself."""
    seeds, folds = ({each[place] for each in row.seeds_and_folds} for place in (0, 1))
    if len(folds) < 2:
        return set()
    counts = (setting_text(run, "split.folds") for run in row.runs)  # an evaluation whose run is gone has none
    count = next(filter(None, counts), "")
    if count.isdecimal() and len(count) < 7:  # a split of one's own may have no such setting
        folds |= set(map(str, range(int(count))))
    return {(seed, fold) for seed in seeds for fold in folds}


def _identity(run: Run, whole: bool = False) -> str:
    """Return settings, data and predictions in one text; `whole` with the settings that have no effect on the run."""

    def is_idle(key: str) -> bool:
        return says_where(key) or (not whole and run.ignores(key))

    config = what_counts(run.config if run.files.config_yaml.exists() else {}, without=is_idle)
    if run.evaluated:
        config["run"] = file_tested_by(run)
    choices = run.choices if run.files.hydra_yaml.exists() else {}
    chosen = {group: option for group, option in choices.items() if not is_idle(group)}
    about = (equal_numbers(config), chosen, data_of(run), sha256_of(run.files.predictions_csv))
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
