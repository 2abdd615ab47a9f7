"""The names of runs that were tested again, and which of them make one row."""

import json
from pathlib import Path
from typing import Any

from made_runs import predictions, write_run

from musicgenre.runs.measured import keep_runs, read_measured
from musicgenre.runs.rows import rows_of
from musicgenre.runs.run import Run


def write_evaluation(folder: Path, of: str, right: int, split: str = "stratified seed=0") -> None:
    asked = (f"run=/elsewhere/{folder.name}", "deform=all")
    none = {"data": None, "split": None, "model": None, "optimizer": None}
    config = {"run": f"/elsewhere/{folder.name}", "data": {}}
    write_run(folder, predictions(right), command="evaluate", overrides=asked, choices=none, config=config)
    metrics = json.loads((folder / "metrics.json").read_text())
    (folder / "metrics.json").write_text(json.dumps(metrics | {"evaluated": of, "data": "gtzan", "split": split}))


def names_in(folder: Path, **settings: Any) -> list[tuple[str, int]]:
    runs = [Run(path) for path in sorted(folder.iterdir())]
    return sorted((row.name, len(row.runs)) for row in rows_of(runs, [run.predictions for run in runs], **settings))


def test_evaluations_are_called_after_what_was_tested_with_the_folder_where_they_need_it(tmp_path: Path) -> None:
    for right, of in enumerate(("net5_bilstm", "net5_bilstm", "net5_bilstm optimizer.lr=0.1")):
        write_evaluation(tmp_path / "runs" / str(right), of, right)
    assert names_in(tmp_path / "runs") == [
        ("evaluated net5_bilstm optimizer.lr=0.1", 1),
        ("evaluated net5_bilstm run=/elsewhere/0", 1),
        ("evaluated net5_bilstm run=/elsewhere/1", 1),
    ]
    assert names_in(tmp_path / "runs", over=["run"]) == [  # wherever the run is, but not whatever it is
        ("evaluated net5_bilstm", 2),
        ("evaluated net5_bilstm optimizer.lr=0.1", 1),
    ]


def test_evaluations_on_several_drawn_splits_are_one_row_where_that_is_asked_for(tmp_path: Path) -> None:
    for seed in (0, 1):
        write_evaluation(tmp_path / "runs" / str(seed), "net5_bilstm", seed, f"stratified seed={seed}")
    assert names_in(tmp_path / "runs") == [("evaluated net5_bilstm", 1)] * 2  # each under its own heading
    assert names_in(tmp_path / "runs", over=["run", "split.seed"]) == [("evaluated net5_bilstm", 2)]


def test_a_kept_evaluation_names_no_folder(tmp_path: Path) -> None:
    write_evaluation(tmp_path / "runs" / "0", "net5_bilstm + 2 x simple_cnn", 3)
    run = Run(tmp_path / "runs" / "0")
    (path,) = keep_runs(rows_of([run], [run.predictions]), tmp_path / "kept")
    assert path.stem == "evaluated-net5_bilstm-2-x-simple_cnn_stratified_seed=0_gtzan"
    assert read_measured(path).about["command"] == "musicgenre evaluate run=RUN deform=all"
