"""The names of runs that were tested again, and which of them make one row."""

import json
import shutil
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from made_runs import predictions, write_run

from musicgenre.cli.next_step import after_sweep
from musicgenre.errors import MusicGenreError
from musicgenre.runs.compare import compare
from musicgenre.runs.comparisons import comparisons
from musicgenre.runs.find import read_runs
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.identity import REPEATED
from musicgenre.runs.measured import keep_runs, read_measured
from musicgenre.runs.repeats import lacking, without_copies
from musicgenre.runs.rows import rows_of
from musicgenre.runs.run import Run
from musicgenre.runs.settings import repeat_of, setting_text, trained_on
from musicgenre.runs.states import list_runs


def write_evaluation(
    folder: Path,
    of: str,
    right: int,
    split: str = "stratified seed=0",
    *,
    run: str = "",
    data: str = "gtzan",
    recorded: bool = False,
) -> None:
    run = run or f"/elsewhere/{folder.name}"
    asked, none = (f"run={run}", "deform=all"), {"data": None}
    config = {
        "seed": 0,
        "run": run,
        "data": {},
        "sample_rate": None,
        "deform": ["mp3_64", "noise_10"],
        "trainer": {"max_epochs": 15},
    }
    write_run(folder, predictions(right), command="evaluate", overrides=asked, choices=none, config=config)
    (folder / "environment.json").unlink()  # an evaluation has none
    metrics, tested = json.loads((folder / "metrics.json").read_text()), Path(run)
    about = {"evaluated": of, "data": data, "split": split}
    if recorded:  # what is known of it once it is gone
        about |= {key: setting_text(Run(tested), key) for key in REPEATED} | {"trained_on": trained_on(Run(tested))}
    if signature := RunFolder(tested.parent.parent if tested.suffix else tested).signature():
        about["signature"] = signature
    (folder / "metrics.json").write_text(json.dumps(metrics | about))


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


def test_evaluations_without_their_config_are_told_apart_by_what_was_typed(tmp_path: Path) -> None:
    for right in range(3):
        write_evaluation(tmp_path / "runs" / str(right), "net5_bilstm", right)
        (tmp_path / "runs" / str(right) / ".hydra" / "config.yaml").unlink()
    assert names_in(tmp_path / "runs") == [(f"evaluated net5_bilstm run=/elsewhere/{right}", 1) for right in range(3)]


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


def test_an_evaluation_has_the_seed_and_fold_of_its_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in (0, 1, 2):
        write_run(tmp_path / "runs" / f"{seed}", predictions(seed + 1), seed=seed)
    write_run(tmp_path / "fold", seed=3, overrides=("split.fold=4",), config={"split": {"fold": 4}})
    (tmp_path / "runs" / "2" / "checkpoints").mkdir()
    checkpoint = tmp_path / "runs" / "2" / "checkpoints" / "best.ckpt"
    checkpoint.touch()
    monkeypatch.chdir(tmp_path)
    places = {"absolute": "", "relative": "runs/2", "checkpoint": str(checkpoint), "fold": str(tmp_path / "fold")}
    for name, run in places.items():
        place = run or str(tmp_path / "runs" / "2")
        write_evaluation(tmp_path / "tests" / name, "defaults", 3, "stratified", run=place, data="folder tapes")
    write_evaluation(tmp_path / "tests" / "gone", "defaults", 3)
    monkeypatch.chdir(tmp_path / "tests")
    found = {name: repeat_of(Run(tmp_path / "tests" / name)) for name in (*places, "gone")}
    same = dict.fromkeys(("absolute", "relative", "checkpoint"), ("2", ""))
    assert found == same | {"fold": ("3", "4"), "gone": ("", "")}
    runs = [Run(path) for path in [*sorted((tmp_path / "runs").iterdir()), tmp_path / "tests" / "absolute"]]
    rows = rows_of(runs, [run.predictions for run in runs])
    assert [(row.name, len(row.runs)) for row in rows] == [("evaluated defaults", 1), ("defaults", 3)]
    assert lacking(rows) == []  # an evaluation is no repeat
    assert comparisons(rows)[["difference %", "verdict"]].to_numpy().tolist() == [[0, "tie"]]  # with itself


def test_evaluations_of_several_runs_are_compared_by_their_seeds(tmp_path: Path) -> None:
    rights = {"cnn": {0: 4, 1: 2, 2: 1}, "lstm": {1: 2, 2: 1}}
    for model, those in rights.items():
        for seed, right in those.items():
            run = write_run(tmp_path / "runs" / f"{model}{seed}", seed=seed, overrides=(f"model={model}",))
            write_evaluation(tmp_path / "tests" / f"{model}{seed}", f"model={model}", right, "all tracks", run=str(run))
    runs = [Run(path) for path in sorted((tmp_path / "tests").iterdir())]
    rows = rows_of(runs, [run.predictions for run in runs], ["seed", "split.fold", "run"])
    assert [len(row.runs) for row in rows] == [3, 2]
    assert comparisons(rows)["difference %"].tolist() == [0]
    assert lacking(rows) == ["evaluated model=lstm lacks seed 0."]


def test_an_evaluation_in_the_folder_of_its_data_is_called_after_that_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, place in {"tapes": ".", "tapes/live": ".."}.items():
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        config: dict[str, Any] = {"data": {"root": place}}
        run = write_run(tmp_path / "runs" / name, command="evaluate", config=config)
        (run / "environment.json").unlink()
        monkeypatch.chdir(tmp_path)
        assert Run(run).data == "folder tapes"


def write_tested(folder: Path) -> None:
    """Write evaluations of the runs of two optimizers, each with two seeds of two folds, on other data."""
    for optimizer, seed, fold in product(("adam", "sgd"), (1, 2), (0, 1)):
        asked, name = (f"optimizer={optimizer}", "trainer.max_epochs=2"), f"{optimizer}{seed}{fold}"
        config = {"split": {"fold": fold}, "trainer": {"max_epochs": 2}}
        given: dict[str, Any] = {"choices": {"optimizer": optimizer}, "overrides": (*asked, f"split.fold={fold}")}
        run = write_run(folder / "runs" / name, seed=seed, config=config, **given)
        right = 4 - 2 * (optimizer == "sgd") - fold
        write_evaluation(folder / "tests" / name, " ".join(asked), right, "all tracks", run=str(run))


def test_evaluations_that_differ_only_in_seed_or_fold_are_one_row(tmp_path: Path) -> None:
    write_tested(tmp_path)
    both = [(f"evaluated optimizer={name} trainer.max_epochs=2", 4) for name in ("adam", "sgd")]
    assert names_in(tmp_path / "tests") == both == names_in(tmp_path / "tests", over=["seed", "split.fold", "run"])
    assert names_in(tmp_path / "tests", over=["seed"]) == [
        (f"{name} split.fold={fold}", 2) for name, _ in both for fold in (0, 1)
    ]
    write_evaluation(tmp_path / "tests" / "fewer", "optimizer=adam trainer.max_epochs=2", 1, "all tracks")
    gone = ("evaluated optimizer=adam trainer.max_epochs=2 run=/elsewhere/fewer", 1)  # of any seed
    assert gone in names_in(tmp_path / "tests") and both[1] in names_in(tmp_path / "tests")


def test_a_list_in_a_rows_name_is_as_it_is_typed(tmp_path: Path) -> None:
    write_tested(tmp_path)
    again = tmp_path / "tests" / "again"
    write_evaluation(again, "optimizer=sgd trainer.max_epochs=2", 1, "all tracks", run=str(tmp_path / "runs" / "sgd10"))
    for path in (again / ".hydra" / "config.yaml", again / ".hydra" / "overrides.yaml"):
        path.write_text(path.read_text().replace("deform=all", "deform=[room]").replace("mp3_64", "room"))
    names = [name for name, _ in names_in(tmp_path / "tests")]
    assert "evaluated optimizer=sgd trainer.max_epochs=2 deform=[mp3_64,noise_10]" in names


def test_an_evaluation_has_the_training_settings_of_its_run(tmp_path: Path) -> None:
    write_tested(tmp_path)
    run = Run(tmp_path / "tests" / "sgd21")
    assert (run.seed, run.value("seed"), run.value("optimizer"), run.value("trainer.max_epochs")) == (2, 2, "sgd", 2)
    assert read_runs(tmp_path / "tests").frame.seed.tolist() == [1, 1, 2, 2] * 2
    assert [each.value("seed") for each in list_runs(tmp_path / "tests")] == ["1", "1", "2", "2"] * 2
    (tmp_path / "runs" / "sgd21").rename(tmp_path / "gone")
    run = Run(tmp_path / "tests" / "sgd21")
    assert run.seed is None
    with pytest.raises(MusicGenreError, match=r"sgd21 has the seed of .*runs/sgd21, which is gone, damaged or another"):
        run.value("seed")


def test_evaluations_are_compared_by_how_their_runs_were_trained_and_not_across_seeds_and_folds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_tested(tmp_path)
    accuracy = ["test/track/accuracy"]
    table = compare(tmp_path / "tests", "optimizer", tmp_path / "out", metrics=accuracy, reference="adam")
    assert table[["difference", "pairs"]].to_numpy().tolist() == [[-0.5, 2]]
    assert "also differ" not in capsys.readouterr().out
    with pytest.raises(MusicGenreError, match=r"runs/adam10 and .*runs/adam11 have no seed and fold in common"):
        compare(tmp_path / "tests", "run", tmp_path / "out", metrics=accuracy)
    report = f"musicgenre report runs={tmp_path / 'tests'}"
    assert after_sweep(tmp_path / "tests", ["run"]) == after_sweep(tmp_path / "tests", ["trainer"]) == [report]
    assert len(after_sweep(tmp_path / "tests", ["trainer.precision"])) == 2
    for name in ("adam11", "adam20", "adam21", "sgd11", "sgd20", "sgd21"):
        (tmp_path / "tests" / name).rename(tmp_path / name)
    assert len(after_sweep(tmp_path / "tests", ["run"])) == 2  # both of one seed and fold
    assert compare(tmp_path / "tests", "run", tmp_path / "out", metrics=accuracy).difference.tolist() == [-0.5]
    assert "also differ" not in capsys.readouterr().out


def test_evaluations_beside_their_runs_and_on_several_collections_give_no_further_pairs(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_tested(tmp_path)
    alone = compare(tmp_path / "runs", "optimizer", tmp_path / "out")
    beside = compare(tmp_path, "optimizer", tmp_path / "out")
    assert beside.to_csv() == alone.to_csv() and "val/track/accuracy" in set(beside.metric)
    assert len(pd.read_csv(tmp_path / "out" / "tracks.csv"))
    left_out = f"{tmp_path / 'tests' / 'sgd21'} is left out: it tested a run again, beside runs that were trained with"
    assert any(message.startswith(left_out) for message in caplog.messages)
    (again := tmp_path / "tests").rename(tmp_path / "again")
    for optimizer, seed, data in product(("adam", "sgd"), (1, 2), ("gtzan", "discs")):
        name, right = f"{optimizer}{seed}0", 4 - (optimizer == "sgd") * (seed + (data == "discs"))
        of, run = f"optimizer={optimizer} trainer.max_epochs=2", str(tmp_path / "runs" / name)
        write_evaluation(again / f"{name}{data}", of, right, "x", run=run, data=data)
    table = compare(again, "optimizer", tmp_path / "out", metrics=["test/track/accuracy"])
    assert table[["difference", "pairs"]].to_numpy().tolist() == [[-0.5, 2]]  # of -1.5/4 and -2.5/4


def test_evaluations_are_compared_by_any_setting_that_a_test_has_not(tmp_path: Path) -> None:
    for model, right in {"cnn": 4, "lstm": 2}.items():
        given: dict[str, Any] = {
            "choices": {"model": model, "experiment": "mine"},
            "config": {"features": {"n": right}},
        }
        run = write_run(tmp_path / "runs" / model, overrides=(f"model={model}",), **given)
        write_evaluation(tmp_path / "tests" / model, f"model={model}", right, "all tracks", run=str(run))
    for by in ("model", "features.n"):
        table = compare(tmp_path / "tests", by, tmp_path / "out", metrics=["test/track/accuracy"])
        assert table.difference.tolist() == [-0.5]
    assert [each.value("model") for each in list_runs(tmp_path / "tests")] == ["cnn", "lstm"]
    tested = Run(tmp_path / "tests" / "lstm")
    assert tested.value("experiment") == "mine" and tested.value("sample_rate") is None


def test_evaluations_whose_runs_are_gone_are_compared_by_run(tmp_path: Path) -> None:
    for right in (4, 2):
        write_evaluation(tmp_path / str(right), "defaults", right)
    table = compare(tmp_path, "run", tmp_path / "out", metrics=["test/track/accuracy"], reference="/elsewhere/4")
    assert table.difference.tolist() == [-0.5]


def test_settings_are_read_without_the_results(tmp_path: Path) -> None:
    write_tested(tmp_path)
    folder = tmp_path / "runs" / "sgd21"
    (folder / "metrics.json").write_text("{")
    (listed,) = list_runs(folder)
    assert [listed.value(key) for key in ("seed", "optimizer", "model")] == ["2", "sgd", "cnn"]
    assert Run(folder).seed == 2


def test_a_run_tested_twice_is_a_copy_however_its_folder_was_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = write_run(tmp_path / "out" / "adam")
    monkeypatch.chdir(tmp_path)
    for number, place in enumerate((str(run), "out/adam", "out/adam/")):
        write_evaluation(tmp_path / "tests" / str(number), "defaults", 3, run=place)
    runs = [(Run(path), None) for path in sorted((tmp_path / "tests").iterdir())]
    kept, left_out = without_copies(runs)
    assert (len(kept), len(left_out)) == (1, 2)


def test_two_checkpoints_of_a_run_are_no_copies_but_the_tested_one_is_what_its_folder_means(tmp_path: Path) -> None:
    run = write_run(tmp_path / "adam")
    (run / "checkpoints").mkdir()
    places = [run, *(run / "checkpoints" / name for name in ("best.ckpt", "last.ckpt"))]
    for number, place in enumerate(places):
        if number:
            place.touch()
        write_evaluation(tmp_path / "tests" / str(number), "defaults", 3, run=str(place))
    kept, left_out = without_copies([(Run(path), None) for path in sorted((tmp_path / "tests").iterdir())])
    assert ([one.folder.name for one, _ in kept], [path.name for path in left_out]) == (["0", "2"], ["1"])


def test_an_evaluation_without_its_hydra_file_is_one_still(tmp_path: Path) -> None:
    write_tested(tmp_path)
    folder = tmp_path / "tests" / "sgd21"
    (folder / ".hydra" / "hydra.yaml").unlink()
    run = Run(folder)
    assert (run.evaluated, run.name) == ("optimizer=sgd trainer.max_epochs=2", "evaluate")
    assert (run.seed, repeat_of(run), setting_text(run, "optimizer")) == (2, ("2", "1"), "sgd")
    assert all(name.startswith("evaluated optimizer=") for name, _ in names_in(tmp_path / "tests"))


def test_trained_runs_are_left_out_of_a_comparison_by_run(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for optimizer in ("adam", "sgd"):
        run = write_run(tmp_path / "all" / optimizer, seed=1, config={"run": {"tags": [], "notes": None}})
        write_evaluation(tmp_path / "all" / f"x{optimizer}", "defaults", 4 - 2 * (optimizer == "sgd"), run=str(run))
    table = compare(tmp_path / "all", "run", tmp_path / "out", metrics=["test/track/accuracy"])
    assert (table.value.tolist(), table.difference.tolist()) == ([str(tmp_path / "all" / "sgd")], [-0.5])
    assert "sgd is left out: " in caplog.text and "did not test another run" in caplog.text


def test_an_evaluation_has_no_settings_of_another_run_that_is_in_the_folder_now(tmp_path: Path) -> None:
    for seed in (1, 2):
        shutil.rmtree(tmp_path / "current", ignore_errors=True)
        run = write_run(tmp_path / "current", seed=seed)
        write_evaluation(tmp_path / "tests" / str(seed), "defaults", 3, run=str(run))
    first, second = (Run(tmp_path / "tests" / name) for name in ("1", "2"))
    assert (first.tested, first.seed, second.value("optimizer"), second.seed) == (None, None, "adam", 2)
    assert len(names_in(tmp_path / "tests")) == 2
    write_evaluation(tmp_path / "tests" / "self", "defaults", 3, run=str(tmp_path / "tests" / "self"))
    assert Run(tmp_path / "tests" / "self").tested is None


@pytest.mark.parametrize("gone", ["0", "2"])
def test_a_missing_fold_is_told_also_if_the_run_behind_one_is_gone(gone: str, tmp_path: Path) -> None:
    for fold in range(4):
        split = {"fold": fold, "folds": 5}
        run = write_run(tmp_path / "runs" / str(fold), overrides=(f"split.fold={fold}",), config={"split": split})
        write_evaluation(tmp_path / "tests" / str(fold), "defaults", 3, "all tracks", run=str(run), recorded=True)
    (tmp_path / "runs" / gone).rename(tmp_path / "gone")
    runs = [Run(path) for path in sorted((tmp_path / "tests").iterdir())]
    assert lacking(rows_of(runs, [run.predictions for run in runs])) == ["evaluated defaults lacks seed 1 fold 4."]


@pytest.mark.parametrize("lost", ["checkpoints/model.joblib", "environment.json"])
def test_an_evaluation_of_a_run_that_lost_a_file_has_its_settings(lost: str, tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", seed=7, overrides=("optimizer=sgd",))  # which a classical model ignores
    (run / "checkpoints").mkdir()
    (run / "checkpoints" / "model.joblib").touch()
    write_evaluation(tmp_path / "test", "defaults", 3, run=str(run))
    (run / lost).unlink()
    assert Run(tmp_path / "test").seed == 7
    (run / lost).write_text("damaged")
    assert Run(tmp_path / "test").seed == 7


def test_an_evaluation_of_a_checkpoint_that_was_removed_has_its_run(tmp_path: Path) -> None:
    for seed in (1, 2):
        run = write_run(tmp_path / "runs" / str(seed), seed=seed)
        write_evaluation(tmp_path / "tests" / str(seed), "defaults", 3, run=f"{run}/checkpoints/last.ckpt")
    assert names_in(tmp_path / "tests") == [("evaluated defaults", 2)]
    assert Run(tmp_path / "tests" / "2").seed == 2


def test_an_evaluation_of_a_run_that_was_moved_has_its_seed_and_fold(tmp_path: Path) -> None:
    for optimizer, seed, fold in product(("adam", "sgd"), (1, 2), (0, 1)):
        name, asked = f"{optimizer}{seed}{fold}", (f"optimizer={optimizer}", f"split.fold={fold}")
        run = write_run(tmp_path / "runs" / name, seed=seed, overrides=asked, config={"split": {"fold": fold}})
        place = tmp_path / "tapes" / name
        write_evaluation(place, f"optimizer={optimizer}", 4 - seed, "all tracks", run=str(run), recorded=True)
    there = names_in(tmp_path / "tapes")
    assert there == [("evaluated optimizer=adam", 4), ("evaluated optimizer=sgd", 4)]
    (tmp_path / "runs" / "sgd20").rename(tmp_path / "sgd20")  # one of a row
    assert names_in(tmp_path / "tapes") == there
    (tmp_path / "runs").rename(tmp_path / "moved")
    assert names_in(tmp_path / "tapes") == there
    assert names_in(tmp_path / "tapes", over=["seed"])[1] == ("evaluated optimizer=adam split.fold=1", 2)
    again = Run(tmp_path / "tapes" / "sgd21")
    assert (again.tested, again.seed, again.value("split.fold"), repeat_of(again)) == (None, 2, 1, ("2", "1"))
    runs = [Run(path) for path in sorted((tmp_path / "tapes").iterdir())]
    assert lacking(rows_of(runs, [run.predictions for run in runs])) == []
    with pytest.raises(MusicGenreError, match="have no seed and fold in common"):
        compare(tmp_path / "tapes", "run", tmp_path / "out", metrics=["test/track/accuracy"])


def test_an_unfinished_evaluation_has_the_seed_of_its_run(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", seed=7)
    write_evaluation(tmp_path / "test", "defaults", 3, run=str(run))
    (tmp_path / "test" / "metrics.json").unlink()
    again = Run(tmp_path / "test")
    assert (again.seed, again.value("seed")) == (7, 7)


def test_evaluations_of_checkpoints_alone_are_compared_and_named_as_such(tmp_path: Path) -> None:
    for right in (4, 2):
        folder = tmp_path / str(right)
        write_evaluation(folder, "defaults", right)
        metrics = json.loads((folder / "metrics.json").read_text())
        del metrics["evaluated"]  # nothing is known of the run but the checkpoint
        (folder / "metrics.json").write_text(json.dumps(metrics))
    table = compare(tmp_path, "run", tmp_path / "out", metrics=["test/track/accuracy"], reference="/elsewhere/4")
    assert table.difference.tolist() == [-0.5]
    assert Run(tmp_path / "2").seed is None
    names = [(f"evaluated a run run=/elsewhere/{right}", 1) for right in (2, 4)]
    folders = [Run(tmp_path / str(right)) for right in (2, 4)]
    rows = rows_of(folders, [run.predictions for run in folders])
    assert sorted((row.name, len(row.runs)) for row in rows) == names
    (alone,) = rows_of(folders[:1], [folders[0].predictions])
    assert [(alone.name, 1)] == names[:1]
    kept = {path.stem for each in (alone, *rows) for path in keep_runs([each], tmp_path / "kept")}
    assert kept == {f"evaluated-a-run_run=-elsewhere-{right}_stratified_seed=0_gtzan" for right in (2, 4)}


def test_an_averaged_setting_does_not_name_evaluations(tmp_path: Path) -> None:
    write_tested(tmp_path)
    names = names_in(tmp_path / "tests", over=["seed", "split.fold", "optimizer"])
    assert names == [("evaluated trainer.max_epochs=2", 8)]


def test_a_run_is_compared_as_one_however_its_folder_was_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for optimizer, data in product(("adam", "sgd"), ("tapes", "discs")):
        place = f"out/{optimizer}{'/' * (data == 'discs')}"
        write_run(tmp_path / place)
        right = 4 - 2 * (optimizer == "sgd") - (data == "discs")
        write_evaluation(tmp_path / "tests" / f"{optimizer}{data}", "defaults", right, run=place, data=data)
    found = compare(tmp_path / "tests", "run", tmp_path / "out", metrics=["test/track/accuracy"], reference="out/adam/")
    assert found[["value", "difference", "pairs"]].to_numpy().tolist() == [["out/sgd/", -0.5, 1]]
