"""Evaluations under deformations in a report, and what a second report in one folder keeps of the first."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
from made_runs import job, predictions, write_run, write_sweep

from musicgenre.runs.deformed import deformations_figure, deformed_runs
from musicgenre.runs.find import find_runs
from musicgenre.runs.other_results import begin_files
from musicgenre.runs.report import report
from musicgenre.runs.rows import rows_of
from musicgenre.runs.run import Run

HEAD = "deformation,tracks,accuracy,low,high,difference,difference_low,difference_high\n"
ROWS = "as they are,4,0.75,0.3,0.95,0,0,0\nnoise_10,4,0.5,0.15,0.85,-0.25,-1,0.5\n"


def write_evaluation(folder: Path, run: object, of: str = "defaults", **data: Any) -> Path:
    given: dict[str, Any] = {"overrides": (f"run={run}",), "choices": {"split": None}}
    write_run(folder, command="evaluate", config={"run": str(run), **data}, **given)
    metrics = json.loads((folder / "metrics.json").read_text())
    (folder / "metrics.json").write_text(json.dumps(metrics | {"evaluated": of, "split": "stratified"}))
    (folder / "deformations.csv").write_text(HEAD + ROWS)
    return folder


def test_evaluations_under_deformations_are_in_the_report(tmp_path: Path) -> None:
    runs, out = tmp_path / "runs", tmp_path / "report"
    tested = write_run(runs / "first")
    write_evaluation(runs / "deformed", tested)
    broken = write_evaluation(runs / "broken", tested, data={"root": "/music/discs"})
    (broken / "deformations.csv").write_text(HEAD.replace("low", "lowest", 1) + ROWS)
    report(runs, out)
    table = pd.read_csv(out / "deformations.csv")
    assert table[["run", "deformation", "accuracy", "difference"]].to_numpy().tolist() == [
        ["evaluated defaults, folder tapes", "as they are", 75.0, 0.0],  # the row's name
        ["evaluated defaults, folder tapes", "noise_10", 50.0, -25.0],
    ]
    assert "## Deformed test tracks" in (out / "results.md").read_text()
    assert "<h2>Deformed test tracks</h2>" in (out / "report.html").read_text()
    assert (out / "figures" / "deformations.png").is_file()
    reasons = pd.read_csv(out / "left_out.csv").set_index("folder").reason
    assert "deformations.csv is damaged (it lacks the column low)" in reasons[str(broken)]


def test_deformed_runs_are_called_as_their_rows(tmp_path: Path) -> None:
    sweep = write_sweep(tmp_path / "sweep", adam=(4, 3), sgd=(2,))
    for name in "01":
        write_evaluation(tmp_path / "tests" / name, sweep / name, "optimizer=adam")
    best = sweep / "2" / "checkpoints" / "best.ckpt"
    best.parent.mkdir()
    best.touch()
    write_evaluation(tmp_path / "tests" / "best", best, "optimizer=sgd")
    write_evaluation(tmp_path / "tests" / "discs", sweep / "2", "optimizer=sgd", data={"root": "/music/discs"})
    write_evaluation(tmp_path / "more" / "0", sweep / "0", "optimizer=adam", deform=["room"])
    runs = [Run(folder) for folder in find_runs(tmp_path)]
    rows = rows_of(runs, [run.predictions for run in runs])
    assert set(deformed_runs(rows, {}).run) == {
        *(f"evaluated optimizer=adam ({tmp_path / place})" for place in ("tests/0", "more/0")),
        "evaluated optimizer=adam (1)",
        "evaluated optimizer=sgd, folder tapes",
        "evaluated optimizer=sgd, folder discs",
    }
    table = deformed_runs(rows, {})
    ticks = [text.get_text() for text in deformations_figure(table, "all").axes[0].get_yticklabels()]
    assert len(set(ticks)) == 5 and "evaluated optimizer=adam (1)\nnoise_10: 50.0 %" in ticks


def test_all_deformations_are_drawn() -> None:
    row = {"accuracy": 40.0, "difference": -20.0, "difference_low": -30.0, "difference_high": -10.0}
    table = pd.DataFrame([{"run": "net", "deformation": f"noise_{n}", **row} for n in range(80)])
    axes = deformations_figure(table, "net").axes[0]
    assert (len(axes.get_yticks()), axes.get_title()) == (80, "net")


def test_a_reports_own_table_is_no_evaluation_and_hides_none(tmp_path: Path) -> None:
    tested = write_run(tmp_path / "first")
    write_evaluation(tmp_path / "deformed", tested)
    for _ in range(2):
        report(tmp_path, tmp_path)
        assert pd.read_csv(tmp_path / "deformations.csv").run.unique().tolist() == ["evaluated defaults"]


def test_a_second_report_keeps_nothing_of_the_first(tmp_path: Path) -> None:
    one, other, out = tmp_path / "one", tmp_path / "other", tmp_path / "out"
    for split, right in (("artist_kfold", 2), ("stratified", 3)):
        write_run(one / split, predictions(right), overrides=(f"split={split}",), choices={"split": split})
    write_evaluation(one / "deformed", one / "stratified")
    write_run(other / "a")
    with begin_files(job(out, "report")):
        report(one, out)
    (out / "mine.csv").touch()
    (out / "figures" / "mine.png").touch()
    optional = ("leak_gap.csv", "deformations.csv", "figures/leak_gap.png", "figures/deformations.png")
    assert all((out / name).is_file() for name in optional)
    with begin_files(job(out, "report")):
        report(other, out)
    assert not [name for name in optional if (out / name).exists()]
    drawn = {path.name for path in (out / "figures").glob("confusion_*")}
    assert drawn == {"confusion_defaults.png", "confusion_segments_defaults.png"}
    assert (out / "mine.csv").is_file() and (out / "figures" / "mine.png").is_file()
