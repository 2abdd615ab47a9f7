import json
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import filelock
import pandas as pd
import pytest
import torch
from command_line import TINY, Result, fails, musicgenre, train, trained
from made_runs import begin_run
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from musicgenre.modules.classifier import GenreClassifier
from musicgenre.runs.owner import LOCK
from musicgenre.training.continuing import KEY
from musicgenre.training.tested import epoch_of

# Only the order of batches is random, and is a function of seed and epoch: two halves must equal the whole.
SURE = ("augment=none", "trainer.max_epochs=4", "optimizer.lr=0.005")

Interrupt = Callable[[int], None]


@pytest.fixture
def interrupt_in_epoch(monkeypatch: pytest.MonkeyPatch) -> Interrupt:
    """Press Ctrl-C at the first batch of an epoch."""
    step = GenreClassifier.training_step

    def interrupt(epoch: int) -> None:
        def stop(self: GenreClassifier, batch: Any, batch_idx: int) -> torch.Tensor:
            if self.current_epoch == epoch:
                raise KeyboardInterrupt
            return step(self, batch, batch_idx)

        monkeypatch.setattr(GenreClassifier, "training_step", stop)

    return interrupt


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, corpus_root: Path) -> Path:
    """Four epochs in one go; its first epoch is its best."""
    return trained(tmp_path_factory.mktemp("whole") / "run", corpus_root, *SURE, "mode=max")


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory, corpus_root: Path) -> Path:
    """The first of these epochs, whose last one is to be the best; read-only."""
    return trained(tmp_path_factory.mktemp("begun") / "run", corpus_root, *SURE, "trainer.max_epochs=1")


@pytest.fixture(scope="module")
def continued(tmp_path_factory: pytest.TempPathFactory, corpus_root: Path, begun: Path) -> Path:
    """The other three epochs, in a new folder and with TensorBoard; read-only."""
    again = (f"ckpt_path={begun / 'checkpoints/last.ckpt'}", "logger=[csv,tensorboard]")
    return trained(tmp_path_factory.mktemp("continued") / "run", corpus_root, *SURE, *again)


def results(folder: Path) -> tuple[dict[str, float], str, str]:
    metrics = json.loads((folder / "metrics.json").read_text())
    metrics.pop("fit_seconds")
    return metrics, (folder / "metrics.csv").read_text(), (folder / "predictions.csv").read_text()


def half(folder: Path, root: Path, *overrides: str) -> Result:
    """Train like the whole; a test may interrupt it."""
    return train(folder, root, *SURE, "mode=max", *overrides)


def test_interrupted_run_goes_on_in_its_folder(
    tmp_path: Path, corpus_root: Path, whole: Path, interrupt_in_epoch: Interrupt, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupt_in_epoch(2)
    go_on = f"hydra.run.dir={tmp_path / 'run'}"
    text = fails(half(tmp_path / "run", corpus_root), "Interrupted in epoch 3", go_on, status=130)
    assert "epoch 2/4" in text
    assert not (tmp_path / "run" / "metrics.json").exists()
    monkeypatch.undo()
    last = tmp_path / "run/checkpoints/last.ckpt"
    checkpoint = torch.load(last, weights_only=True)
    assert 0 < checkpoint[KEY]["seconds"] < 1000
    checkpoint[KEY]["seconds"] = 1000.0  # as if it had taken that long
    torch.save(checkpoint, last)
    result = half(tmp_path / "run", corpus_root)
    assert result.status == 0, result.text
    assert "epoch 3/4" in result.text
    assert "epoch 2/4" not in result.text
    assert results(tmp_path / "run") == results(whole)
    assert 1000 < json.loads((tmp_path / "run/metrics.json").read_text())["fit_seconds"] < 2000  # of both parts


WATCHED = "callbacks.early_stopping={_target_: lightning.pytorch.callbacks.EarlyStopping, monitor: val/segment/loss}"


def test_a_run_of_so_many_steps_goes_on_to_their_end(
    tmp_path: Path, corpus_root: Path, interrupt_in_epoch: Interrupt, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They end in the middle of the interrupted epoch, without validation."""
    asked = (*SURE, "batch_size=24", WATCHED, "+trainer.max_steps=5", "trainer.max_epochs=-1")
    unbroken = trained(tmp_path / "unbroken", corpus_root, *asked)
    interrupt_in_epoch(2)
    assert train(tmp_path / "run", corpus_root, *asked).status == 130
    monkeypatch.undo()
    trained(tmp_path / "run", corpus_root, *asked)
    assert results(tmp_path / "run") == results(unbroken)
    assert torch.load(tmp_path / "run" / "checkpoints" / "last.ckpt", weights_only=True)["global_step"] == 5


def test_checkpoint_of_another_folder_is_gone_on_from(tmp_path: Path, corpus_root: Path, whole: Path) -> None:
    first = trained(tmp_path / "first", corpus_root, *SURE, "mode=max", "trainer.max_epochs=2")
    second = trained(
        tmp_path / "second", corpus_root, *SURE, "mode=max", f"ckpt_path={first / 'checkpoints/last.ckpt'}"
    )
    assert list(pd.read_csv(second / "metrics.csv").epoch) == [0, 1, 2, 3]
    assert results(second) == results(whole)  # its best epoch lies in the first half
    assert torch.load(second / "checkpoints/best.ckpt", weights_only=True)["epoch"] == 0
    assert "second" not in (first / ".hydra/overrides.yaml").read_text()
    moved = first.rename(tmp_path / "moved")  # it remembers its best there, too
    again = f"ckpt_path={moved / 'checkpoints/last.ckpt'}"
    assert results(trained(tmp_path / "third", corpus_root, *SURE, "mode=max", again)) == results(whole)


def test_a_run_goes_on_from_its_best_where_that_is_whole(tmp_path: Path, corpus_root: Path, whole: Path) -> None:
    asked = (*SURE, "mode=max", "callbacks.best.save_weights_only=false")
    first = trained(tmp_path / "first", corpus_root, *asked, "trainer.max_epochs=2")
    second = trained(tmp_path / "second", corpus_root, *asked, f"ckpt_path={first / 'checkpoints/best.ckpt'}")
    assert list(pd.read_csv(second / "metrics.csv").epoch) == [0, 1, 2, 3]
    assert results(second) == results(whole)


def test_a_run_that_goes_on_from_an_early_epoch_takes_no_weights_of_a_later_one(
    tmp_path: Path, corpus_root: Path, interrupt_in_epoch: Interrupt, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, weights = (*SURE, "trainer.max_epochs=2"), tmp_path / "first" / "checkpoints"
    interrupt_in_epoch(1)
    assert train(tmp_path / "first", corpus_root, *asked).status == 130
    monkeypatch.undo()
    shutil.copy(weights / "last.ckpt", weights / "early.ckpt")
    trained(tmp_path / "first", corpus_root, *asked)
    assert (epoch_of(weights / "early.ckpt"), epoch_of(weights / "best.ckpt")) == (1, 2)
    result = train(tmp_path / "second", corpus_root, *asked, "optimizer.lr=10", f"ckpt_path={weights / 'early.ckpt'}")
    assert result.status == 0 and "no longer exist" in result.text, result.text
    best, other = (
        torch.load(run / "best.ckpt", weights_only=True) for run in (tmp_path / "second/checkpoints", weights)
    )
    assert best["epoch"] == other["epoch"] == 1
    assert any((other["state_dict"][name] != value).any() for name, value in best["state_dict"].items())


def test_a_board_in_a_new_folder_shows_the_epochs_before_it(continued: Path) -> None:
    events = EventAccumulator(str(continued), size_guidance={"scalars": 0}).Reload()
    table = pd.read_csv(continued / "metrics.csv")
    for tag, column in (("acc/val", "val/segment/accuracy"), ("loss/train", "train/segment/loss")):
        points = events.Scalars(tag)
        assert [point.step for point in points] == [1, 2, 3, 4]
        assert [point.value for point in points] == pytest.approx(table[column].tolist())
    assert events.Tags()["graph"]


def test_another_learning_rate_takes_effect_where_a_run_goes_on(tmp_path: Path, corpus_root: Path, begun: Path) -> None:
    again, other = f"ckpt_path={begun / 'checkpoints/last.ckpt'}", ("optimizer.lr=0.001", "monitor=val/track/loss")
    second = trained(tmp_path / "second", corpus_root, *SURE, again, *other, "trainer.max_epochs=3")
    assert pd.read_csv(second / "metrics.csv")["train/lr"].tolist() == pytest.approx([0.005, 0.001, 0.001])
    for place, (change, named) in enumerate(
        (("optimizer=sgd", "optimizer._target_"), ("scheduler=cosine", "scheduler._target_"))
    ):
        fails(train(tmp_path / str(place), corpus_root, *SURE[:2], again, change, "optimizer.lr=0.005"), named)


def test_a_schedule_goes_on_over_the_steps_that_it_was_laid_over(
    tmp_path: Path, corpus_root: Path, interrupt_in_epoch: Interrupt, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ("trainer.max_epochs=2", "scheduler=cosine", "callbacks.early_stopping=null", "augment=none")
    interrupt_in_epoch(1)
    assert train(tmp_path / "first", corpus_root, *asked, "batch_size=8").status == 130
    monkeypatch.undo()
    again = (*asked, f"ckpt_path={tmp_path / 'first/checkpoints/last.ckpt'}", "batch_size=4")
    fails(train(tmp_path / "other", corpus_root, *again), "holds a schedule over", "resume with the same")
    result = train(tmp_path / "same", corpus_root, *again, "+trainer.accumulate_grad_batches=2")
    assert result.status == 0 and "From here on, batch_size is 4; it was 8." in result.text, result.text
    last = torch.load(tmp_path / "same/checkpoints/last.ckpt", weights_only=True)
    assert last["global_step"] == last["musicgenre"]["total_steps"]


def test_what_a_checkpoint_has_learnt_from_is_tested_by_no_run_that_goes_on(
    tmp_path: Path, corpus_root: Path, begun: Path
) -> None:
    again = (f"ckpt_path={begun / 'checkpoints/last.ckpt'}", "seed=8")  # another split
    fails(train(tmp_path / "second", corpus_root, *SURE, *again), "has seen", "resume with its data, split and seed")


def test_resumed_epochs_can_be_the_better_ones(continued: Path, whole: Path) -> None:
    metrics, curves, _ = results(continued)
    assert curves == results(whole)[1]
    assert metrics["val/segment/loss"] == pytest.approx(
        pd.read_csv(continued / "metrics.csv")["val/segment/loss"].iloc[-1], abs=1e-6
    )
    best, last = (
        torch.load(run / "checkpoints" / name, weights_only=True)
        for run, name in ((continued, "best.ckpt"), (whole, "last.ckpt"))
    )
    assert best["epoch"] == 3
    weights = {name: value for name, value in last["state_dict"].items() if isinstance(value, torch.Tensor)}
    assert weights and all(torch.equal(best["state_dict"][name], value) for name, value in weights.items())


def test_interrupt_before_the_first_epoch_ends_says_so(
    tmp_path: Path, corpus_root: Path, interrupt_in_epoch: Interrupt
) -> None:
    interrupt_in_epoch(0)
    fails(train(tmp_path / "run", corpus_root), "Interrupted before the first checkpoint", status=130)


def test_finished_run_is_not_trained_again(whole: Path, corpus_root: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in whole.rglob("*.c*")}
    result = half(whole, corpus_root)
    assert result.status == 0
    assert f"{whole} already holds this run, complete." in result.text
    assert "epoch 1/4" not in result.text
    kept = {path: time for path, time in before.items() if ".hydra" not in path.parts}
    assert {path: path.stat().st_mtime_ns for path in kept} == kept


def test_device_logging_and_states_do_not_make_another_run(whole: Path, corpus_root: Path) -> None:
    same = ("trainer.accelerator=auto", "logger.csv=false", "+callbacks.last.every_n_epochs=2")
    result = half(whole, corpus_root, *same)
    assert "already holds this run" in result.text


@pytest.mark.parametrize("change", ["optimizer.lr=0.1", "seed=8", "batch_size=16", "trainer.max_epochs=5"])
def test_another_config_is_refused_in_the_folder(whole: Path, corpus_root: Path, change: str) -> None:
    before, config = results(whole), (whole / ".hydra/config.yaml").read_text()
    said = f"{whole} holds a run with {change.partition('=')[0]}="
    text = fails(half(whole, corpus_root, change), said, "hydra.run.dir")
    assert f", but this run sets {change}" in text
    assert results(whole) == before
    assert (whole / ".hydra/config.yaml").read_text() == config


def test_another_run_is_refused_without_waiting_for_the_one_that_is_being_made(tmp_path: Path) -> None:
    begin_run(tmp_path)
    lock = filelock.FileLock(tmp_path / LOCK, thread_local=False)
    timer = threading.Timer(5, lock.release)
    with lock:
        timer.start()
        text = fails(musicgenre("train", *TINY, f"hydra.run.dir={tmp_path}"), f"{tmp_path} holds a run with ", "seed=1")
        timer.cancel()
    assert "waiting" not in text


def test_weights_alone_cannot_be_resumed_from(tmp_path: Path, corpus_root: Path, whole: Path) -> None:
    best = whole / "checkpoints" / "best.ckpt"
    fails(train(tmp_path / "run", corpus_root, f"ckpt_path={best}"), str(best), "holds weights only", "last.ckpt")


def test_truncated_checkpoint_is_refused(tmp_path: Path, corpus_root: Path, whole: Path) -> None:
    content = (whole / "checkpoints" / "last.ckpt").read_bytes()
    broken = tmp_path / "last.ckpt"
    broken.write_bytes(content[: len(content) // 2])
    fails(train(tmp_path / "run", corpus_root, f"ckpt_path={broken}"), str(broken), "not a whole checkpoint")


def test_missing_checkpoint_is_refused(tmp_path: Path, corpus_root: Path) -> None:
    missing = tmp_path / "no.ckpt"
    fails(train(tmp_path / "run", corpus_root, f"ckpt_path={missing}"), f"There is no checkpoint {missing}")


def test_a_run_whose_own_checkpoint_is_cut_starts_afresh(tmp_path: Path, corpus_root: Path, whole: Path) -> None:
    made_later = shutil.ignore_patterns("*.csv", "metrics.json", "SHA256SUMS", "model_card.md", "tested.ckpt")
    run = shutil.copytree(whole, tmp_path / "run", ignore=made_later)  # as if it had been stopped
    last = run / "checkpoints" / "last.ckpt"
    last.write_bytes(last.read_bytes()[:100])
    result = half(run, corpus_root)
    assert result.status == 0, result.text
    assert f"{last} is not a whole checkpoint" in result.text
    assert "This run does not resume from it" in result.text
    assert "epoch 1/4" in result.text
    assert results(run) == results(whole)


def test_checkpoint_of_another_net_is_refused(tmp_path: Path, corpus_root: Path, whole: Path) -> None:
    last = whole / "checkpoints" / "last.ckpt"
    fails(train(tmp_path / "run", corpus_root, "model.hidden=9", f"ckpt_path={last}"), str(last))
