"""Rows of runs whose tracks are parts or copies of one recording: each counts once, and is drawn once."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_runs import GENRES, write_run
from statsmodels.stats.proportion import proportion_confint

from musicgenre.evaluation.intervals import bootstrap_accuracy
from musicgenre.runs.measured import keep_runs, read_measured
from musicgenre.runs.rows import Row, rows_of
from musicgenre.runs.run import Run


def part(track: str, recording: str, label: int, right: bool, artist: str = "") -> dict[str, object]:
    """Return one test segment."""
    probs = {f"p_{genre}": 0.9 if (n == label) == right else 0.1 for n, genre in enumerate(GENRES)}
    about = {"split": "test", "track": track, "recording": recording, "start": 0.0, "genre": GENRES[label]}
    return about | {"label": label, "artist": artist} | probs


def row_of(folder: Path, *tables: list[dict[str, object]]) -> Row:
    """Return the folds of a cross-validation as one row."""
    for fold, lines in enumerate(tables):
        asked = ("split=artist_kfold", f"split.fold={fold}")
        write_run(folder / str(fold), pd.DataFrame(lines), overrides=asked, choices={"split": "artist_kfold"})
    runs = [Run(folder / str(fold)) for fold in range(len(tables))]
    (row,) = rows_of(runs, [run.predictions for run in runs])
    return row


def test_a_recording_with_two_genres_is_tested_by_one_fold(tmp_path: Path) -> None:
    copies = [part("drone/x.wav", "x", 0, right=True), part("hum/x.wav", "x", 1, right=False)]
    row = row_of(tmp_path / "runs", copies, [part(f"drone/{n}.wav", str(n), 0, right=True) for n in range(8)])
    assert row.is_tested_once
    low, high = proportion_confint(9, 10, method="wilson")
    assert row.accuracy("track") == pytest.approx((0.9, low, high))
    (path,) = keep_runs([row], tmp_path / "kept")
    kept = read_measured(path)
    assert (kept.accuracy(), *kept.interval()) == pytest.approx((90, 100 * low, 100 * high))


def test_a_recording_is_one_track_and_in_one_group_whatever_parts_say_of_its_artist(tmp_path: Path) -> None:
    lines = [part("drone/a.wav", "a", 0, right=True), part("drone/b.wav", "a", 0, right=True, artist="Nina")]
    lines += [part(f"drone/{n}.wav", str(n), 0, right=n > 0, artist=f"A{n}") for n in range(2)]
    row = row_of(tmp_path / "runs", lines)
    (path,) = keep_runs([row], tmp_path / "kept")
    kept = read_measured(path)
    low, high = proportion_confint(2, 3, method="wilson")
    assert (kept.accuracy(), *kept.interval()) == pytest.approx((200 / 3, 100 * low, 100 * high))
    assert row.accuracy("segment")[1:] == bootstrap_accuracy(np.array([True, True, False, True]), [0, 0, 1, 2])
    assert kept.interval("segment") == pytest.approx([100 * share for share in row.accuracy("segment")[1:]])
