"""The progress bar of a run and of long work: one moving line on a terminal, elsewhere nothing that needs one."""

import io
import logging
import sys
from pathlib import Path
from typing import Any

import lightning as L
import pytest
import torch
from lightning.pytorch.callbacks import ModelCheckpoint
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from musicgenre.progress import track_progress
from musicgenre.training.continuing import Continuing, finished_epochs
from musicgenre.training.progress import RunProgress
from musicgenre.training.pruning import Pruning, ended_early
from musicgenre.training.trainer import TrainerPlan

SHOW_CURSOR = "\x1b[?25h"  # rich hides it while a bar is shown


class Terminal(io.StringIO):
    """A standard error that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


class Line(L.LightningModule):
    """A net of one weight, whose validation loss is a quarter."""

    def __init__(self, breaks: bool = False) -> None:
        super().__init__()
        self.layer, self.breaks = nn.Linear(1, 1), breaks

    def training_step(self, batch: list[Tensor], index: int) -> Tensor:
        if self.breaks and self.current_epoch == 1:
            raise RuntimeError("broken")
        loss: Tensor = self.layer(batch[0]).square().mean()
        return loss

    def validation_step(self, batch: list[Tensor], index: int) -> None:
        self.log("val/loss", torch.tensor(0.25))

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.1)


def terminal_for(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Replace standard error with a terminal. Not a fixture: pytest sets its own after fixtures are made."""
    shown = Terminal()
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setattr("sys.stderr", shown)
    return shown


def fit(folder: Path, net: L.LightningModule, bar: RunProgress, *others: L.Callback, **more: Any) -> None:
    off: Any = dict.fromkeys(("logger", "enable_checkpointing", "enable_model_summary"), False)
    four = DataLoader(TensorDataset(torch.ones(4, 1)), batch_size=1)
    every: dict[str, Any] = {"accelerator": "cpu", "num_sanity_val_steps": 0, "log_every_n_steps": 1}
    L.Trainer(max_epochs=2, callbacks=[bar, *others], default_root_dir=folder, **every, **off, **more).fit(
        net, four, four
    )


pytestmark = pytest.mark.filterwarnings("ignore:.*does not have many workers")


def test_a_bar_on_a_terminal_shows_epochs_and_figures_and_ends_full(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    terminal = terminal_for(monkeypatch)
    fit(tmp_path, Line(), RunProgress(seconds=0))
    shown = terminal.getvalue()
    assert shown.index("epoch 1/2") < shown.index("epoch 2/2")
    assert shown.count("epoch 1/2") > 2  # at every step, as no time has to pass
    assert "val loss 0.250" in shown
    assert "0:00:00" in shown.split("epoch 2/2")[-1]  # no time is left
    assert shown.rstrip().endswith(SHOW_CURSOR)


@pytest.mark.parametrize("interval", [1.0, 0.25])  # also with four validations per epoch
def test_a_bar_refreshes_by_the_clock(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, interval: float) -> None:
    terminal = terminal_for(monkeypatch)
    fit(tmp_path, Line(), RunProgress(seconds=1e9), val_check_interval=interval)
    assert terminal.getvalue().count("epoch 1/2") <= 2  # only at the epoch's end


def test_an_error_finds_the_terminal_given_back(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    terminal = terminal_for(monkeypatch)
    with pytest.raises(RuntimeError, match="broken"):
        fit(tmp_path, Line(breaks=True), RunProgress())
    assert terminal.getvalue().count(SHOW_CURSOR) == terminal.getvalue().count("\x1b[?25l") == 1


def test_other_ranks_show_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    terminal = terminal_for(monkeypatch)
    bar = RunProgress()
    bar.disable()
    fit(tmp_path, Line(), bar)
    assert terminal.getvalue() == ""
    bar.enable()
    fit(tmp_path, Line(), bar)
    assert "epoch 2/2" in terminal.getvalue()


@pytest.mark.parametrize("interval", [1.0, 0.75, 0.5])
def test_elsewhere_an_epoch_is_a_line(capsys: pytest.CaptureFixture[str], tmp_path: Path, interval: float) -> None:
    fit(tmp_path, Line(), RunProgress(), val_check_interval=interval)
    assert capsys.readouterr().err.splitlines() == ["epoch 1/2  val loss 0.250", "epoch 2/2  val loss 0.250"]


class Told(Pruning):
    """Records what a study would be told."""

    def __init__(self) -> None:
        super().__init__("", "", 0, "val/loss", None)
        self.told: list[tuple[int, float]] = []

    def _report(self, value: float, epoch: int) -> bool:
        self.told.append((epoch, value))
        return True


class Falling(Line):
    """Its loss falls from each validation to the next."""

    def __init__(self) -> None:
        super().__init__()
        self.losses = iter(range(9, 0, -1))

    def on_validation_epoch_end(self) -> None:
        self.log("val/loss", float(next(self.losses)))


@pytest.mark.parametrize(("interval", "told"), [(1.0, [(0, 9.0), (1, 8.0)]), (0.5, [(0, 8.0), (1, 6.0)])])
def test_a_search_is_told_an_epochs_last_value(interval: float, told: list[tuple[int, float]], tmp_path: Path) -> None:
    search = Told()
    fit(tmp_path, Falling(), RunProgress(), search, val_check_interval=interval)
    assert search.told == told


class Ended(Pruning):
    """Ends the training after its first validation, as a study would."""

    def __init__(self) -> None:
        super().__init__("", "", 0, "val/loss", None)

    def _report(self, value: float, epoch: int) -> bool:
        return False


def test_a_search_that_ends_a_job_says_so_below_its_last_epoch(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    log, shown = logging.getLogger("musicgenre.training.pruning"), logging.StreamHandler(sys.stderr)
    log.addHandler(shown)
    log.setLevel(logging.INFO)
    try:
        fit(tmp_path, Line(), RunProgress(), Ended())
    finally:
        log.removeHandler(shown)
        log.setLevel(logging.NOTSET)
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "epoch 1/2  val loss 0.250",
        "Stopped after epoch 1: it is less promising than other jobs of the search.",
    ]


def test_a_job_that_a_search_ended_stays_so_after_a_kill(tmp_path: Path) -> None:
    """Killed before its results were written, it resumes with nothing left to train."""
    quiet: Any = dict.fromkeys(("logger", "enable_model_summary", "enable_progress_bar"), False)
    one = DataLoader(TensorDataset(torch.ones(1, 1)))

    def trained(path: Path | None) -> L.Trainer:
        last = ModelCheckpoint(tmp_path, filename="last", save_on_train_epoch_end=True, enable_version_counter=False)
        trainer = L.Trainer(max_epochs=3, accelerator="cpu", callbacks=[Ended(), Continuing(), last], **quiet)
        trainer.fit(Line(), one, one, ckpt_path=path, weights_only=True)
        return trainer

    for path in (None, tmp_path / "last.ckpt"):
        trainer = trained(path)
        assert ended_early(trainer, finished_epochs(trainer)) == {"pruned_epoch": 1}


def test_a_bar_that_is_switched_off_is_not_replaced(tmp_path: Path) -> None:
    ours = {"_target_": "musicgenre.training.progress.RunProgress"}
    settings = {"_target_": "lightning.Trainer", "accelerator": "cpu"}
    for node, kind in ((ours, RunProgress), (None, type(None))):
        trainer = TrainerPlan(settings, {"progress": node}, {}).build(tmp_path)
        assert isinstance(trainer.progress_bar_callback, kind)


@pytest.mark.parametrize("callbacks", [{}, None, {"best": None}])
def test_there_is_no_bar_for_a_training_whose_own_is_removed(callbacks: dict[str, Any] | None, tmp_path: Path) -> None:
    settings = {"trainer": {"_target_": "lightning.Trainer", "accelerator": "cpu"}}
    removed = TrainerPlan.of({**settings, "callbacks": callbacks}).build(tmp_path)
    assert removed.progress_bar_callback is None
    assert TrainerPlan.of(settings).build(tmp_path).progress_bar_callback is not None  # as `evaluate` has no callbacks


def test_an_epoch_that_is_not_validated_while_others_are_has_no_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    fit(tmp_path, Line(), RunProgress(), check_val_every_n_epoch=2)
    assert capsys.readouterr().err.splitlines() == ["epoch 2/2  val loss 0.250"]


def test_long_work_shows_how_much_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = terminal_for(monkeypatch)
    assert list(track_progress("abc", 3, "Listening")) == ["a", "b", "c"]
    last = terminal.getvalue().rsplit("Listening", 1)[-1]
    assert "3/3" in last and "0:00:00" in last
    assert terminal.getvalue().count(SHOW_CURSOR) == 1


def test_in_a_file_long_work_is_one_sentence_without_a_bar(capsys: pytest.CaptureFixture[str]) -> None:
    for show in (True, False):
        assert list(track_progress("abc", 3, "Listening", show=show)) == ["a", "b", "c"]
    assert capsys.readouterr().err == "Listening: 3 of 3.\n"


def test_short_work_shows_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = terminal_for(monkeypatch)
    assert list(track_progress("ab", 2, "Listening", show=False)) == ["a", "b"]
    assert "Listening" not in terminal.getvalue()
