"""Comparisons of sweeps as they are run: with folds, milestones, and without validation on one side."""

from pathlib import Path

import pandas as pd
import pytest
from made_runs import predictions, write_run, write_sweep

from musicgenre.cli.next_step import after_sweep
from musicgenre.runs.compare import compare

ACCURACY = "test/track/accuracy"


def write_fold(folder: Path, optimizer: str, fold: int, right: int) -> None:
    table = predictions(right)
    table["track"] = table["track"].str.replace(".wav", f"_{fold}.wav")
    asked = ("split=artist_kfold", f"split.fold={fold}", f"optimizer={optimizer}")
    choices = {"split": "artist_kfold", "optimizer": optimizer}
    write_run(folder / f"{optimizer}{fold}", table, overrides=asked, choices=choices, config={"split": {"fold": fold}})


def test_folds_are_paired(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for optimizer, rights in (("adam", (4, 3)), ("sgd", (2, 2))):
        for fold, right in enumerate(rights):
            write_fold(tmp_path / "sweep", optimizer, fold, right)
    table = compare(tmp_path / "sweep", "optimizer", tmp_path / "out", metrics=[ACCURACY])
    assert table[["pairs", "difference"]].to_numpy().tolist() == [[2, -0.375]]
    tracks = pd.read_csv(tmp_path / "out" / "tracks.csv")
    assert tracks[["tracks", "difference %"]].to_numpy().tolist() == [[8, -37.5]]  # of both folds
    write_fold(tmp_path / "sweep", "adam", 2, 4)
    assert compare(tmp_path / "sweep", "optimizer", tmp_path / "out", metrics=[ACCURACY])["pairs"].tolist() == [2]
    said = "sgd and adam were tested on different tracks"
    assert said not in capsys.readouterr().out


def test_folds_are_compared_with_each_other_by_seed(tmp_path: Path) -> None:
    for fold in (0, 1):
        write_fold(tmp_path / "sweep", "adam", fold, 3 - fold)
    table = compare(tmp_path / "sweep", "split.fold", tmp_path / "out", metrics=[ACCURACY])
    assert table[["value", "pairs", "difference"]].to_numpy().tolist() == [["1", 1, -0.25]]


def test_milestones_are_left_out_unless_epochs_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for optimizer, right in (("adam", 4), ("sgd", 3)):
        asked, choices = (f"optimizer={optimizer}",), {"optimizer": optimizer}
        run = write_run(
            tmp_path / "sweep" / optimizer,
            predictions(right),
            overrides=(*asked, "milestones=[50]"),
            choices=choices,
            config={"trainer": {"max_epochs": 100}, "milestones": [50]},
        )
        early = {"trainer": {"max_epochs": 50}}
        write_run(run / "epoch_50", predictions(2), overrides=asked, choices=choices, config=early)
    table = compare(tmp_path / "sweep", "optimizer", tmp_path / "out", metrics=[ACCURACY])
    assert table[["pairs", "difference"]].to_numpy().tolist() == [[1, -0.25]]
    table = compare(tmp_path / "sweep" / "adam", "trainer.max_epochs", tmp_path / "out", metrics=[ACCURACY])
    assert table[["value", "pairs", "difference"]].to_numpy().tolist() == [["50", 1, -0.5]]
    assert "differ in" not in capsys.readouterr().out


def test_a_side_without_validation_is_compared_by_its_tests(tmp_path: Path) -> None:
    table = predictions()
    for optimizer, own in (("adam", table), ("sgd", table[table.split == "test"])):
        write_run(tmp_path / "sweep" / optimizer, own, choices={"optimizer": optimizer})
    found = compare(tmp_path / "sweep", "optimizer", tmp_path / "out")
    assert found.metric.tolist() == ["test/segment/accuracy", ACCURACY, "test/segment/macro_f1"]


def test_compare_is_named_where_one_setting_was_swept(tmp_path: Path) -> None:
    folder, report = write_sweep(tmp_path / "a", adam=(3, 4), sgd=(2, 3)), f"musicgenre report runs={tmp_path / 'a'}"
    for swept in (["optimizer", "optimizer.lr"], ["optimizer", "split"], ["split", "seed"], ["data"], ["split.fold"]):
        assert after_sweep(folder, swept) == [report]
    assert after_sweep(folder, ["seed", "optimizer", "split.fold"]) == [
        report,
        f"musicgenre compare runs={folder} by=optimizer",
    ]
    assert after_sweep(folder, ["model"]) == [report]  # all have one


def test_compare_is_named_where_it_pairs_runs(tmp_path: Path) -> None:
    def write(name: str, optimizer: str | None, seed: int) -> None:
        write_run(tmp_path / name, choices={"optimizer": optimizer}, seed=seed)

    write("1", "adam", 1)
    write("2", "sgd", 2)
    assert len(after_sweep(tmp_path, ["optimizer"])) == 1  # no seed in common
    write("3", "sgd", 1)
    assert len(after_sweep(tmp_path, ["optimizer"])) == 2
    write("4", None, 2)
    assert len(after_sweep(tmp_path, ["optimizer"])) == 1  # none, the reference, has no seed of adam
    write("5", None, 1)
    assert len(after_sweep(tmp_path, ["optimizer"])) == 2
    write("6", "sgd", 1)
    assert len(after_sweep(tmp_path, ["optimizer"])) == 1  # two with one seed
