"""`musicgenre report` and `musicgenre ensemble` on made-up runs, without training."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from command_line import fails, musicgenre
from made_runs import write_sweep


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two optimizers with two seeds each; read-only."""
    return write_sweep(tmp_path_factory.mktemp("sweep"), adam=(4, 3), sgd=(2, 1))


@pytest.mark.usefixtures("rough")
def test_report_lays_runs_side_by_side(tmp_path: Path, sweep: Path) -> None:
    result = musicgenre("report", f"runs={sweep}", f"hydra.run.dir={tmp_path}")
    assert result.status == 0, result.text
    assert "1 optimizer=adam 2 4 87.5 87.5 ±17.7" in " ".join(result.out.split())
    assert f"Report: {tmp_path}" in result.out
    table = pd.read_csv(tmp_path / "results.csv")
    assert table["track accuracy %"].tolist() == [87.5, 37.5]
    assert (tmp_path / "report.html").is_file() and (tmp_path / "figures" / "accuracies.png").is_file()


def test_what_report_is_asked_for_arrives(tmp_path: Path, sweep: Path) -> None:
    asked = ("over=[seed,optimizer]", f"keep={tmp_path}/kept", f"hydra.run.dir={tmp_path}/report")
    result = musicgenre("report", f"runs={sweep}", *asked)
    assert result.status == 0, result.text
    assert pd.read_csv(tmp_path / "report" / "results.csv").runs.tolist() == [4]
    assert len(list((tmp_path / "kept" / "measured").glob("*.npz"))) == 1
    assert (tmp_path / "kept" / "reproduction.csv").is_file()
    fails(musicgenre("report", f"runs={sweep}", "over=seed", asked[2]), "over is 'seed': give a list of keys")


def test_a_folder_without_runs_is_refused(tmp_path: Path) -> None:
    folder = f"hydra.run.dir={tmp_path}/report"
    (tmp_path / "empty").mkdir()
    fails(musicgenre("report", f"runs={tmp_path}/none", folder), "There is no folder")
    fails(musicgenre("report", f"runs={tmp_path}/empty", folder), "There is no finished run")
    fails(musicgenre("report", folder), "runs is not set")


def test_ensemble_is_a_run_of_its_own(tmp_path: Path, sweep: Path) -> None:
    listed = ",".join(str(sweep / name) for name in "012")
    result = musicgenre("ensemble", f"runs=[{listed}]", f"hydra.run.dir={tmp_path}/some")
    assert result.status == 0, result.text
    assert json.loads((tmp_path / "some" / "metrics.json").read_text())["members"] == 3
    assert (tmp_path / "some" / ".hydra" / "overrides.yaml").is_file()
    assert musicgenre("ensemble", f"runs={sweep}", f"hydra.run.dir={tmp_path}/all").status == 0
    assert json.loads((tmp_path / "all" / "metrics.json").read_text())["members"] == 4


def test_a_run_cut_off_after_its_inner_net_counts_nowhere(tmp_path: Path, sweep: Path) -> None:
    """The inner net of an unfinished run is part of it, for report and compare alike."""
    copy = shutil.copytree(sweep, tmp_path / "sweep")
    cut_off = copy / "3"
    shutil.move(cut_off, tmp_path / "3")
    shutil.copytree(tmp_path / "3", cut_off / "cnn")
    shutil.copy(tmp_path / "3" / "environment.json", cut_off)
    for command in (("report",), ("compare", "by=optimizer")):
        result = musicgenre(*command, f"runs={copy}", f"hydra.run.dir={tmp_path / command[0]}")
        assert result.status == 0, result.text
        assert "3 is left out: it is not finished" in result.text
    assert len(pd.read_csv(tmp_path / "report" / "runs.csv")) == 3
    assert set(pd.read_csv(tmp_path / "compare" / "differences.csv").pairs) == {1}
