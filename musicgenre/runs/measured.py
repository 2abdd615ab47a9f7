"""Measured runs in small files: a row's test probabilities, compressed, from which its figures can be recomputed."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from musicgenre.errors import MusicGenreError
from musicgenre.evaluation.intervals import Interval, groups_of
from musicgenre.evaluation.metrics import genres_of, probabilities_of, probability_columns, track_probabilities
from musicgenre.evaluation.pooled import Pooled, pooled_accuracy
from musicgenre.files import NO_ARRAYS, draft_of, file_stem
from musicgenre.runs.asked import asked_of, processes_of
from musicgenre.runs.identity import DEVICES, REPEATED, override_key, says_where
from musicgenre.runs.published import published_of
from musicgenre.runs.rows import Row
from musicgenre.runs.settings import hidden_keys, setting_text


@dataclass(frozen=True)
class Measured:
    """A row's test segments, with a description of the row.

    Attributes:
        about: data, split, runs, tested epoch, leaks and command of the row; system and differs if it was published.
        segments: A predictions table of all runs, with the columns `run` and `group` (a number for each track or artist
            that a bootstrap draws as a whole).
        repeats: Which repeat each run belongs to, as in a row.
    """

    about: dict[str, str]
    segments: pd.DataFrame
    repeats: Sequence[int]

    def accuracy(self, level: str = "track") -> float:
        """Return the accuracy of its runs in %, as in a report.

        Args:
            level: "track" or "segment".
        """
        return 100 * self._pooled(level).accuracy

    def interval(self, level: str = "track") -> Interval:
        """Return the 95 % interval of the accuracy in %, as in a report.

        Args:
            level: "track" or "segment".
        """
        _, low, high = self._pooled(level)
        return Interval(100 * low, 100 * high)

    def _pooled(self, level: str) -> Pooled:
        return self._of_segments if level == "segment" else self._of_tracks

    @cached_property  # a bootstrap
    def _of_segments(self) -> Pooled:
        return pooled_accuracy(self.segments, self.segments["group"], self.repeats)

    @cached_property
    def _of_tracks(self) -> Pooled:
        tracks = track_probabilities(self.segments.drop(columns="group"))
        return pooled_accuracy(tracks, None if len(set(self.repeats)) == 1 else tracks["track"], self.repeats)


def keep_runs(rows: Sequence[Row], folder: Path) -> list[Path]:
    """Write the test probabilities of each row, without audio, as NAME.npz; return the files.

    An earlier file of the same row is overwritten; one of other data with the same name stays, next to NAME_2.npz.

    Args:
        rows: The rows of a report.
        folder: Folder for the files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths: dict[Path, Row] = {}
    for row in rows:
        if len(row.segments):
            name = file_name_of(row)
            names = (folder / f"{name}{f'_{number}' if number > 1 else ''}.npz" for number in count(1))
            paths[next(path for path in names if path not in paths and not _holds_other_data(path, row))] = row
    for path, row in paths.items():
        write_measured(row, path)
    return list(paths)


def file_name_of(row: Row) -> str:
    """Return a name that a row has in every report: its typed settings, its split and its data."""
    first = row.runs[0]
    asked = [text.removeprefix("experiment=") for text in asked_of(first)]
    for name in ("ensemble", "evaluated"):  # not after the folders of other runs
        if said := getattr(first, name):
            kept = [text for text in asked if override_key(text) not in hidden_keys(f"{name} {said}")]
            asked = [f"{name} {said.replace(' + ', ' ')}", *kept]
    words = [text for text in asked if not override_key(text).startswith(("split", "data."))]
    data = row.data.removeprefix(row.runs[0].data).split()  # the settings typed for it
    text = "_".join([*words, *row.split.split(), *row.data.split()[:1], *data])
    return file_stem(re.sub(r"[^\w.=-]+", "-", text), 200)


def _holds_other_data(path: Path, row: Row) -> bool:
    try:
        return path.is_file() and read_measured(path).about["data"] != row.data
    except (MusicGenreError, LookupError, TypeError):  # damaged, and about to be overwritten
        return False


def write_measured(row: Row, path: Path) -> None:
    """Write a row's test probabilities: in float16, or in float32 if float16 would change an answer.

    Args:
        row: A row that was tested.
        path: The file.
    """
    table = row.segments
    whole = probabilities_of(table)
    small: NDArray[np.floating] = whole.astype(np.float16)
    if not _same_answers(table, small):
        small = whole.astype(np.float32)
    names = table["recording" if "recording" in table else "track"].to_numpy(str)
    tracks, places = np.unique(names, return_inverse=True)
    summary, published = row.summary(), published_of(row)
    about = {name: str(summary[name]) for name in _ABOUT}
    about |= {"system": published.system, "differs": "; ".join(published.differences)} if published else {}
    about["command"] = command_of(row)
    with draft_of(path) as draft, draft.open("wb") as file:
        np.savez_compressed(
            file,
            probs=small,
            label=_small(table["label"].to_numpy()),
            track=tracks,
            place=_small(places),
            run=_small(table["run"].to_numpy()),
            repeat=_small(np.array(row.repeats)),
            group=_small(np.unique(groups_of(table).to_numpy(str), return_inverse=True)[1]),
            genres=np.array(row.genres),
            about=np.array(json.dumps(about)),
        )


def command_of(row: Row) -> str:
    """Return the command that repeats a row's runs, with DIR, FILE, CSV or RUN in place of paths on this machine."""
    if row.runs[0].ensemble:
        members = int(row.runs[0].metrics["members"])
        return f"musicgenre ensemble runs=[{','.join(['RUN'] * members)}]"
    typed = row.runs[0].overrides
    values = {key: [*dict.fromkeys(setting_text(run, key) for run in row.runs)] for key in REPEATED}
    words, several = [], DEVICES if processes_of(row.runs[0]) > 1 else None
    for text in typed:
        key = override_key(text)
        if key in _PLACES and text.partition("=")[2] not in ("", "null", "folders"):
            words.append(f"{key}={_PLACES[key]}")
        elif key in REPEATED and len(row.runs) > 1:
            words.append(f"{key}={','.join(values[key])}")
        elif key in _PLACES or key == several or not says_where(key):
            words.append(text)
    if row.runs[0].evaluated:
        return " ".join(["musicgenre evaluate", *words])
    left = [key for key in REPEATED if len(values[key]) > 1 and key not in map(override_key, typed)]
    words += [f"{key}={','.join(values[key])}" for key in left]  # of other runs; the first took the default
    return " ".join(["musicgenre train", *(["-m"] if len(row.runs) > 1 else []), *words])


_PLACES = {
    "data.root": "DIR",
    "data.table": "CSV",
    "data.artists": "FILE",
    "data.labels": "FILE",
    "split.file": "FILE",
    "run": "RUN",
    "gan_run": "RUN",
    "embed.run": "RUN",
}
_ABOUT = ("data", "split", "runs", "tested epoch", "parameters", "leaks")


def read_measured(path: Path) -> Measured:
    """Return what `write_measured` wrote.

    Raises:
        MusicGenreError: There is no such file, or it is not such a row.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:  # np.load leaves a damaged file open
            genres = kept["genres"].tolist()
            table = pd.DataFrame({"split": "test", "track": kept["track"][kept["place"]], "run": kept["run"]})
            table["group"] = kept["group"]
            label = kept["label"].astype(int)
            table = table.assign(genre=np.array(genres)[label], label=label)
            probs = kept["probs"].astype(np.float64)
            table = table.assign(**dict(zip(probability_columns(genres), probs.T, strict=True)))
            return Measured(json.loads(str(kept["about"])), table, kept["repeat"].tolist())
    except NO_ARRAYS as error:
        raise MusicGenreError(
            f"{path} is not a measured run ({error}): write it with musicgenre report keep=DIR."
        ) from error


def _small(numbers: NDArray[np.integer]) -> NDArray[np.unsignedinteger]:
    """Return non-negative integers in the smallest type that holds them."""
    small: NDArray[np.unsignedinteger] = numbers.astype(np.min_scalar_type(int(numbers.max())))
    return small


def _same_answers(table: pd.DataFrame, small: NDArray[np.floating]) -> bool:
    """Return whether rounded probabilities give the same genres, for segments and for tracks."""
    columns = probability_columns(genres_of(table))
    rounded = table.assign(**{name: small[:, n].astype(np.float64) for n, name in enumerate(columns)})
    pairs = ((table, rounded), (track_probabilities(table), track_probabilities(rounded)))
    return all((probabilities_of(a).argmax(axis=1) == probabilities_of(b).argmax(axis=1)).all() for a, b in pairs)
