import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from command_line import TINY, fails, musicgenre
from PIL import Image

from musicgenre.evaluation.metrics import all_metrics


@pytest.fixture(scope="session")
def sweep(tmp_path_factory: pytest.TempPathFactory, corpus_root: Path) -> Path:
    """Two optimizers with two seeds each, on one split."""
    folder = tmp_path_factory.mktemp("sweep")
    grid = ("optimizer=adam,sgd", "seed=1,2", "split.seed=0", "optimizer.lr=0.01")
    settings = [text for text in TINY if not text.startswith(("seed", "optimizer"))]
    data = ("data=folder", f"data.root={corpus_root}", f"hydra.sweep.dir={folder}")
    result = musicgenre("train", "-m", *settings, *data, *grid)
    assert result.status == 0, result.text
    return folder


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory, sweep: Path) -> Path:
    folder = tmp_path_factory.mktemp("report")
    result = musicgenre("report", f"runs={sweep}", f"hydra.run.dir={folder}")
    assert result.status == 0, result.text
    assert "optimizer=adam" in result.text
    return folder


def test_report_gives_mean_and_spread_over_seeds(report: Path, sweep: Path) -> None:
    runs, table = pd.read_csv(report / "runs.csv"), pd.read_csv(report / "report.csv")
    assert len(runs) == 4
    assert sorted(table.run) == ["optimizer=adam", "optimizer=sgd"]
    assert table.runs.tolist() == [2, 2]
    for name in table.run:
        of_name = runs[runs.run == name]["test/segment/loss"]
        row = table[table.run == name].iloc[0]
        assert row["test/segment/loss"] == pytest.approx(of_name.mean())
        assert row["test/segment/loss_sd"] == pytest.approx(of_name.std())
    stored = [json.loads(path.read_text())["test/track/accuracy"] for path in sorted(sweep.glob("*/metrics.json"))]
    assert runs["test/track/accuracy"].tolist() == pytest.approx(stored)


def test_report_draws_a_bar_chart_and_confusion_matrices(report: Path) -> None:
    names = {path.name for path in (report / "figures").iterdir()}
    assert names == {"accuracies.png", "confusion_optimizer=adam.png", "confusion_optimizer=sgd.png"}
    for name in names:
        with Image.open(report / "figures" / name) as picture:
            assert min(picture.size) > 100


def test_report_holds_classification_reports_of_all_seeds(report: Path, sweep: Path) -> None:
    text = (report / "classification_reports.txt").read_text()
    assert "optimizer=sgd: test tracks of 2 runs" in text
    tested = pd.read_csv(sweep / "0" / "predictions.csv").query("split == 'test'").track.nunique()
    assert text.count(f"{2 * tested}\n") >= 2  # the support of two seeds' test tracks


def test_unfinished_runs_are_named_and_left_out(tmp_path: Path, sweep: Path) -> None:
    root = tmp_path / "runs"
    for name in ("0", "1"):
        (root / name / ".hydra").mkdir(parents=True)
        for file in ("environment.json", "metrics.json", "predictions.csv", ".hydra/overrides.yaml"):
            (root / name / file).write_bytes((sweep / name / file).read_bytes())
    (root / "1" / "metrics.json").unlink()
    shutil.copytree(root / "0", root / "gan")
    (root / "gan" / "predictions.csv").unlink()
    result = musicgenre("report", f"runs={root}", f"hydra.run.dir={tmp_path}/report")
    assert result.status == 0, result.text
    assert f"{root / '1'} is not finished" in result.text
    assert f"{root / 'gan'} classifies nothing" in result.text
    assert len(pd.read_csv(tmp_path / "report" / "runs.csv")) == 1


def test_a_folder_without_runs_is_refused(tmp_path: Path) -> None:
    folder = f"hydra.run.dir={tmp_path}/report"
    (tmp_path / "empty").mkdir()
    fails(musicgenre("report", f"runs={tmp_path}/none", folder), "There is no folder")
    fails(musicgenre("report", f"runs={tmp_path}/empty", folder), "There is no finished run")
    fails(musicgenre("report", folder), "runs is not set")


def test_ensemble_is_a_run_of_its_own(tmp_path: Path, sweep: Path) -> None:
    members = [sweep / name for name in ("0", "1", "2")]
    listed = ",".join(map(str, members))
    result = musicgenre("ensemble", f"runs=[{listed}]", f"hydra.run.dir={tmp_path}")
    assert result.status == 0, result.text
    assert musicgenre("ensemble", f"runs={sweep}", f"hydra.run.dir={tmp_path}/all").status == 0
    assert json.loads((tmp_path / "all" / "metrics.json").read_text())["members"] == 4
    mean = pd.read_csv(tmp_path / "predictions.csv")
    tables = [pd.read_csv(folder / "predictions.csv") for folder in members]
    expected = sum(table.p_drone.to_numpy() for table in tables) / 3
    assert mean.p_drone.to_numpy() == pytest.approx(expected, abs=1e-6)
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert metrics["members"] == 3
    assert metrics["test/track/accuracy"] == pytest.approx(all_metrics(mean)["test/track/accuracy"])
    assert (tmp_path / "figures" / "confusion_test.png").is_file()


def test_ensembles_that_make_no_sense_are_refused(tmp_path: Path, sweep: Path, finished_run: Path) -> None:
    folder = f"hydra.run.dir={tmp_path}"
    fails(musicgenre("ensemble", f"runs=[{sweep}/0]", folder), "takes two or more")
    fails(musicgenre("ensemble", f"runs={sweep}/0", folder), "takes two or more")
    fails(musicgenre("ensemble", f"runs=[{sweep}/0,{tmp_path}/none]", folder), "is no finished run (no such folder)")
    fails(musicgenre("ensemble", f"runs=[{sweep}/0,{finished_run}]", folder), "hold other tracks")


def test_a_run_cut_off_after_its_inner_net_counts_nowhere(tmp_path: Path, sweep: Path) -> None:
    """The inner net of an unfinished run is a part of it, for report and for compare alike."""
    copy = shutil.copytree(sweep, tmp_path / "sweep")
    cut_off = copy / "3"
    shutil.move(cut_off, tmp_path / "3")
    shutil.copytree(tmp_path / "3", cut_off / "cnn")
    shutil.copy(tmp_path / "3" / "environment.json", cut_off)
    for command in (("report",), ("compare", "by=optimizer")):
        result = musicgenre(*command, f"runs={copy}", f"hydra.run.dir={tmp_path / command[0]}")
        assert result.status == 0, result.text
        assert "3 is not finished" in result.text
    assert len(pd.read_csv(tmp_path / "report" / "runs.csv")) == 3
    assert set(pd.read_csv(tmp_path / "compare" / "differences.csv").pairs) == {1}
