import logging
import os
import signal
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import lightning as L
import pandas as pd
import pytest
from command_line import TINY, fails, needs_fork, shell, start, status_of, train
from submitit.core.job_environment import SignalHandler

from musicgenre.cli import closing, launch
from musicgenre.cli.grid import GridSweeper
from musicgenre.cli.search import OptunaSweeper
from musicgenre.runs.failed import read_failures


@pytest.fixture
def _heeded() -> Iterator[None]:
    """Handle Ctrl-C as in a terminal: tests run in the background ignore it, and their children inherit that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def _ctrl_c_in_an_epoch() -> None:
    """Send this process Ctrl-C just before it saves the third epoch: from outside, it would come too late."""
    epochs = count(1)

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "os.rename" and str(arguments[1]).endswith("last.ckpt") and next(epochs) == 3:
            os.kill(os.getpid(), signal.SIGINT)

    sys.addaudithook(watch)


class Requeued(L.Callback):
    """Stops the process as submitit does when a cluster ends a job and will requeue it."""

    def on_train_epoch_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        mark = Path(trainer.default_root_dir, "stopped")
        if trainer.current_epoch == 2 and not mark.exists():
            mark.touch()
            handler: Any = SimpleNamespace(_logger=logging.getLogger("submitit"))
            SignalHandler._exit(handler)


def test_a_job_that_a_cluster_stops_leaves_as_it_wants_and_goes_on(
    tmp_path: Path, corpus_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(Path(__file__).parent)
    folder, stopping = tmp_path / "run", f"+callbacks.requeued={{_target_: {Path(__file__).stem}.Requeued}}"
    result = train(folder, corpus_root, "trainer.max_epochs=3", stopping)
    assert result.status == -1
    assert "ended the program" not in result.text
    assert "Interrupted" not in result.text
    assert read_failures(folder) == {}
    result = train(folder, corpus_root, "trainer.max_epochs=3", stopping)
    assert result.status == 0, result.text
    assert f"Going on from {folder / 'checkpoints/last.ckpt'}" in result.text
    assert list(pd.read_csv(folder / "metrics.csv").epoch) == [0, 1, 2]


class Ended(L.Callback):
    """Ends the process as `kill` and `timeout` do."""

    def on_train_epoch_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        if trainer.current_epoch == 1:
            signal.raise_signal(signal.SIGTERM)  # which a Trainer handles while it trains


class EndedInTest(L.Callback):
    """Ends the process after training, at its first test."""

    def on_test_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        signal.raise_signal(signal.SIGTERM)


def test_a_run_ended_in_its_test_says_how_to_go_on(
    tmp_path: Path, corpus_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(Path(__file__).parent)
    ending = f"+callbacks.ended={{_target_: {Path(__file__).stem}.EndedInTest}}"
    text = fails(train(tmp_path, corpus_root, "trainer.max_epochs=1", ending), "Interrupted after training", status=130)
    assert f"hydra.run.dir={tmp_path}" in text
    assert "Traceback" not in text
    assert not (tmp_path / "metrics.json").exists()


def test_sigterm_ends_a_sweep_as_ctrl_c_does(
    tmp_path: Path, corpus_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(Path(__file__).parent)
    ending = f"+callbacks.ended={{_target_: {Path(__file__).stem}.Ended}}"
    arguments = ("-m", "batch_size=16,32", f"hydra.sweep.dir={tmp_path}", "trainer.max_epochs=2", ending)
    text = fails(train(tmp_path / "unused", corpus_root, *arguments), "Interrupted in epoch", status=130)
    assert f"To go on, run the same command again with hydra.sweep.dir={tmp_path}" in text
    assert "hydra.run.dir" not in text
    assert [path.name for path in tmp_path.glob("batch_size=*")] == ["batch_size=16"]
    assert read_failures(tmp_path) == {}


@needs_fork
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")
@pytest.mark.parametrize(
    ("owner", "name", "sweeper", "asked"),
    [
        (GridSweeper, "jobs", "grid", "-m"),
        (GridSweeper, "jobs", "grid", "++hydra.mode=MULTIRUN"),
        (OptunaSweeper, "_sweep", "optuna", "-m"),
        (launch, "run_command", "basic", "-m"),
        (closing, "show_closing", "grid", "-m"),
    ],
)
def test_sigterm_ends_a_sweep_in_order_at_any_time(
    owner: Any, name: str, sweeper: str, asked: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "run_command", lambda *arguments: 0.0)
    monkeypatch.setattr(owner, name, lambda *arguments: signal.raise_signal(signal.SIGTERM))
    sweep = ("train", asked, "batch_size=16,32", f"hydra/sweeper={sweeper}", f"hydra.sweep.dir={tmp_path / 'sweep'}")
    text = fails(shell(tmp_path / "shown", *sweep), "Interrupted.", status=130)
    assert owner is closing or f"run the same command again with hydra.sweep.dir={tmp_path / 'sweep'}" in text
    assert "Traceback" not in text


@needs_fork
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")
@pytest.mark.usefixtures("_heeded")
def test_ctrl_c_stops_a_training(tmp_path: Path, corpus_root: Path) -> None:
    folder, epochs = tmp_path / "run", "trainer.max_epochs=15"
    arguments = (*TINY, "data=folder", f"data.root={corpus_root}", f"hydra.run.dir={folder}", epochs)
    shown = tmp_path / "shown"
    status = status_of(start(shown, "train", *arguments, before=_ctrl_c_in_an_epoch))
    text = shown.read_text()
    assert status == 130, text
    assert "Traceback" not in text
    assert "Interrupted in epoch" in text
    assert f"hydra.run.dir={folder}" in text
    assert not (folder / "metrics.json").exists()
    done = len(pd.read_csv(folder / "metrics.csv"))
    assert 1 <= done < 15
