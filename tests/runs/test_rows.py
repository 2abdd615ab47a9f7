"""Runs that are one row: what stands in it where they differ in more than was meant."""

from pathlib import Path

import pytest
from made_runs import predictions, write_run
from sklearn.metrics import f1_score
from statsmodels.stats.proportion import proportion_confint

from musicgenre.runs.leak_gap import leak_gap
from musicgenre.runs.measured import keep_runs, read_measured
from musicgenre.runs.rows import Row, rows_of
from musicgenre.runs.run import Run


def rows_in(folder: Path) -> list[Row]:
    runs = [Run(path) for path in sorted(folder.iterdir())]
    return rows_of(runs, [run.predictions for run in runs])


def write_fold(folder: Path, fold: int, right: int, tracks: int) -> None:
    """A fold of tracks of its own."""
    table = predictions(right, tracks)
    table["track"] = table["track"].str.replace(".wav", f"_{fold}.wav")
    asked = ("split=artist_kfold", f"split.fold={fold}")
    write_run(folder / str(fold), table, overrides=asked, choices={"split": "artist_kfold"})


def test_the_accuracy_of_unequal_folds_is_that_of_all_tracks(tmp_path: Path) -> None:
    sizes = ((8, 8), (10, 10), (24, 60))  # right, tracks: 100, 100 and 40 %
    for fold, (right, tracks) in enumerate(sizes):
        write_fold(tmp_path / "runs", fold, right, tracks)
    (row,) = rows_in(tmp_path / "runs")
    found = row.summary()
    low, high = proportion_confint(42, 78, method="wilson")
    for level in ("track", "segment"):
        assert found[f"{level} accuracy %"] == pytest.approx(100 * 42 / 78)
        assert found[f"{level} accuracy % sd"] == pytest.approx(60 / 3**0.5)  # of the folds
    assert [found[f"track accuracy % {end}"] for end in ("low", "high")] == pytest.approx([100 * low, 100 * high])
    answers = row.tracks[["p_drone", "p_hum"]].to_numpy().argmax(axis=1)
    assert found["macro-F1 %"] == pytest.approx(100 * f1_score(row.tracks["label"], answers, average="macro"))
    (path,) = keep_runs([row], tmp_path / "kept")
    kept = read_measured(path)
    for level in ("track", "segment"):
        ends = [found[f"{level} accuracy % {end}"] for end in ("low", "high")]
        assert [kept.accuracy(level), *kept.interval(level)] == pytest.approx([100 * 42 / 78, *ends])


def test_a_genre_that_one_fold_lacks_counts_once_in_the_macro_f1(tmp_path: Path) -> None:
    for fold, genre in enumerate(("drone", "hum")):
        table = predictions(3)
        write_run(
            tmp_path / str(fold),
            table[table.genre == genre],
            overrides=("split=artist_kfold", f"split.fold={fold}"),
            choices={"split": "artist_kfold"},
        )
    found = rows_in(tmp_path)[0].summary()  # two drones are right, one hum of two is taken for a drone
    assert found["macro-F1 %"] == pytest.approx(100 * (4 / 5 + 2 / 3) / 2) and found["macro-F1 genres"] == 2


def test_the_leak_gap_is_between_the_accuracies_of_the_rows(tmp_path: Path) -> None:
    for fold, (right, tracks) in enumerate(((4, 4), (6, 12))):
        write_fold(tmp_path, fold, right, tracks)
    write_run(tmp_path / "2", predictions(18, 20), overrides=("split=stratified",))
    gap = leak_gap(rows_in(tmp_path)).set_index("split")
    assert gap["accuracy"].to_dict() == pytest.approx({"stratified": 90, "artist_kfold": 62.5})
    assert gap.loc["stratified", "gap"] == pytest.approx(27.5)
