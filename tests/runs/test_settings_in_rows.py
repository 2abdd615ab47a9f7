"""Which settings make runs two rows of a report, and which do not."""

import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from made_runs import predictions, write_run

from musicgenre.runs.compare import compare
from musicgenre.runs.measured import command_of, keep_runs
from musicgenre.runs.repeats import without_copies
from musicgenre.runs.report import report
from musicgenre.runs.rows import Row, rows_of
from musicgenre.runs.run import Run
from musicgenre.runs.settings import names_together, shared_settings


def rows_in(*folders: Path, **given: Any) -> list[Row]:
    runs = [Run(folder) for folder in folders]
    return rows_of(runs, [run.predictions for run in runs], **given)


def told(rows: list[Row]) -> list[tuple[str, int]]:
    return [(row.name, len(row.runs)) for row in rows]


def test_an_evaluation_beside_runs_does_not_tear_them_apart(tmp_path: Path) -> None:
    noted: list[dict[str, Any]] = [{"run": {"tags": [], "notes": text}} for text in ("first", "second")]
    runs = [write_run(tmp_path / str(seed), seed=seed, config=noted[seed]) for seed in (0, 1)]
    evaluation = write_run(
        tmp_path / "2", predictions(2), command="evaluate", overrides=("run=/a",), config={"run": "/a"}
    )
    assert told(rows_in(*runs, evaluation)) == [("defaults", 2), ("evaluated a run run=/a", 1)]


def test_settings_are_named_as_they_are_typed(tmp_path: Path) -> None:
    for number, value in enumerate((True, False, [True, 4])):
        config = {"model": {"norm": value}}
        write_run(tmp_path / str(number), predictions(number + 1), config=config, overrides=(f"model.norm={value}",))
    names = [name for name, _ in told(rows_in(*(tmp_path / str(number) for number in range(3))))]
    assert sorted(names) == ["model.norm=[true,4]", "model.norm=false", "model.norm=true"]


def test_what_a_classical_model_ignores_does_not_tell_its_runs_apart(tmp_path: Path) -> None:
    swept = [(model, lr, seed) for model in ("cnn", "logistic") for lr in (0.001, 0.01) for seed in (1, 2)]
    for number, (model, lr, seed) in enumerate(swept):
        right = {"cnn": seed + number // 2, "logistic": seed}[model]
        clip, monitor = 100 * lr, "val/track/accuracy" if lr > 0.001 else "val/segment/loss"
        typed = (f"optimizer.lr={lr}", f"+trainer.gradient_clip_val={clip}", f"monitor={monitor}")
        config: dict[str, Any] = {
            "optimizer": {"lr": lr},
            "batch_size": 8,
            "trainer": {"gradient_clip_val": clip},
            "monitor": monitor,
        }
        asked = (f"model={model}", *typed, "batch_size=8", f"seed={seed}")
        settings: dict[str, Any] = {"seed": seed, "config": config}
        folder = write_run(
            tmp_path / str(number), predictions(right), overrides=asked, choices={"model": model}, **settings
        )
        if model == "logistic":
            (folder / "checkpoints").mkdir()
            (folder / "checkpoints" / "model.joblib").write_bytes(b"")
            metrics = json.loads((folder / "metrics.json").read_text()) | {"epochs": 0}
            (folder / "metrics.json").write_text(json.dumps(metrics))
    table = report(tmp_path, tmp_path / "report")
    assert sorted(zip(table["run"], table["runs"], table["epochs"], strict=True)) == [
        ("model=cnn optimizer.lr=0.001 trainer.gradient_clip_val=0.1 monitor=val/segment/loss", 2, "2"),
        ("model=cnn optimizer.lr=0.01 trainer.gradient_clip_val=1 monitor=val/track/accuracy", 2, "2"),
        ("model=logistic", 2, ""),
    ]
    assert "Same in all trained runs: batch_size=8." in (tmp_path / "report" / "results.md").read_text()
    left_out = (tmp_path / "report" / "left_out.csv").read_text()
    assert f"has the settings and predictions of {tmp_path / '4'}, but for settings without effect on it" in left_out
    assert names_together([Run(tmp_path / "4")]) == "model=logistic"
    by_lr = compare(tmp_path, "optimizer.lr", tmp_path / "compared", metrics=["test/track/accuracy"])
    assert by_lr["pairs"].tolist() == [2]  # of the cnn alone: logistic's runs do not differ
    by_model = compare(tmp_path, "model", tmp_path / "by_model", metrics=["test/track/accuracy"])
    assert by_model[["pairs", "difference"]].to_numpy().tolist() == [[2, -0.125]]  # the mean over both rates


def test_a_folder_of_another_run_counts_by_being_used(tmp_path: Path) -> None:
    folders = []
    for number, gan in enumerate(("/runs/a", "/runs/b", None)):
        asked = (f"gan_run={gan}",) if gan else ()
        folders.append(write_run(tmp_path / str(number), seed=number, overrides=asked, config={"gan_run": gan}))
    assert sorted(told(rows_in(*folders))) == [("defaults", 1), ("gan_run=yes", 2)]
    embed = [{"embed": {"run": f"/runs/{number}"}} for number in range(2)]
    folders = [
        write_run(tmp_path / f"e{n}", seed=n, overrides=(f"embed.run=/runs/{n}",), config=each)
        for n, each in enumerate(embed)
    ]
    assert told(rows_in(*folders)) == [("embed.run=yes", 2)]


def test_a_row_is_named_by_what_was_deleted_in_it(tmp_path: Path) -> None:
    stopping: dict[str, Any] = {"patience": 10}
    made: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
        "defaults": ((), {"callbacks": {"stop": stopping, "ema": stopping}}),
        "~callbacks.stop": (("~callbacks.stop",), {"callbacks": {"ema": stopping}}),
        "callbacks.ema=null": (("callbacks.ema=null",), {"callbacks": {"stop": stopping, "ema": None}}),
        "~mix": (("~mix=none",), {"callbacks": {"stop": stopping, "ema": stopping}}),
    }
    folders = [
        write_run(
            tmp_path / str(number),
            overrides=asked,
            config=config,
            choices={} if name == "~mix" else {"mix": "none"},
        )
        for number, (name, (asked, config)) in enumerate(made.items())
    ]
    assert sorted(told(rows_in(*folders))) == sorted((name, 1) for name in made)
    assert names_together([Run(folder) for folder in folders]) == " + ".join(made)


def test_what_all_runs_share_is_said_once(tmp_path: Path) -> None:
    shared, folders = ("model=fcnn", "~mix", "data.seconds=5"), []
    for number, typed in enumerate((shared, (*shared, "optimizer=sgd"))):
        choices = {"model": "fcnn", "optimizer": "sgd" if number else "adam"}
        folders.append(write_run(tmp_path / str(number), overrides=typed, choices=choices))
    plain, other = sorted(rows_in(*folders), key=lambda row: row.runs[0].folder)
    assert (plain.name, other.name) == ("model=fcnn ~mix", "optimizer=sgd")  # no defaults
    out = tmp_path / "report"
    report(tmp_path, out)
    assert "\n\nSame in all trained runs: model=fcnn ~mix.\n\n" in (out / "results.md").read_text()
    assert "<p>Same in all trained runs: model=fcnn ~mix.</p>" in (out / "report.html").read_text()
    bare = write_run(tmp_path / "bare", overrides=("seed=1", "figures=false", "data.seconds=5"))
    assert shared_settings([Run(bare)]) == "" and told(rows_in(bare)) == [("defaults", 1)]
    assert shared_settings([Run(folder) for folder in (*folders, bare)]) == "~mix"  # which this run has not, either


def test_a_setting_of_the_data_can_be_averaged_over(tmp_path: Path) -> None:
    folders = [
        write_run(tmp_path / str(seconds), predictions(seconds), overrides=(f"data.seconds={seconds}",))
        for seconds in (1, 2)
    ]
    assert [row.data for row in rows_in(*folders)] == ["folder tapes seconds=1", "folder tapes seconds=2"]
    (row,) = rows_in(*folders, over=("seed", "data.seconds"))
    assert (row.data, len(row.runs)) == ("folder tapes", 2)


def test_runs_of_several_processes_are_not_those_of_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    typed = {2: ("trainer=ddp", "trainer.devices=2"), 1: ("trainer=cpu",)}
    for number, (processes, optimizer, seed) in enumerate(product((2, 1), ("adam", "sgd"), (1, 2))):
        write_run(
            tmp_path / "runs" / str(number),
            predictions(1 + processes - (optimizer == "sgd" and seed == 2)),
            seed=seed,
            overrides=(f"optimizer={optimizer}", "batch_size=4", *typed[processes]),
            choices={"optimizer": optimizer},
            config={"batch_size": 4, "trainer": {"devices": processes}},
            processes=processes,
        )
    rows = rows_in(*sorted((tmp_path / "runs").iterdir()))
    assert told(rows) == [
        ("optimizer=adam processes=2", 2),
        ("optimizer=sgd processes=2", 2),
        ("optimizer=adam", 2),
        ("optimizer=sgd", 2),
    ]
    one, other = keep_runs([rows[0], rows[2]], tmp_path / "kept")
    assert (one.name, other.name) == (
        "optimizer=adam_batch_size=4_processes=2_stratified_folder.npz",
        "optimizer=adam_batch_size=4_stratified_folder.npz",
    )
    assert command_of(rows[0]).endswith("batch_size=4 trainer=ddp trainer.devices=2 seed=1,2")
    table = compare(tmp_path / "runs", "optimizer", tmp_path / "by", metrics=["test/track/accuracy"])
    assert table[["pairs", "difference"]].to_numpy().tolist() == [[2, -0.125]]
    assert "paired by seed, averaged over processes" in capsys.readouterr().out
    table = compare(tmp_path / "runs", "trainer.devices", tmp_path / "by", metrics=["test/track/accuracy"])
    assert table[["value", "difference"]].to_numpy().tolist() == [["1", -0.25]]
    said = " ".join(capsys.readouterr().out.split())
    assert "paired by seed, averaged over optimizer" in said and "also differ in" not in said


def test_equal_numbers_are_one_setting(tmp_path: Path) -> None:
    written: dict[str, Any] = {"3": 3, "3.0": 3.0, "2.5": 2.5}
    folders = [
        write_run(
            tmp_path / text,
            predictions(place),
            seed=place,
            overrides=(f"segments.length={text}", f"data.seconds={text}", f"split.folds={text}", f"own={text}"),
            config={"segments": {"length": value}},
        )
        for place, (text, value) in enumerate(written.items())
    ]
    one, other = rows_in(*folders)
    assert (one.name, len(one.runs), one.data) == ("segments.length=3 own=3", 2, "folder tapes seconds=3")
    assert (one.split, other.split) == ("stratified folds=3", "stratified folds=2.5")
    assert (other.name, len(other.runs)) == ("segments.length=2.5 own=2.5", 1)


def test_one_and_all_are_two_settings(tmp_path: Path) -> None:
    key = "trainer.limit_train_batches"
    folders = [
        write_run(
            tmp_path / "runs" / text,
            predictions(right),
            overrides=(f"{key}={text}", f"+own.max_features={text}"),
            config={"trainer": {"limit_train_batches": value}},
        )
        for text, value, right in (("1", 1, 2), ("1.0", 1.0, 4), ("1e0", 1.0, 4))
    ]
    runs = [Run(folder) for folder in folders]
    assert sorted(told(rows_in(*folders[:2]))) == [
        (f"{key}={text} own.max_features={text}", 1) for text in ("1", "1.0")
    ]
    assert names_together(runs) == f"own.max_features=1 {key}=1 + 2 x own.max_features=1.0 {key}=1.0"
    assert len(without_copies([(run, None) for run in runs])[0]) == 2
    for reference, other, difference in ((1, "1.0", 0.5), (1.0, "1", -0.5)):
        asked: dict[str, Any] = {"metrics": ["test/track/accuracy"], "reference": reference}
        (row,) = compare(tmp_path / "runs", key, tmp_path / "out", **asked).itertuples()
        assert (row.value, row.difference, row.pairs) == (other, difference, 1)


def test_a_run_with_an_equal_number_is_there_twice(tmp_path: Path) -> None:
    folders = [write_run(tmp_path / str(value), config={"segments": {"length": value}}) for value in (3, 3.0, 4)]
    kept, left_out = without_copies([(Run(folder), None) for folder in folders])
    assert [run.folder for run, _ in kept] == [folders[0], folders[2]]
    assert list(left_out) == [folders[1]]
