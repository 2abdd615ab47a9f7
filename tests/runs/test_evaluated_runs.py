"""What a run that was tested again is called beside others, and which of them are one row."""

import json
from pathlib import Path

import pandas as pd
from made_runs import predictions, write_run

from musicgenre.runs.report import report


def write_evaluation(folder: Path, of: str, right: int, split: str = "stratified seed=0") -> None:
    asked = (f"run={folder}/run", "deform=all")
    none = {"data": None, "split": None, "model": None, "optimizer": None}
    write_run(
        folder, predictions(right), command="evaluate", overrides=asked, choices=none, config={"run": "x", "data": {}}
    )
    metrics = json.loads((folder / "metrics.json").read_text())
    (folder / "metrics.json").write_text(json.dumps(metrics | {"evaluated": of, "data": "gtzan", "split": split}))


def rows_of_report(folder: Path, **settings: object) -> list[tuple[str, int]]:
    report(folder, folder.parent / "report", **settings)  # type: ignore[arg-type]
    table = pd.read_csv(folder.parent / "report" / "results.csv")
    return sorted(zip(table["run"], table["runs"], strict=True))


def test_evaluations_are_called_after_what_was_tested_and_not_after_folders(tmp_path: Path) -> None:
    nets = ("net5_bilstm", "net5_bilstm", "net5_bilstm optimizer.lr=0.1")
    for right, of in enumerate(nets):
        write_evaluation(tmp_path / "runs" / str(right), of, right)
    assert rows_of_report(tmp_path / "runs") == [
        ("evaluated net5_bilstm", 2),
        ("evaluated net5_bilstm optimizer.lr=0.1", 1),
    ]


def test_evaluations_on_several_drawn_splits_are_one_row_where_that_is_asked_for(tmp_path: Path) -> None:
    for seed in (0, 1):
        write_evaluation(tmp_path / "runs" / str(seed), "net5_bilstm", seed, f"stratified seed={seed}")
    assert rows_of_report(tmp_path / "runs") == [("evaluated net5_bilstm", 1)] * 2
    assert rows_of_report(tmp_path / "runs", over=["split.seed"]) == [("evaluated net5_bilstm", 2)]


def test_evaluations_of_folds_are_one_row(tmp_path: Path) -> None:
    for fold in (0, 1):
        write_evaluation(tmp_path / "runs" / str(fold), "net5_bilstm", fold, f"artist_kfold folds=2 fold={fold}")
    assert rows_of_report(tmp_path / "runs") == [("evaluated net5_bilstm", 2)]
