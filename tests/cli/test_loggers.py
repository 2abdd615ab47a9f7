"""Every logger that a config names, alone and together, offline: what it wrote is read back."""

import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from command_line import fails, musicgenre, trained

from musicgenre.cli.failures import no_login

# The packages' own warnings, present and future.
pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::ResourceWarning"
)
OFFLINE = "logger.wandb.offline=true"


@pytest.fixture
def _quiet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("WANDB_SILENT", "MLFLOW_DISABLE_TELEMETRY", "DO_NOT_TRACK"):
        monkeypatch.setenv(name, "true")
    monkeypatch.setenv("WANDB_ERROR_REPORTING", "false")
    monkeypatch.setenv("WANDB_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("WANDB_CACHE_DIR", str(tmp_path / "cache"))


@pytest.mark.usefixtures("_quiet")
def test_all_loggers_at_once(tmp_path: Path, corpus_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("wandb")
    MlflowClient = pytest.importorskip("mlflow").MlflowClient
    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    every = ("logger=[tensorboard,csv,wandb,mlflow]", OFFLINE)
    folder = trained(tmp_path / "run", corpus_root, *every, "trainer.max_epochs=1")
    table = pd.read_csv(folder / "metrics.csv")
    last = float(table["val/segment/loss"].iloc[-1])
    assert list(folder.glob("events.out.tfevents*"))
    assert not [path for path in folder.rglob("*") if path.is_file() and uri.encode() in path.read_bytes()]  # a secret
    client = MlflowClient(uri)
    [experiment] = [found for found in client.search_experiments() if found.name == "musicgenre"]
    [run] = client.search_runs([experiment.experiment_id])
    assert run.info.status == "FINISHED"
    assert run.data.metrics["val/segment/loss"] == pytest.approx(last)
    assert 0 <= run.data.metrics["test/track/accuracy"] <= 1
    assert run.data.params["optimizer.lr"] == "0.02"
    [file] = folder.glob("wandb/offline-run-*/*.wandb")  # records with names and values as text
    names = ("val/segment/loss", f"{last:.5f}", "test/track/accuracy", "optimizer.lr")
    end = time.monotonic() + 60  # a separate wandb process writes it
    while (lacking := [name for name in names if name.encode() not in file.read_bytes()]) and time.monotonic() < end:
        time.sleep(0.1)
    assert lacking == []
    assert sys.modules["wandb"].run is None  # a sweep's next job begins its own run


@pytest.mark.parametrize(("name", "module"), [("wandb", "wandb"), ("mlflow", "mlflow")])
def test_a_missing_package_is_named_with_its_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, module: str
) -> None:
    monkeypatch.setattr(
        "musicgenre.cli.trainer_settings.find_spec", lambda asked: None if asked == module else object()
    )
    result = musicgenre("train", f"logger=[csv,{name}]", f"hydra.run.dir={tmp_path}")
    fails(result, f"logger={name} needs a package", f"[{name}]'")


@pytest.mark.parametrize("typed", ["logger=none", "logger.csv=null"])
def test_no_logger(tmp_path: Path, corpus_root: Path, typed: str) -> None:
    folder = trained(tmp_path, corpus_root, typed, "trainer.max_epochs=1")
    assert not (folder / "metrics.csv").exists()
    assert (folder / "metrics.json").is_file()


@pytest.mark.parametrize("typed", ["logger=null", "logger=false", "logger=[]"])
def test_no_logger_can_be_written_as_none_of_several(typed: str) -> None:
    assert musicgenre("train", "--cfg", "job", typed).out == musicgenre("train", "--cfg", "job", "logger=none").out


def test_who_is_not_logged_in_gets_one_sentence() -> None:
    errors = pytest.importorskip("wandb.errors")
    said = no_login(errors.UsageError("No API key configured. Use `wandb login` to log in."))
    assert said.startswith("logger=wandb: No API key configured.") and "or logger.wandb.offline=true" in said
    assert no_login(ValueError("of another kind")) == ""
