"""Paired differences between the runs of a sweep."""

import json
import logging
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from made_runs import begin_run, predictions, write_run, write_sweep
from scipy.stats import ttest_rel

from musicgenre.errors import MusicGenreError
from musicgenre.runs.compare import METRICS, compare, differences
from musicgenre.runs.compare_tracks import forest

ACCURACY = "test/track/accuracy"


@pytest.fixture
def sweep(tmp_path: Path) -> Path:
    """Two optimizers by three seeds, with accuracies of 1, 0.75, 0.75 and 0.5, 0.5, 0."""
    return write_sweep(tmp_path / "sweep", adam=(4, 3, 3), sgd=(2, 2, 0))


def write_one(folder: Path, value: object, seed: int, accuracy: float) -> None:
    """Write a run that has only what is compared."""
    run = begin_run(folder, seed=seed, config={"width": value})
    run.write_metrics({ACCURACY: accuracy})


def test_runs_are_paired_by_seed(sweep: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = compare(sweep, "optimizer", tmp_path / "out", metrics=[ACCURACY])
    expected = ttest_rel([0.5, 0.5, 0.0], [1.0, 0.75, 0.75])
    low, high = expected.confidence_interval(0.95)
    row = table.iloc[0]
    assert len(table) == 1
    assert (row.metric, row.value, row.pairs) == (ACCURACY, "sgd", 3)
    assert (row["mean"], row.reference) == pytest.approx((1 / 3, 2.5 / 3))
    assert (row.difference, row.low, row.high, row.p_value) == pytest.approx((-0.5, low, high, expected.pvalue))
    written = pd.read_csv(tmp_path / "out" / "differences.csv")
    pd.testing.assert_frame_equal(written, table, rtol=1e-8, check_dtype=False)
    shown = " ".join(capsys.readouterr().out.split())
    assert "By optimizer: difference from adam, paired by seed" in shown
    points = f"sgd -50.0 {100 * low:+.1f} to {100 * high:+.1f}"
    assert f"{points} {expected.pvalue:.3f} {expected.pvalue:.3f} 3" in shown  # a single p needs no correction
    assert f"Differences: {tmp_path / 'out' / 'differences.csv'}" in shown


def test_the_p_by_which_the_figure_shows_ties_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    sweep = write_sweep(tmp_path / "sweep", adam=(4, 4, 4), sgd=(2, 1, 1))
    table = compare(sweep, "optimizer", tmp_path / "out")
    assert table.metric.tolist() == list(METRICS)
    row = table.set_index("metric").loc[ACCURACY]
    assert row.p_value < 0.05 < row.p_holm == pytest.approx(4 * row.p_value)
    lines = capsys.readouterr().out.splitlines()
    (line,) = (line.split() for line in lines if line.startswith(f" {ACCURACY}"))
    assert line[-3:] == [f"{row.p_value:.3f}", f"{row.p_holm:.3f}", "3"]
    assert ["metric", "optimizer", "points"] in [line.split()[:3] for line in lines]
    assert max(len(line.rstrip()) for line in lines if "Differences:" not in line) <= 80


def test_one_pair_is_said_to_have_no_interval(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    compare(write_sweep(tmp_path / "sweep", adam=(4,), sgd=(2,)), "optimizer", tmp_path / "out", metrics=[ACCURACY])
    assert "A single pair gives no interval: train the runs with several seeds" in capsys.readouterr().out


def test_the_reference_can_be_chosen(sweep: Path, tmp_path: Path) -> None:
    table = compare(sweep, "optimizer", tmp_path, metrics=[ACCURACY], reference="sgd")
    assert (table.value[0], table.difference[0]) == ("adam", pytest.approx(0.5))
    with pytest.raises(MusicGenreError, match="No run has optimizer=adm: set reference to one of adam, sgd"):
        compare(sweep, "optimizer", tmp_path, reference="adm")


def test_equal_numbers_are_one_value(tmp_path: Path) -> None:
    for seed, values in enumerate(((3, 4), (3.0, 4.0), (3, 4.0))):
        for value in values:
            write_one(tmp_path / f"{seed}-{value}", value, seed, value / 10)
    for reference in (4, 4.0, "4"):
        (row,) = compare(tmp_path, "width", tmp_path / "out", metrics=[ACCURACY], reference=reference).itertuples()
        assert (row.value, row.pairs) == ("3", 3)
    with pytest.raises(MusicGenreError, match=r"All runs have width=3: a comparison needs"):
        compare(one_value(tmp_path / "one"), "width", tmp_path / "out", metrics=[ACCURACY])


def one_value(folder: Path) -> Path:
    for seed, value in enumerate((3, 3.0)):
        write_one(folder / str(seed), value, seed, 0.5)
    return folder


def test_none_is_the_reference_where_a_run_has_it(tmp_path: Path) -> None:
    for number, value in enumerate(("improved", None)):
        write_one(tmp_path / str(number), value, 1, 0.6 - 0.1 * number)
    table = compare(tmp_path, "width", tmp_path / "out", metrics=[ACCURACY])
    assert table.value.tolist() == ["improved"]
    assert table.difference[0] == pytest.approx(0.1)
    assert table.low.isna().all() and table.p_value.isna().all()  # one pair has no interval


def test_what_no_run_has_is_compared_where_it_is_asked_for_alone(tmp_path: Path) -> None:
    for number, optimizer in enumerate(("adam", "sgd")):
        table = predictions(number)
        write_run(tmp_path / str(number), table[table.split == "test"], choices={"optimizer": optimizer})
    table = compare(tmp_path, "optimizer", tmp_path / "out")
    assert table.metric.tolist() == ["test/segment/accuracy", "test/track/accuracy", "test/track/macro_f1"]
    with pytest.raises(MusicGenreError, match="has no val/track/accuracy: choose other"):
        compare(tmp_path, "optimizer", tmp_path / "out", metrics=["val/track/accuracy"])


def test_a_run_that_takes_no_part_takes_no_figure_away(tmp_path: Path) -> None:
    for number in (0, 1):
        write_run(tmp_path / str(number), predictions(number), config={"width": number})
    begin_run(tmp_path / "again", command="evaluate").write_metrics({"test/segment/accuracy": 0.5})
    table = compare(tmp_path, "width", tmp_path / "out")
    assert "val/track/accuracy" in table.metric.tolist()


def test_a_dotted_key_of_the_config_is_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number, lr in enumerate((0.1, 0.01)):
        run = begin_run(tmp_path / str(number), config={"optimizer": {"lr": lr, "betas": [lr, 1]}})
        run.write_metrics({"test/track/loss": lr})
    table = compare(tmp_path, "optimizer.lr", tmp_path / "out", metrics=["test/track/loss"])
    assert table.value.tolist() == ["0.01"]
    assert "0.01 -0.090 1" in " ".join(capsys.readouterr().out.split())  # a loss is not in points; one pair
    turned = compare(str(tmp_path), "optimizer.lr", str(tmp_path / "out"), metrics=["test/track/loss"], reference=0.01)
    assert turned.value.tolist() == ["0.1"]
    assert compare(tmp_path, "optimizer.betas", tmp_path / "out", metrics=["test/track/loss"]).value[0] == "[0.01,1]"


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize(("less", "points"), [(0, "+0.0"), (1 / 7, "-14.3")])
def test_pairs_that_all_differ_by_the_same_do_not_show_a_difference(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], less: float, points: str
) -> None:
    for seed, accuracy in ((1, 5 / 7), (2, 4 / 7), (3, 6 / 7)):
        write_one(tmp_path / f"8-{seed}", 8, seed, accuracy)
        write_one(tmp_path / f"16-{seed}", 16, seed, accuracy - less)
    table = compare(tmp_path, "width", tmp_path / "out", metrics=[ACCURACY], reference=8)
    assert table.difference[0] == pytest.approx(-less)
    assert table[["low", "high", "p_value", "p_holm"]].isna().all(axis=None)
    shown = " ".join(capsys.readouterr().out.split())
    assert f"{ACCURACY} 16 {points} 3 points:" in shown
    assert "Several pairs without interval and p all differ by the same" in shown and "A single pair" not in shown
    (axes,) = forest(table, pd.DataFrame(), "by width").axes  # type: ignore[union-attr]
    assert [each.get_label() for each in axes.containers] == ["tie"]


def test_no_difference_has_no_minus(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number, (value, accuracy) in enumerate(((8, 0.5), (16, 0.5 - 1e-9))):
        write_one(tmp_path / str(number), value, 1, accuracy)
    compare(tmp_path, "width", tmp_path / "out", metrics=[ACCURACY])
    assert f"{ACCURACY} 16 +0.0 1" in " ".join(capsys.readouterr().out.split())


def test_gans_alone_can_be_compared(tmp_path: Path) -> None:
    for number, gan in enumerate(("s4", "improved")):
        run = begin_run(tmp_path / str(number), command="gan", choices={"gan": gan})
        run.write_metrics({"gan/frechet_val/mean": 3.0 + number})
    table = compare(tmp_path, "gan", tmp_path / "out", metrics=["gan/frechet_val/mean"])
    assert table.difference[0] == pytest.approx(1.0)


def test_unfinished_and_damaged_runs_and_parts_are_left_out(
    sweep: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (sweep / "2" / "metrics.json").write_text("{")
    (sweep / "3" / ".hydra" / "hydra.yaml").unlink()
    (sweep / "5" / "metrics.json").rename(sweep / "5" / "cnn.json")
    write_one(sweep / "5" / "cnn", 8, 3, 0.0)
    with caplog.at_level(logging.WARNING):
        table = compare(sweep, "optimizer", tmp_path, metrics=[ACCURACY])
    assert table.pairs.tolist() == [1]  # seed 2
    assert f"{sweep / '2'} is left out: {sweep / '2' / 'metrics.json'} is damaged" in caplog.text
    assert f"{sweep / '3'} is left out: {sweep / '3' / '.hydra'} has no hydra.yaml" in caplog.text
    assert f"{sweep / '5'} is left out: it is not finished." in caplog.text


def test_runs_that_lack_what_is_compared_are_left_out(
    sweep: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    metrics = json.loads((sweep / "0" / "metrics.json").read_text())
    (sweep / "0" / "metrics.json").write_text(json.dumps(metrics | {ACCURACY: "high"}))
    begin_run(sweep / "6", config={"seed": None}).write_metrics({ACCURACY: 1.0})
    with caplog.at_level(logging.WARNING):
        table = compare(sweep, "optimizer", tmp_path, metrics=[ACCURACY])
    assert table.pairs.tolist() == [2]
    assert f"metrics.json has no {ACCURACY}: choose other metrics=[...]." in caplog.text
    assert "config.yaml has no seed, by which runs are paired." in caplog.text


def test_what_cannot_be_compared_is_refused(sweep: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(MusicGenreError, match=r"has no accuracy: choose other metrics="):
        compare(sweep, "optimizer", tmp_path, metrics=["accuracy"])
    with pytest.raises(MusicGenreError, match="by is seed, but runs that differ only in their seed are repeats of one"):
        compare(sweep, "seed", tmp_path)
    with pytest.raises(MusicGenreError, match="has no group and no value optimizr"):
        compare(sweep, "optimizr", tmp_path)
    assert "is left out" not in caplog.text  # once is enough
    with pytest.raises(
        MusicGenreError, match="All runs have model=cnn: a comparison needs runs with two or more values"
    ):
        compare(sweep, "model", tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(MusicGenreError, match="empty holds no finished run: give the folder of a sweep"):
        compare(tmp_path / "empty", "optimizer", tmp_path)
    with pytest.raises(MusicGenreError, match="runs is None: give the path of a folder, such as multirun"):
        compare(None, "optimizer", tmp_path)  # type: ignore[arg-type]
    with pytest.raises(MusicGenreError, match="There is no folder"):
        compare(tmp_path / "nowhere", "optimizer", tmp_path)


def test_differences_that_make_no_sense_are_refused() -> None:
    runs = pd.DataFrame({"value": ["a", "a", "b"], "seed": [1, 1, 1], "loss": [0.1, 0.2, 0.3]})
    with pytest.raises(MusicGenreError, match="a has several runs with seed 1 that no setting tells apart"):
        differences(runs, ["loss"], "a")
    with pytest.raises(MusicGenreError, match="c cannot be compared: the runs have a, b"):
        differences(runs, ["loss"], "c")
    with pytest.raises(MusicGenreError, match="a cannot be compared: the runs have a"):
        differences(runs[:1], ["loss"], "a")
    with pytest.raises(MusicGenreError, match="a and b have no seed in common"):
        differences(runs[1:].assign(seed=[1, 2]), ["loss"], "a")


def test_what_makes_test_tracks_differ_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other: dict[str, dict[str, Any]] = {
        "data (folder discs; folder tapes)": {"config": {"data": {"root": "/music/discs"}}},
        "genres (hum, whistle; drone, hum)": {"table": predictions(genres=("hum", "whistle"))},
    }
    for number, (what, given) in enumerate(other.items()):
        root = tmp_path / str(number)
        write_run(root / "0")
        write_run(root / "1", choices={"optimizer": "sgd"}, **given)
        compare(root, "optimizer", tmp_path / "out")
        shown = " ".join(capsys.readouterr().out.split())
        assert f"sgd and adam were tested on different {what}, so compared only over seeds." in shown


def test_the_mean_of_many_seeds_is_not_set_against_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sweep = write_sweep(tmp_path / "sweep", adam=(3, 4, 4, 4, 4), sgd=(2,))  # adam's mean recognises all four
    compare(sweep, "optimizer", tmp_path / "out", metrics=[ACCURACY])
    row = pd.read_csv(tmp_path / "out" / "tracks.csv").iloc[0]
    assert (row["difference %"], row["only a"], row["only b"]) == (-25.0, 1, 0)
    said = " ".join(capsys.readouterr().out.split())
    assert "sgd and adam are compared only by the runs that both have: seed 1." in said
    assert "4 of 6 runs are left out (adam seed=2, adam seed=3, adam seed=4 and adam seed=5), as not every" in said


def test_a_damaged_table_is_left_out_of_the_comparison_by_tracks(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_run(tmp_path / "0")
    table = predictions()
    table.loc[3, "p_hum"] = float("nan")
    folder = write_run(tmp_path / "1", choices={"optimizer": "sgd"})
    table.to_csv(folder / "predictions.csv", index=False)
    with caplog.at_level(logging.WARNING):
        assert len(compare(tmp_path, "optimizer", tmp_path / "out")) == 4  # over seeds only
    assert "is not compared by track" in caplog.text and "row 4 is incomplete" in caplog.text
    assert len(pd.read_csv(tmp_path / "out" / "tracks.csv")) == 0


def test_figures_that_are_no_shares_are_not_in_points(
    sweep: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(6):
        path = sweep / str(number) / "metrics.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"fit_seconds": 60 if number < 3 else 110}))
    compare(sweep, "optimizer", tmp_path, metrics=["test/segment/weighted_f1"], formats=["png", "pdf"])
    assert all((tmp_path / "figures" / f"forest.{ending}").is_file() for ending in ("png", "pdf"))
    for number in range(3, 6):  # so that only seconds are left to plot
        (sweep / str(number) / "predictions.csv").unlink()
    compare(sweep, "optimizer", tmp_path / "seconds", metrics=["fit_seconds"])
    assert not (tmp_path / "seconds" / "figures").exists()
    assert "fit_seconds sgd +50.000 3 points:" in " ".join(capsys.readouterr().out.split())


def test_a_figure_that_no_run_has_defined_is_said_to_be_so() -> None:
    runs = pd.DataFrame({"value": ["a", "b", "b"], "seed": [1, 1, 2], "f1": [float("nan"), 0.2, 0.3]})
    with pytest.raises(MusicGenreError, match="f1 is not defined in runs of a and b that share a seed: choose other"):
        differences(runs, ["f1"], "a")


def test_what_else_differs_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def write(sweep: str, optimizer: str, seed: int, model: str, epochs: int, *typed: str) -> None:
        write_run(
            tmp_path / sweep / f"{optimizer}{seed}{model}",
            overrides=(f"optimizer={optimizer}", f"seed={seed}", f"model={model}", "trainer=cpu", *typed),
            choices={"optimizer": optimizer, "model": model, "data": "gtzan" if epochs > 9 else "folder"},
            config={"trainer": {"max_epochs": epochs}},
            seed=seed,
        )

    for seed in (1, 2):
        write("two", "adam", seed, "cnn", 50)
        write("two", "sgd", seed, "lstm", 5, "trainer.max_epochs=5")
        write("one", "adam", seed, "cnn", 50)
        write("one", "sgd", seed, "cnn", 50, "trainer.max_epochs=50")
    compare(tmp_path / "two", "optimizer", tmp_path / "out", metrics=[ACCURACY])
    said = "The runs of sgd and adam also differ in data, model, trainer.max_epochs: this affects the difference too."
    assert said in " ".join(capsys.readouterr().out.split())
    compare(tmp_path / "one", "optimizer", tmp_path / "out", metrics=[ACCURACY])
    for seed, root in ((1, "clean"), (2, "clean"), (1, "noisy"), (2, "noisy")):
        config, typed = {"data": {"root": f"/music/{root}"}}, (f"data.root=/music/{root}", f"seed={seed}")
        write_run(tmp_path / "three" / f"{root}{seed}", overrides=typed, config=config, seed=seed)
    compare(tmp_path / "three", "data.root", tmp_path / "out", metrics=[ACCURACY])
    assert "differ in" not in capsys.readouterr().out
