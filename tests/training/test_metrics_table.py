from pathlib import Path

import pandas as pd
import pytest

from musicgenre.training.metrics_table import MetricsTable


def test_a_row_an_epoch_whatever_is_logged_when(tmp_path: Path) -> None:
    table = MetricsTable(tmp_path)
    for epoch in range(2):
        step = 10 * epoch + 9  # steps are counted over all epochs
        table.log_metrics({"val/segment/loss": 1.0 - epoch / 4, "epoch": float(epoch)}, step)
        table.log_metrics({"train/segment/loss": 2.0 - epoch / 2, "epoch": float(epoch)}, step)
    found = pd.read_csv(tmp_path / "metrics.csv")
    assert found.to_dict("list") == {
        "epoch": [0, 1],
        "val/segment/loss": [1.0, 0.75],
        "train/segment/loss": [2.0, 1.5],
    }


def test_what_a_callback_logs_by_the_step_stands_in_the_row_of_its_epoch(tmp_path: Path) -> None:
    table = MetricsTable(tmp_path)
    for step in range(4):
        table.log_metrics({"lr-Adam": 0.1 * (step + 1)}, step)  # as LearningRateMonitor does, without an epoch
        if step % 2:
            table.log_metrics({"train/segment/loss": 1.0, "epoch": float(step // 2)}, step)
    table.log_metrics({"lr-Adam": 0.9}, 4)
    table.finalize("success")
    found = pd.read_csv(tmp_path / "metrics.csv")
    assert found.epoch.tolist() == [0, 1]
    assert found["lr-Adam"].tolist() == pytest.approx([0.2, 0.9])


@pytest.mark.parametrize(("status", "rate"), [("failed", 0.2), ("success", 0.9)])
def test_what_is_logged_of_an_epoch_that_is_broken_off_stands_in_no_row(
    tmp_path: Path, status: str, rate: float
) -> None:
    table = MetricsTable(tmp_path)
    table.log_metrics({"lr-Adam": 0.2}, 0)
    table.log_metrics({"train/segment/loss": 1.0, "epoch": 0.0}, 1)
    table.log_metrics({"lr-Adam": 0.9}, 2)  # at the beginning of the next epoch, before Ctrl-C
    table.finalize(status)
    assert pd.read_csv(tmp_path / "metrics.csv")["lr-Adam"].tolist() == [rate]


def test_a_validation_in_the_middle_of_an_epoch_is_followed_by_the_last(tmp_path: Path) -> None:
    table = MetricsTable(tmp_path)
    for step, loss in ((4, 0.9), (9, 0.7)):
        table.log_metrics({"val/segment/loss": loss, "epoch": 0.0}, step)
    assert pd.read_csv(tmp_path / "metrics.csv")["val/segment/loss"].tolist() == [0.7]


def test_resumed_run_writes_below_and_over_the_rows_it_has(tmp_path: Path) -> None:
    first = MetricsTable(tmp_path)
    first.log_metrics({"loss": 1.0, "extra": 5.0, "epoch": 0.0}, 3)
    first.log_metrics({"loss": 0.9, "epoch": 1.0}, 7)
    second = MetricsTable(tmp_path)
    second.log_metrics({"loss": 0.8, "epoch": 1.0}, 7)
    second.log_metrics({"loss": 0.7, "epoch": 2.0}, 11)
    found = pd.read_csv(tmp_path / "metrics.csv", index_col="epoch")
    assert found.loss.tolist() == [1.0, 0.8, 0.7]
    assert found.extra.notna().tolist() == [True, False, False]


def test_a_table_that_is_laid_there_after_the_logger_was_made_is_gone_on_with(tmp_path: Path) -> None:
    second = MetricsTable(tmp_path / "new")
    first = MetricsTable(tmp_path)
    first.log_metrics({"loss": 1.0, "epoch": 0.0}, 3)
    (tmp_path / "new").mkdir()
    (tmp_path / "metrics.csv").rename(tmp_path / "new" / "metrics.csv")  # as when ckpt_path is in another folder
    second.log_metrics({"loss": 0.5, "epoch": 1.0}, 7)
    assert pd.read_csv(tmp_path / "new" / "metrics.csv").loss.tolist() == [1.0, 0.5]


def test_test_metrics_and_empty_logs_are_no_part_of_the_curves(tmp_path: Path) -> None:
    table = MetricsTable(tmp_path)
    table.log_metrics({"test/track/accuracy": 1.0, "epoch": 3.0}, 3)
    table.log_metrics({"epoch": 0.0}, 0)
    table.log_metrics({"loss": 1.0}, 2)  # without an epoch
    assert not (tmp_path / "metrics.csv").exists()
