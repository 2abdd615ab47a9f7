"""What counts as a pair in a grid: where runs are lost, splits are drawn again, runs tested again, or settings lack."""

import json
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from made_runs import predictions, write_run
from scipy.stats import ttest_1samp

from musicgenre.runs.compare import compare, differences
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.pairs import counted_pairs, left_out

ACCURACY = "test/track/accuracy"


def write_job(folder: Path, right: int, *asked: str, seed: int = 1, **given: Any) -> RunFolder:
    place = folder / ",".join([*asked, str(seed)]).replace("/", "-")
    return RunFolder(
        write_run(place, predictions(right), overrides=(*asked, "data=folder", f"seed={seed}"), seed=seed, **given)
    )


def write_classical(folder: Path, right: int, *asked: str, seed: int, **given: Any) -> None:
    run = write_job(folder, right, "model=svm", *asked, seed=seed, choices={"model": "svm"}, **given)
    run.checkpoints.mkdir()
    run.model_joblib.touch()


@pytest.mark.parametrize("lost", ["run", "metric"])
def test_a_lost_run_leaves_its_settings_out_under_every_seed(lost: str) -> None:
    better = np.array([[0.0, 0.3], [0.1, 0.3], [0.2, 0.1]])  # (seed, lr)
    runs = [
        {"value": name, "seed": seed, "settings": ((f"lr={lr}", True),), ACCURACY: 0.4 + more * (name == "b")}
        for (seed, lr), more in np.ndenumerate(better)
        for name in ("a", "b")
    ]
    table = pd.DataFrame(runs[:3] + runs[4:])
    if lost == "metric":
        table = pd.DataFrame([*runs[:3], runs[3] | {ACCURACY: np.nan}, *runs[4:]])
    row = differences(table, [ACCURACY], "a").iloc[0]
    assert (row.pairs, row.difference) == (3, pytest.approx(better[:, 0].mean()))
    assert row.p_value == pytest.approx(ttest_1samp(better[:, 0], 0).pvalue)
    count = f"{len(table) - 6} of {len(table)} runs are left out"
    rest = " (a lr=1 and b lr=1), as not every seed (and fold) has both runs of a pair."
    assert left_out(table, counted_pairs(table, [ACCURACY], "a")) == [f"{count}{rest}"]
    whole = pd.DataFrame(runs)
    assert left_out(whole, counted_pairs(whole, [ACCURACY], "a")) == []
    if lost == "metric":
        both = table.assign(loss=0.5)
        assert left_out(both, counted_pairs(both, ["loss", ACCURACY], "a")) == [f"{count} of some metrics{rest}"]


def test_seeds_without_the_most_frequent_settings_are_left_out_and_named() -> None:
    better = {(1, "0"): 0.1, (1, "1"): 0.2, (2, "0"): 0.3, (3, "1"): 0.4, (4, "1"): 0.6}
    runs = [
        {"value": name, "seed": seed, "settings": ((f"lr={lr}", True),), ACCURACY: 0.3 + more * (name == "b")}
        for (seed, lr), more in better.items()
        for name in ("a", "b")
    ]
    row = differences(pd.DataFrame(runs), [ACCURACY], "a").iloc[0]
    assert (row.pairs, row.difference) == (3, pytest.approx(0.4))
    table = pd.DataFrame(runs)
    (note,) = left_out(table, counted_pairs(table, [ACCURACY], "a"))
    assert note.startswith("4 of 10 runs are left out (a lr=0 and b lr=0), as ")


def test_a_lost_network_beside_a_classical_model_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for seed, (lr, right) in product((1, 2, 3), ((0.1, 0), (0.001, 4))):
        asked, config = f"optimizer.lr={lr}", {"optimizer": {"lr": lr}}
        write_classical(tmp_path / "sweep", 2, asked, seed=seed, config=config)
        if (seed, lr) != (2, 0.1):
            write_job(tmp_path / "sweep", right, "model=cnn", asked, seed=seed, config=config)
    table = compare(tmp_path / "sweep", "model", tmp_path / "out", metrics=[ACCURACY], reference="svm")
    assert table[["difference", "pairs"]].to_numpy().tolist() == [[0.5, 3]]
    said = " ".join(capsys.readouterr().out.split())
    assert "2 of 8 runs are left out (cnn optimizer.lr=0.1), as not every seed" in said
    assert "paired by seed metric" in said  # at one learning rate


def test_evaluations_are_paired_by_the_seeds_of_their_runs(tmp_path: Path) -> None:
    none = {"model": None, "optimizer": None, "split": None}
    for seed, rights in ((1, (4, 2)), (2, (3, 2)), (3, (4, 1))):
        run = write_job(tmp_path / "runs", 4, seed=seed)
        for root, right in zip(("/m/tapes", "/m/discs"), rights, strict=True):
            asked, config = (f"run={run.path}", f"data.root={root}"), {"run": str(run.path), "data": {"root": root}}
            place = tmp_path / "again" / f"{seed}{Path(root).name}"
            given: dict[str, Any] = {"command": "evaluate", "seed": 0, "choices": none, "config": config}
            found = RunFolder(write_run(place, predictions(right), overrides=asked, **given))
            told = json.loads(found.metrics_json.read_text()) | {
                "evaluated": "defaults",
                "data": "folder",
                "split": "x",
            }
            found.metrics_json.write_text(json.dumps(told))
    gone = tmp_path / "runs" / "3"
    for missing in (False, True):
        if missing:
            gone.rename(tmp_path / "gone")
        table = compare(tmp_path / "again", "data.root", tmp_path / "out", metrics=[ACCURACY], reference="/m/discs")
        assert table[["difference", "pairs"]].to_numpy().tolist() == [[0.5, 3]]


def test_splits_drawn_under_one_seed_are_pairs_of_their_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    better = []
    for draw, rights in ((1, (1, 3)), (2, (2, 3)), (3, (1, 4))):
        for name, right in zip(("adam", "sgd"), rights, strict=True):
            given: dict[str, Any] = {"choices": {"optimizer": name}, "config": {"split": {"seed": draw}}}
            write_job(tmp_path / "sweep", right, f"optimizer={name}", f"split.seed={draw}", **given)
        better.append((rights[1] - rights[0]) / 4)
    table = compare(tmp_path / "sweep", "optimizer", tmp_path / "out", metrics=[ACCURACY])
    assert table[["difference", "pairs"]].to_numpy().tolist() == [[0.5, 3]]
    assert table.p_value[0] == pytest.approx(ttest_1samp(better, 0).pvalue)
    said = " ".join(capsys.readouterr().out.split())
    assert "paired by split" in said and "averaged over" not in said and "left out" not in said


def write_pair(folder: Path, rights: tuple[int, int], *asked: str, seed: int, **given: Any) -> float:
    """Write a run of each of two models, and return by how much the second is better."""
    choices = given.pop("choices", {})
    for model, right in zip(("cnn", "lstm"), rights, strict=True):
        write_job(folder, right, f"model={model}", *asked, seed=seed, choices={"model": model} | choices, **given)
    return (rights[1] - rights[0]) / 4


def test_settings_of_data_and_split_that_test_the_same_tracks_are_averaged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    grid, better = product(("true", "false"), ("mean", "left")), np.zeros((4, 3))
    for row, (val, downmix) in enumerate(grid):
        asked = (f"split.train_on_val={val}", f"data.downmix={downmix}")
        given: dict[str, Any] = {"choices": {"split": "filtered"}, "config": {"split": {"train_on_val": val}}}
        for seed in (1, 2, 3):
            rights = (row % 2, min(4, row % 2 + seed))
            better[row, seed - 1] = write_pair(tmp_path, rights, *asked, seed=seed, **given)
    table = compare(tmp_path, "model", tmp_path / "out", metrics=[ACCURACY])
    assert table[["difference", "pairs"]].to_numpy().tolist() == [[better.mean(), 3]]
    assert table.p_value[0] == pytest.approx(ttest_1samp(better.mean(axis=0), 0).pvalue)
    assert "paired by seed, averaged over data and split" in " ".join(capsys.readouterr().out.split())


def test_seeds_of_several_splits_are_averaged_within_each_split(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    better = np.zeros((3, 2))  # (split, seed)
    for (draw, seed), downmix in product(np.ndindex(3, 2), ("mean", "left")):
        asked, config = (f"split.seed={draw}", f"data.downmix={downmix}"), {"split": {"seed": draw}}
        rights = (int(downmix == "left"), draw + seed + 1)
        better[draw, seed] += write_pair(tmp_path, rights, *asked, seed=seed, config=config) / 2
    table = compare(tmp_path, "model", tmp_path / "out", metrics=[ACCURACY])
    assert table[["difference", "pairs"]].to_numpy().tolist() == [[better.mean(), 3]]
    assert table.p_value[0] == pytest.approx(ttest_1samp(better.mean(axis=1), 0).pvalue)
    said = " ".join(capsys.readouterr().out.split())
    assert "paired by split, averaged over seeds and data" in said and "left out" not in said


@pytest.mark.parametrize("name", ["data.corpus_seed", "data.root"])
def test_other_corpora_are_pairs_of_their_own_but_not_other_settings_of_one(name: str, tmp_path: Path) -> None:
    better = np.zeros((2, 2))  # (corpus, seed)
    for (corpus, seed), seconds in product(np.ndindex(2, 2), (5, 9)):
        config = {"data": {name.removeprefix("data."): str(corpus)}}
        rights = (int(seconds == 9), 1 + corpus + seed)
        asked = (f"{name}={corpus}", f"data.seconds={seconds}")
        better[corpus, seed] += write_pair(tmp_path, rights, *asked, seed=seed, config=config) / 2
    table = compare(tmp_path, "model", tmp_path / "out", metrics=[ACCURACY])
    assert table[["difference", "pairs"]].to_numpy().tolist() == [[better.mean(), 4]]
    assert table.p_value[0] == pytest.approx(ttest_1samp(better.ravel(), 0).pvalue)


def test_splits_of_two_kinds_with_seeds_of_their_own_are_averaged(tmp_path: Path) -> None:
    for seed, (split, drawn_by) in product((1, 2), (("stratified", None), ("stratified_60_20_20", 42))):
        config = {"split": {"seed": drawn_by or seed}}
        rights = (1, 1 + seed + (drawn_by is None))
        write_pair(tmp_path, rights, f"split={split}", seed=seed, config=config, choices={"split": split})
    table = compare(tmp_path, "model", tmp_path / "out", metrics=[ACCURACY])
    assert table[["difference", "pairs"]].to_numpy().tolist() == [[0.5, 2]]


@pytest.mark.parametrize("kind", ["split", "data", "milestone", "checkpoint", "sweep"])
def test_evaluations_are_told_apart_by_what_was_tested(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    none = {"model": None, "optimizer": None, "split": None}
    for seed, place, (rate, right) in product((1, 2), (0, 1), ((16000, 1), (22050, 2))):
        tested = tmp_path / "runs" / f"{seed}-{place if kind != 'checkpoint' else 0}"
        choices = {"split": ("stratified", "artist_kfold")[place]} if kind == "split" else {}
        asked = (f"data.downmix={('mean', 'left')[place]}",) if kind == "data" else ()
        write_run(tested, seed=seed, choices=choices, overrides=asked)
        if kind == "checkpoint":
            tested = tested / "checkpoints" / ("best.ckpt", "last.ckpt")[place]
            tested.parent.mkdir(exist_ok=True)
            tested.touch()
        config = {"seed": 0, "run": str(tested), "sample_rate": rate}
        given: dict[str, Any] = {"command": "evaluate", "choices": none, "config": config}
        given["overrides"] = (f"run={tested}", f"sample_rate={rate}")
        again = RunFolder(write_run(tmp_path / "again" / f"{seed}{place}{rate}", predictions(right + place), **given))
        epoch = {"milestone": 50 + 50 * place, "checkpoint": (10 + seed, 100)[place]}.get(kind, 9)
        told = {"evaluated": "defaults", "data": "folder tapes", "split": "all tracks", "tested_epoch": epoch}
        again.metrics_json.write_text(json.dumps(json.loads(again.metrics_json.read_text()) | told))
    table = compare(tmp_path / "again", "sample_rate", tmp_path / "out", metrics=[ACCURACY])
    assert table[["difference", "pairs"]].to_numpy().tolist() == [[0.25, 2]]
    named = {"split": "tested run's split", "data": "tested run's data", "milestone": "tested epoch", "sweep": "run"}
    said = " ".join(capsys.readouterr().out.split())
    assert f"paired by seed, averaged over {named.get(kind, kind)}" in said and "left out" not in said


def test_folds_of_several_splits_are_those_of_one_as_these_test_the_same_tracks() -> None:
    better = np.array([[0.1, 0.2, 0.4], [0.2, 0.3, 0.1]])  # (split, fold)
    runs = [
        {"value": name, "seed": "1", "fold": str(fold), "split": f"seed={draw}", ACCURACY: 0.4 + more * (name == "b")}
        for (draw, fold), more in np.ndenumerate(better)
        for name in ("a", "b")
    ]
    row = differences(pd.DataFrame(runs), [ACCURACY], "a").iloc[0]
    assert (row.pairs, row.difference) == (3, pytest.approx(better.mean()))


def test_a_setting_that_only_one_option_has_does_not_keep_runs_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for seed in (1, 2):
        write_classical(tmp_path / "sweep", 2, seed=seed)
        for width in (16, 32):
            asked, config = ("model=cnn", f"model.width={width}"), {"model": {"width": width}}
            write_job(tmp_path / "sweep", width // 16 + 1, *asked, seed=seed, config=config)
    table = compare(tmp_path / "sweep", "model", tmp_path / "out", metrics=[ACCURACY], reference="svm")
    assert table[["difference", "pairs"]].to_numpy().tolist() == [[0.125, 2]]
    said = " ".join(capsys.readouterr().out.split())
    assert "A run on which model.width has no effect is paired with runs of every value of it." in said
    assert "also differ" not in said


def test_a_setting_that_some_runs_of_each_value_have_keeps_runs_apart(tmp_path: Path) -> None:
    clip = "trainer.gradient_clip_val"
    for (optimizer, clipped), right in {("adam", 0): 4, ("adam", 1): 2, ("sgd", 0): 3, ("sgd", 1): 2}.items():
        asked: tuple[tuple[str, ...], dict[str, Any]] = ((f"+{clip}=1",), {"trainer": {"gradient_clip_val": 1}})
        typed, config = asked if clipped else ((), {})
        given: dict[str, Any] = {"choices": {"optimizer": optimizer}, "config": config}
        write_job(tmp_path / "sweep", right, f"optimizer={optimizer}", *typed, **given)
    table = compare(tmp_path / "sweep", "optimizer", tmp_path / "out", metrics=[ACCURACY])
    assert table[["difference", "pairs"]].to_numpy().tolist() == [[-0.125, 1]]  # of -1/4 and 0
