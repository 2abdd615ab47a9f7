"""Comparisons of sweeps as they are run: with folds, milestones, and without validation on one side."""

import json
import shutil
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from made_runs import predictions, write_run
from scipy.stats import t, ttest_1samp

from musicgenre.cli.next_step import after_sweep
from musicgenre.errors import MusicGenreError
from musicgenre.runs.compare import compare, differences
from musicgenre.runs.compare_tracks import forest
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.run import Run
from musicgenre.runs.settings import names_together

ACCURACY = "test/track/accuracy"


def write_fold(
    folder: Path, optimizer: str, fold: int, right: int, tracks: int = 4, seed: int = 1, drawn_by: int = 0
) -> None:
    table = predictions(right, tracks)
    table["track"] = table["track"].str.replace(".wav", f"_{fold}.wav")
    asked = ("split=artist_kfold", f"split.fold={fold}", f"optimizer={optimizer}")
    choices, config = {"split": "artist_kfold", "optimizer": optimizer}, {"split": {"fold": fold, "seed": drawn_by}}
    write_run(folder / f"{optimizer}{fold}-{seed}", table, overrides=asked, choices=choices, config=config, seed=seed)


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
    said = " ".join(capsys.readouterr().out.split())
    assert "difference from adam, paired by fold metric" in said and "different tracks" not in said


def write_repeated_folds(folder: Path, *, redrawn: bool) -> np.ndarray:
    """Write three folds with two seeds, and return by how much the second optimizer is better, `(seed, fold)`."""
    better = np.array([[1, 2, 4], [2, 3, 1]])
    for (row, fold), more in np.ndenumerate(better):
        for optimizer, right in (("adam", 4), ("sgd", 4 + more)):
            write_fold(folder, optimizer, fold, right, 10, seed=row + 1, drawn_by=row if redrawn else 0)
    return better / 10


def test_folds_are_averaged_over_seeds_as_these_test_the_same_tracks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    better = write_repeated_folds(tmp_path / "sweep", redrawn=False)
    table = compare(tmp_path / "sweep", "optimizer", tmp_path / "out", metrics=[ACCURACY])
    expected = ttest_1samp(better.mean(axis=0), 0)
    assert (table.pairs[0], table.difference[0]) == (3, pytest.approx(13 / 60))
    assert table.p_value[0] == pytest.approx(expected.pvalue)
    assert (table.low[0], table.high[0]) == pytest.approx(tuple(expected.confidence_interval()))
    assert table["mean"][0] - table.reference[0] == pytest.approx(table.difference[0])
    said = " ".join(capsys.readouterr().out.split())
    assert "By optimizer: difference from adam, paired by fold, averaged over seeds" in said
    assert "left out" not in said and "interval of one" not in said
    shutil.rmtree(tmp_path / "sweep" / "sgd0-2")
    table = compare(tmp_path / "sweep", "optimizer", tmp_path / "out", metrics=[ACCURACY])
    assert (table.pairs[0], table.difference[0]) == (3, pytest.approx((0.1 + 0.25 + 0.25) / 3))
    assert "1 of 11 runs is left out (adam seed=2 fold=0), as not every" in capsys.readouterr().out


def test_folds_of_one_side_alone_do_not_make_the_pairs_folds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = [3, 2, 4]
    for row in range(3):
        for fold in range(3):
            write_fold(tmp_path / "sweep", "adam", fold, 2, 10, seed=row + 1)
        write_fold(tmp_path / "sweep", "sgd", 0, 2 + more[row], 10, seed=row + 1)
    table = compare(tmp_path / "sweep", "optimizer", tmp_path / "out", metrics=[ACCURACY])
    assert (table.pairs[0], table.difference[0]) == (3, pytest.approx(0.3))
    assert table.p_value[0] == pytest.approx(ttest_1samp(np.array(more) / 10, 0).pvalue)
    said = " ".join(capsys.readouterr().out.split())
    assert "By optimizer: difference from adam, paired by seed" in said and "A single pair" not in said
    assert "paired by seed, or" not in said and "averaged over" not in said
    for seed in (1, 2):
        for fold in range(3):
            write_fold(tmp_path / "sweep", "rmsprop", fold, 2 + fold, 10, seed=seed)
    table = compare(tmp_path / "sweep", "optimizer", tmp_path / "out", metrics=[ACCURACY])
    assert table[["value", "pairs"]].to_numpy().tolist() == [["rmsprop", 3], ["sgd", 3]]
    said = " ".join(capsys.readouterr().out.split())
    assert "paired by fold, averaged over seeds, or by seed" in said


@pytest.mark.usefixtures("built")
def test_a_forest_plot_calls_what_is_paired_pairs_as_they_may_be_folds() -> None:
    row = {"metric": ACCURACY, "value": "sgd", "difference": 0.1, "low": 0.0, "high": 0.2, "p_holm": 0.2}
    figure = forest(pd.DataFrame([row]), pd.DataFrame(), "By optimizer")
    assert figure is not None
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == [f"sgd: {ACCURACY}, pairs"]


def test_folds_that_each_seed_draws_again_count_as_those_of_one_seed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    better = write_repeated_folds(tmp_path / "sweep", redrawn=True)
    table = compare(tmp_path / "sweep", "optimizer", tmp_path / "out", metrics=[ACCURACY])
    reach = t.ppf(0.975, 2) * (better.var(axis=1, ddof=1).mean() / 3) ** 0.5
    assert (table.pairs[0], table.difference[0]) == (3, pytest.approx(13 / 60))
    assert (table.low[0], table.high[0]) == pytest.approx((13 / 60 - reach, 13 / 60 + reach))
    said = " ".join(capsys.readouterr().out.split())
    assert "paired by fold, averaged over seeds, interval of one seed" in said


@pytest.mark.parametrize("split", ["", "all tracks"])  # of other data: what is drawn anew is what the runs train on
def test_folds_of_evaluations_are_redrawn_as_those_of_their_runs(split: str, tmp_path: Path) -> None:
    write_repeated_folds(tmp_path / "runs", redrawn=True)
    for number, run in enumerate(map(Run, sorted((tmp_path / "runs").iterdir()))):
        rate = 16000 if "sgd" in run.folder.name else 22050
        config = {"run": str(run.folder), "sample_rate": rate}
        given: dict[str, Any] = {"command": "evaluate", "choices": {"split": None}, "config": config}
        given["overrides"] = (f"run={run.folder}",)
        place = write_run(tmp_path / "again" / str(number), run.predictions, **given)
        told = json.loads((place / "metrics.json").read_text()) | {"evaluated": names_together([run])}
        (place / "metrics.json").write_text(json.dumps(told | {"split": split or run.split}))
    trained = compare(tmp_path / "runs", "optimizer", tmp_path / "out", metrics=[ACCURACY])
    tested = compare(tmp_path / "again", "sample_rate", tmp_path / "out", metrics=[ACCURACY])
    columns = ["difference", "low", "high", "pairs"]
    assert tested[columns].to_numpy().tolist() == trained[columns].to_numpy().tolist()


def write_grid(folder: Path, optimizers: tuple[str, ...], models: tuple[str, ...], right: dict[str, int]) -> None:
    for optimizer in optimizers:
        for model in models:
            for seed in (1, 2):
                write_run(
                    folder / f"{model},{optimizer},seed={seed}",
                    predictions(right[model] - (optimizer == "sgd")),
                    overrides=(f"model={model}", f"optimizer={optimizer}", f"seed={seed}"),
                    choices={"model": model, "optimizer": optimizer},
                    seed=seed,
                )


def test_runs_of_a_grid_are_paired_within_its_other_settings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sweep, out = tmp_path / "sweep", tmp_path / "out"
    write_grid(sweep, ("adam", "sgd"), ("fcnn", "cnn"), {"fcnn": 2, "cnn": 4})
    write_grid(sweep, ("adam",), ("lstm",), {"lstm": 1})  # has no partner
    table = compare(sweep, "optimizer", out, metrics=[ACCURACY])
    figures = table[["value", "pairs", "mean", "reference", "difference"]]
    assert figures.to_numpy().tolist() == [["sgd", 2, 0.5, 0.75, -0.25]]
    assert len(pd.read_csv(out / "tracks.csv")) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "By optimizer: difference from adam, paired by seed, averaged over model" in said
    assert "2 of 10 runs are left out (adam model=lstm), as not every seed" in said
    assert "as mean probabilities would be over runs that differ in model." in said
    assert "also differ in" not in said
    table = compare(sweep, "model", out, metrics=[ACCURACY], reference="fcnn")
    assert table[["value", "pairs", "difference"]].to_numpy().tolist() == [["cnn", 2, 0.5], ["lstm", 2, -0.25]]
    title = "paired by seed, averaged over optimizer, or by seed"  # alone: lstm has but one
    assert title in " ".join(capsys.readouterr().out.split())


def test_what_is_told_of_a_table_is_told_of_the_pairs_that_count(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sweep = tmp_path / "sweep"
    write_grid(sweep, ("adam", "sgd"), ("fcnn", "cnn"), {"fcnn": 2, "cnn": 4})
    lost = sweep / "cnn,sgd,seed=2"
    written, undefined = (lost / "metrics.json").read_text(), json.loads((lost / "metrics.json").read_text())
    undefined[ACCURACY] = float("nan")
    (lost / "metrics.json").write_text(json.dumps(undefined))
    compare(sweep, "optimizer", tmp_path / "out", metrics=[ACCURACY, "val/track/accuracy"])
    said = " ".join(capsys.readouterr().out.split())
    assert "paired by seed, or by seed, averaged over model metric" in said  # one metric has the pairs of fcnn alone
    (lost / "metrics.json").write_text(written)
    shutil.rmtree(lost)
    compare(sweep, "optimizer", tmp_path / "out", metrics=[ACCURACY])
    said = " ".join(capsys.readouterr().out.split())
    assert "difference from adam, paired by seed metric" in said
    assert "3 of 7 runs are left out (adam model=cnn and sgd model=cnn), as" in said


def test_pairs_of_one_seed_count_as_one_with_their_mean_difference() -> None:
    better = np.array([[0.0, 0.3], [0.1, 0.3], [0.2, 0.1]])  # (seed, lr)
    runs = [
        {"value": name, "seed": seed, "fold": "0", "settings": ((str(lr), True),), ACCURACY: 0.4 + more * (name == "b")}
        for (seed, lr), more in np.ndenumerate(better)
        for name in ("a", "b")
    ]
    row = differences(pd.DataFrame(runs), [ACCURACY], "a").iloc[0]
    expected = ttest_1samp(better.mean(axis=1), 0)
    low, high = expected.confidence_interval()
    assert (row.pairs, row.difference) == (3, pytest.approx(better.mean()))
    assert (row.low, row.high, row.p_value) == pytest.approx((low, high, expected.pvalue))
    row = differences(pd.DataFrame(runs[2:]), [ACCURACY], "a").iloc[0]  # seed 0 with one lr alone
    assert (row.pairs, row.difference) == (3, pytest.approx((0.3 + 0.3 + 0.1) / 3))  # of that lr


@pytest.mark.parametrize("rates", [("0.01", "0.1"), ("0.1",), ("0.001",)])  # of the classical model's jobs
def test_a_classical_model_is_compared_at_every_value_of_what_it_ignores(
    rates: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    right = {("cnn", "0.01"): 0, ("cnn", "0.1"): 4} | {("logistic", lr): 2 for lr in rates}
    for ((model, lr), count), seed in product(right.items(), (1, 2)):
        asked, config = (f"model={model}", f"optimizer.lr={lr}", f"seed={seed}"), {"optimizer": {"lr": float(lr)}}
        folder, choices = tmp_path / "sweep" / ",".join(asked), {"model": model}
        run = RunFolder(
            write_run(folder, predictions(count), overrides=asked, choices=choices, config=config, seed=seed)
        )
        if model == "logistic":
            run.checkpoints.mkdir()
            run.model_joblib.write_bytes(b"")
    for reference, mean, other in (("cnn", 0.5, "logistic"), ("logistic", 0.5, "cnn")):
        table = compare(tmp_path / "sweep", "model", tmp_path / "out", metrics=[ACCURACY], reference=reference)
        figures = table[["value", "mean", "reference", "difference", "pairs"]].to_numpy().tolist()
        assert figures == [[other, mean, 0.5, 0, 2]]
    said = " ".join(capsys.readouterr().out.split())
    assert "A run on which optimizer.lr has no effect is paired with runs of every value of it." in said
    assert "also differ in" not in said and "not every seed" not in said
    if len(rates) == 1:
        table = compare(tmp_path / "sweep", "optimizer.lr", tmp_path / "out", metrics=[ACCURACY])
        assert table[["value", "difference", "pairs"]].to_numpy().tolist() == [["0.1", 1, 2]]  # of cnn alone


def test_runs_that_are_no_grid_are_refused(tmp_path: Path) -> None:
    rates = {"adam": (0.1, 0.2), "sgd": (0.3, 0.4)}
    for number, (optimizer, lr) in enumerate((name, lr) for name, found in rates.items() for lr in found):
        asked, config = (f"optimizer={optimizer}", f"optimizer.lr={lr}"), {"optimizer": {"lr": lr}}
        write_run(tmp_path / "a" / str(number), overrides=asked, choices={"optimizer": optimizer}, config=config)
    with pytest.raises(MusicGenreError, match="No run of sgd has the seed and the other settings of a run of adam, as"):
        compare(tmp_path / "a", "optimizer", tmp_path / "out", metrics=[ACCURACY])
    for name, right in (("one", 4), ("two", 3)):
        write_grid(tmp_path / "b" / name, ("adam", "sgd"), ("cnn",), {"cnn": right})
    with pytest.raises(MusicGenreError, match="adam has several runs with seed 1 that no setting tells apart, as in"):
        compare(tmp_path / "b", "optimizer", tmp_path / "out", metrics=[ACCURACY])


def test_copies_of_a_run_count_once(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_grid(tmp_path / name, ("adam", "sgd"), ("cnn",), {"cnn": 4})
    table = compare(tmp_path, "optimizer", tmp_path / "out", metrics=[ACCURACY])
    assert (
        table["pairs"].tolist()
        == compare(tmp_path / "one", "optimizer", tmp_path / "out", metrics=[ACCURACY])["pairs"].tolist()
    )


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
    assert found.metric.tolist() == ["test/segment/accuracy", ACCURACY, "test/track/macro_f1"]


def test_compare_is_named_for_what_was_swept(tmp_path: Path) -> None:
    folder = tmp_path / "sweep"
    write_grid(folder, ("adam", "sgd"), ("fcnn", "cnn"), {"fcnn": 2, "cnn": 4})
    report, *both = after_sweep(folder, ["data", "model", "optimizer", "seed"])
    assert report == f"musicgenre report runs={folder}"
    assert both == [f"musicgenre compare runs={folder} by={key}" for key in ("model", "optimizer")]
    for key in ("model", "optimizer"):
        compare(folder, key, tmp_path / key, metrics=[ACCURACY])
    assert after_sweep(folder, []) == [report]  # a search
