"""Repeated runs as one row: their test tracks together, with mean, spread and intervals."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from musicgenre.evaluation.calibration import calibration_error, top_accuracy
from musicgenre.evaluation.intervals import ARTIST, groups_of, is_right
from musicgenre.evaluation.metrics import (
    genres_of,
    probabilities_of,
    probability_columns,
    segment_metrics,
    track_probabilities,
)
from musicgenre.evaluation.pooled import Pooled, pooled_accuracy, repeats_by, tested_once
from musicgenre.runs.identity import FOLD, REPEATED
from musicgenre.runs.leaks import joined, leak_words
from musicgenre.runs.read import damaged
from musicgenre.runs.run import Run
from musicgenre.runs.settings import Settings, data_of, names_of, repeat_of, settings_of, split_of

_RUN = "run"  # column of a pooled table: which of the row's runs
_RECORDING = "recording"  # column of some runs' tables, the same for tracks that are parts or copies of one recording


@dataclass(frozen=True)
class Row:
    """Runs that differ only in the seed, the fold, or other keys to average over.

    Attributes:
        name: What tells it from other rows.
        data: The data's name.
        split: The split's name.
        runs: One or more runs.
        predictions: Each run's predictions table, all with the same genres.
    """

    name: str
    data: str
    split: str
    runs: tuple[Run, ...]
    predictions: tuple[pd.DataFrame, ...]

    @property
    def group(self) -> tuple[str, str]:
        """Data and split: rows of one group can be ranked together."""
        return self.data, self.split

    @property
    def genres(self) -> list[str]:
        """The genres, in the order of their labels."""
        return genres_of(self.predictions[0])

    @cached_property
    def seeds_and_folds(self) -> list[tuple[str, ...]]:
        """What tells each run from its repeats: seed and fold, each empty if it has none, see `repeat_of`."""
        return [repeat_of(run) for run in self.runs]

    def of_runs(self, places: Sequence[int]) -> "Row":
        """Return a row of only some of its runs; itself if these are all.

        Args:
            places: Indices of these runs.
        """
        if (chosen := tuple(places)) not in self._parts:
            runs, predictions = (self.runs[n] for n in chosen), (self.predictions[n] for n in chosen)
            self._parts[chosen] = replace(self, runs=tuple(runs), predictions=tuple(predictions))
        return self._parts[chosen]

    @cached_property
    def _parts(self) -> dict[tuple[int, ...], "Row"]:
        """Rows of some runs, kept as a row is compared with many others."""
        return {tuple(range(len(self.runs))): self}

    @cached_property
    def segments(self) -> pd.DataFrame:
        """The test segments of all runs, with the column `run`; empty if none was tested."""
        return self._pooled("test")

    @cached_property
    def tracks(self) -> pd.DataFrame:
        """The test tracks of all runs, one row per test of a track, with the column `run`."""
        return track_probabilities(self.segments) if len(self.segments) else self.segments

    @cached_property
    def mean_tracks(self) -> pd.DataFrame:
        """One row per test track, by id: genre, label, and the mean probabilities of the runs that tested it."""
        columns = probability_columns(self.genres)
        if not len(self.tracks):
            return self.tracks
        means = self.tracks.groupby(["track", "genre", "label"], sort=True)[columns].mean()
        return means.reset_index().set_index("track")

    @cached_property
    def accuracies(self) -> pd.DataFrame:
        """One row per run: accuracy of test/track and test/segment (NaN if none)."""
        return pd.DataFrame([_accuracies(table) for table in self.predictions])

    @cached_property
    def validation(self) -> float:
        """Accuracy on validation tracks, pooled as on test tracks, by which rows are sorted; NaN if there are none."""
        segments = self._pooled("val")
        tracks = track_probabilities(segments) if len(segments) else segments
        return pooled_accuracy(tracks, None, self.repeats).accuracy if len(tracks) else np.nan

    @cached_property
    def repeats(self) -> list[int]:
        """Which repeat each run belongs to, for intervals: all runs are one if no track was tested twice."""
        return [0] * len(self.runs) if tested_once(self.tracks) else self._seeds

    @cached_property
    def _seeds(self) -> list[int]:
        """Which repeat each run belongs to, for means and spreads: seeds are always repeats, whatever they test."""
        over = (FOLD, "run")  # an evaluation is told by the seed of its run
        settings = zip(settings_of(self.runs, over), self.runs, self.seeds_and_folds, strict=True)
        known = [
            (each, data_of(run, over), split_of(run, over), seed or (run.folder if run.evaluated else None))
            for each, run, (seed, _) in settings
        ]
        return repeats_by(self.tracks, known)

    @property
    def is_tested_once(self) -> bool:
        """Whether no track was tested twice: there is one run, or they are the folds of one cross-validation."""
        return len(set(self.repeats)) == 1

    def accuracy(self, level: str) -> Pooled:
        """Return the accuracy with its 95 % interval over tracks; NaN without a test track.

        It is the mean over the row's repeats, in each of which all tracks count equally: those of one run, or of all
        folds of a cross-validation. The interval is Wilson's if every track was tested once, else a bootstrap over
        tracks. For segments it is a bootstrap over tracks, or over artists if they are known.

        Args:
            level: "track" or "segment".
        """
        table, once = (self.tracks if level == "track" else self.segments), self.is_tested_once
        if not len(table):
            return Pooled(np.nan, np.nan, np.nan)
        groups = (None if once else table["track"]) if level == "track" else groups_of(table)
        return pooled_accuracy(table, groups, self.repeats)

    @property
    def macro_f1(self) -> float:
        """The mean over the row's repeats of the macro F1 on all test tracks of a repeat; NaN without any."""
        return float(self._of_repeats("track")["macro_f1"].mean())

    def _of_repeats(self, level: str) -> pd.DataFrame:
        """Return one row per seed, or other repeat: accuracy and macro F1 of all its test tracks, or segments."""
        table = self.tracks if level == "track" else self.segments
        repeats = table.groupby(table["run"].map(dict(enumerate(self._seeds))))
        found = [segment_metrics(probabilities_of(rows), rows["label"].to_numpy()) for _, rows in repeats]
        return pd.DataFrame(found, columns=["accuracy", "macro_f1"], dtype=np.float64)

    def summary(self) -> dict[str, float | str]:
        """Return the row's entries in the report's table: shares in %, with their standard deviation over repeats."""
        found: dict[str, float | str] = {"data": self.data, "split": self.split, "run": self.name}
        found |= {"runs": len(self.runs), "tracks": self.tracks["track"].nunique(), "segments": len(self.segments)}
        training = pd.Series(self._of_runs("train/track/accuracy")).groupby(self.repeats).mean()
        found |= {"train track accuracy %": 100 * float(training.mean())}
        found |= {"val track accuracy %": 100 * self.validation}
        for level in ("segment", "track"):
            share, low, high = self.accuracy(level)
            name = f"{level} accuracy %"
            found |= {name: 100 * share, f"{name} low": 100 * low, f"{name} high": 100 * high}
            found |= {f"{name} sd": 100 * self._of_repeats(level)["accuracy"].std()}
        found |= {"macro-F1 %": 100 * self.macro_f1, "macro-F1 % sd": 100 * self._of_repeats("track")["macro_f1"].std()}
        return found | self._calibration() | self._training()

    def _calibration(self) -> dict[str, float | str]:
        if not len(self.tracks):
            return {"macro-F1 genres": 0, "top-2 %": np.nan, "calibration error %": np.nan}
        probs, labels = probabilities_of(self.tracks), self.tracks["label"].to_numpy()
        repeat = np.asarray(self.repeats)[self.tracks["run"]]
        top = [top_accuracy(probs[repeat == each], labels[repeat == each]) for each in np.unique(repeat)]
        return {
            "macro-F1 genres": len(np.unique(labels)),
            "top-2 %": 100 * float(np.mean(top)),
            "calibration error %": 100 * calibration_error(probs, labels),
        }

    def _training(self) -> dict[str, float | str]:
        return {
            "tested epoch": _span(self._numbers("tested_epoch")),
            "epochs": _span([*filter(None, self._numbers("epochs"))]),  # 0 of a classical model, which has none
            "parameters": _span(self._numbers("parameters")),
            "seconds": float(np.mean(self._numbers("fit_seconds") or [np.nan])),
            "device": ", ".join(dict.fromkeys(filter(None, map(device_of, self.runs)))),
            "leaks": leak_words(joined(run.metrics for run in self.runs)),
        }

    @property
    def pruned_epochs(self) -> str:
        """The epochs after which a search pruned runs of the row, such as "5" or "5-9"; empty if it pruned none."""
        return _span(self._numbers("pruned_epoch"))

    def _numbers(self, name: str) -> list[float]:
        return [value for value in self._of_runs(name) if value == value]

    def _of_runs(self, name: str) -> list[float]:
        found = [run.metrics.get(name) for run in self.runs]
        return [float(value) if isinstance(value, int | float) else np.nan for value in found]

    def _pooled(self, split: str) -> pd.DataFrame:
        tables = [table[table["split"] == split].assign(**{_RUN: n}) for n, table in enumerate(self.predictions)]
        for name in (_RECORDING, ARTIST):
            if any(name in table for table in tables):
                tables = [_filled(table, name) for table in tables]
        return pd.concat(tables, ignore_index=True)


def rows_of(runs: Sequence[Run], predictions: Sequence[pd.DataFrame], over: Sequence[str] = REPEATED) -> list[Row]:
    """Group runs into rows, sorted by data and split, and within each by validation accuracy, the best first.

    Args:
        runs: Finished runs of any number of sweeps.
        predictions: Their predictions tables.
        over: Keys that tell equal runs apart, such as "seed" and "split.fold".

    Raises:
        MusicGenreError: A run cannot be read.
    """
    settings = settings_of(runs, over)
    names = names_of(runs, settings, over)
    members: dict[tuple[str, str, Settings, tuple[str, ...]], list[int]] = {}
    for place, (run, each, table) in enumerate(zip(runs, settings, predictions, strict=True)):
        key = (data_of(run, over), split_of(run, over), each, tuple(genres_of(table)))
        members.setdefault(key, []).append(place)
    rows = [
        Row(names[each], data, split, tuple(runs[n] for n in places), tuple(predictions[n] for n in places))
        for (data, split, each, _), places in members.items()
    ]
    groups = list(dict.fromkeys(row.group for row in rows))
    return sorted(rows, key=lambda row: (groups.index(row.group), -np.nan_to_num(row.validation, nan=-1.0)))


def device_of(run: Run) -> str:
    """Return the device that a run computed on, such as "cpu"; empty if it was not recorded."""
    return run.files.recorded("device") or ""


def check_predictions(run: Run) -> pd.DataFrame:
    """Return a run's predictions table, after checking that it holds probabilities of validation or test.

    Raises:
        MusicGenreError: It is missing or damaged, or has neither.
    """
    table = run.predictions
    probs = probabilities_of(table)
    if not ((probs >= 0).all() and np.allclose(probs.sum(axis=1), 1, atol=1e-3)):
        raise damaged(run.files.predictions_csv, "its probabilities are not from 0 to 1 with a sum of 1")
    if not table["split"].isin(["val", "test"]).any():
        raise damaged(run.files.predictions_csv, "it has no row of validation or test")
    return table


def _filled(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return a predictions table with a column that others have, filled in: the track as recording, "" as artist."""
    instead = table["track"] if name == _RECORDING else ""
    known = table[name].astype(object).where(table[name].notna(), instead) if name in table else instead
    return table.assign(**{name: known})


def _accuracies(table: pd.DataFrame) -> dict[str, float]:
    rows = table[table["split"] == "test"]
    tables = {"test/segment/accuracy": rows, "test/track/accuracy": track_probabilities(rows) if len(rows) else rows}
    return {name: float(is_right(those).mean()) if len(those) else np.nan for name, those in tables.items()}


def _span(numbers: Sequence[float]) -> str:
    """Return the range of numbers as text: the lowest and the highest, or one if they are equal."""
    if not numbers:
        return ""
    low, high = min(numbers), max(numbers)
    return f"{low:.0f}" if low == high else f"{low:.0f}-{high:.0f}"
