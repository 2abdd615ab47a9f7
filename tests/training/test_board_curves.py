"""The curves on TensorBoard: one point per epoch, whatever is logged when, and none for an interrupted epoch."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.summary.writer import event_file_writer

from musicgenre.modules.log_epoch import log_epoch
from musicgenre.training.tensorboard import TensorBoard

Points = dict[str, list[tuple[int, Any]]]  # steps and values by curve


@pytest.fixture(autouse=True)
def _files_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Number event files from 1: TensorBoard reads those of one second by name, the tenth before the ninth."""
    monkeypatch.setattr(event_file_writer, "_global_uid", event_file_writer.AtomicCounter(0))


def shown(folder: Path) -> Points:
    events = EventAccumulator(str(folder), size_guidance={"scalars": 0}).Reload()
    return {
        tag: [(point.step, pytest.approx(point.value)) for point in events.Scalars(tag)]
        for tag in events.Tags()["scalars"]
    }


def epoch_of(board: TensorBoard, epoch: int) -> None:
    """Log what a run logs in an epoch of two steps, with a callback that logs per step and validation in between."""
    board.log_metrics({"lr-Adam": 0.1 * (epoch + 1)}, 2 * epoch)  # as LearningRateMonitor does, without an epoch
    for step, loss in ((0, 0.9), (1, 0.7)):
        board.log_metrics({"grad": step + 10.0 * epoch, "epoch": epoch}, 2 * epoch + step)
        board.log_metrics({"val/segment/loss": loss - 0.1 * epoch, "epoch": epoch}, 2 * epoch + step)
    board.log_metrics({"train/segment/loss": 1.0 - 0.1 * epoch, "epoch": epoch}, 2 * epoch + 1)


TWO = {
    "lr-Adam": [(1, 0.1), (2, 0.2)],
    "grad": [(1, 1.0), (2, 11.0)],
    "loss/val": [(1, 0.7), (2, 0.6)],
    "loss/train": [(1, 1.0), (2, 0.9)],
}


@pytest.mark.parametrize("status", ["success", "failed"])
def test_an_epoch_is_a_point(tmp_path: Path, status: str) -> None:
    board = TensorBoard(str(tmp_path))
    epoch_of(board, 0)
    epoch_of(board, 1)
    board.log_metrics({"lr-Adam": 0.3}, 4)  # as the third epoch begins, or as the training ends
    board.finalize(status)
    assert shown(tmp_path) == TWO | {"lr-Adam": [(1, 0.1), (2, 0.3 if status == "success" else 0.2)]}


def test_a_run_that_was_broken_off_amid_an_epoch_goes_on_with_a_point_an_epoch(tmp_path: Path) -> None:
    first = TensorBoard(str(tmp_path))
    epoch_of(first, 0)
    first.log_metrics({"lr-Adam": 0.9}, 2)
    first.log_metrics({"grad": 9.0, "epoch": 1}, 2)
    first.finalize("failed")
    second = TensorBoard(str(tmp_path))
    second.go_on_from(1)
    epoch_of(second, 1)
    second.finalize("success")
    assert shown(tmp_path) == TWO


def test_a_run_that_goes_on_with_nothing_left_shows_its_last_values_at_its_last_epoch(tmp_path: Path) -> None:
    first = TensorBoard(str(tmp_path))
    epoch_of(first, 0)
    epoch_of(first, 1)
    first.finalize("failed")
    second = TensorBoard(str(tmp_path))
    second.go_on_from(2)
    second.log_metrics({"seconds": 3.0}, 4)
    second.finalize("success")
    assert shown(tmp_path) == TWO | {"seconds": [(2, 3.0)]}


def test_an_epoch_is_shown_before_its_checkpoint_is_written(tmp_path: Path) -> None:
    board = TensorBoard(str(tmp_path))
    loop = SimpleNamespace(epoch_loop=SimpleNamespace(_batches_that_stepped=2))
    connector = SimpleNamespace(log_metrics=board.log_metrics)
    trainer = SimpleNamespace(fit_loop=loop, current_epoch=0, _logger_connector=connector, loggers=[board])
    module: Any = SimpleNamespace(trainer=trainer, log_dict=lambda *args, **kwargs: None)
    board.log_metrics({"val/segment/loss": 0.5, "epoch": 0}, 1)
    log_epoch(module, {"train/segment/loss": 1.0})
    board.save()  # then a kill
    assert shown(tmp_path) == {"loss/val": [(1, 0.5)], "loss/train": [(1, 1.0)]}
