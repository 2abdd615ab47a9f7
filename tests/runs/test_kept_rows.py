"""Rows that a report keeps: each in its own file, with the command of all its runs, and no number lost."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_runs import predictions, write_run

from musicgenre.runs.measured import _small, command_of, keep_runs, read_measured
from musicgenre.runs.rows import Row, rows_of
from musicgenre.runs.run import Run


def rows_in(folder: Path) -> list[Row]:
    runs = [Run(path) for path in sorted(folder.iterdir())]
    return rows_of(runs, [run.predictions for run in runs])


def test_rows_of_other_data_have_files_of_their_own(tmp_path: Path) -> None:
    given: list[dict[str, Any]] = [
        {"config": {"data": {"root": f"/music/{name}"}}, "overrides": typed}
        for name, typed in (("tapes", ()), ("discs", ()), ("tapes", ("data.seconds=6",)))
    ]
    for number, each in enumerate(given):
        write_run(tmp_path / "runs" / str(number), predictions(number), **each)
    paths = keep_runs(rows_in(tmp_path / "runs"), tmp_path / "kept")
    assert [path.name for path in paths] == [
        "stratified_folder.npz",
        "stratified_folder_2.npz",
        "stratified_folder_seconds=6.npz",
    ]
    assert [read_measured(path).about["data"] for path in paths] == [
        "folder tapes",
        "folder discs",
        "folder tapes seconds=6",
    ]
    assert [read_measured(path).accuracy() for path in paths] == [0, 25, 50]


def test_the_command_of_a_cross_validation_has_all_folds(tmp_path: Path) -> None:
    for fold in (0, 1):
        for seed in (1, 2):
            asked = ("split=artist_kfold", f"split.fold={fold}", f"seed={seed}")
            given: dict[str, Any] = {"seed": seed, "config": {"split": {"fold": fold}}, "overrides": asked}
            write_run(tmp_path / f"{fold}{seed}", choices={"split": "artist_kfold"}, **given)
    (row,) = rows_in(tmp_path)
    assert command_of(row) == "musicgenre train -m split=artist_kfold split.fold=0,1 seed=1,2"


@pytest.mark.parametrize("most", [0, 255, 256, 65535, 65536])
def test_no_number_is_too_large(most: int) -> None:
    assert _small(np.array([0, most])).tolist() == [0, most]


def test_a_row_of_other_data_is_not_written_over(tmp_path: Path) -> None:
    for number, name in enumerate(("tapes", "discs")):
        write_run(tmp_path / name / "0", predictions(number), config={"data": {"root": f"/music/{name}"}})
    kept = tmp_path / "kept"
    for name, file in (("tapes", ""), ("discs", "_2"), ("tapes", ""), ("discs", "_2")):
        assert keep_runs(rows_in(tmp_path / name), kept) == [kept / f"stratified_folder{file}.npz"]
    found = {path.name: read_measured(path) for path in kept.glob("*.npz")}
    assert {name: (each.about["data"], each.accuracy()) for name, each in found.items()} == {
        "stratified_folder.npz": ("folder tapes", 0),
        "stratified_folder_2.npz": ("folder discs", 25),
    }
    (kept / "stratified_folder.npz").write_bytes(b"")
    assert keep_runs(rows_in(tmp_path / "tapes"), kept) == [kept / "stratified_folder.npz"]


def test_the_command_has_the_seeds_and_folds_of_all_runs_and_names_no_place(tmp_path: Path) -> None:
    for seed, fold, *typed in ((1, 0), (2, 0, "seed=2"), (1, 1, "split.fold=1")):
        asked = ("data.labels=/music/labels.csv", "data.artists=folders", "split=artist_kfold", *typed)
        given: dict[str, Any] = {"seed": seed, "config": {"split": {"fold": fold}}, "overrides": asked}
        write_run(tmp_path / f"{seed}{fold}", choices={"split": "artist_kfold"}, **given)
    (row,) = rows_in(tmp_path)
    same = "data.labels=FILE data.artists=folders split=artist_kfold"
    assert command_of(row.of_runs([0, 2])) == f"musicgenre train -m {same} seed=1,2"
    assert command_of(row.of_runs([0, 1])) == f"musicgenre train -m {same} split.fold=0,1"
    assert command_of(row.of_runs([0])) == f"musicgenre train {same}"
