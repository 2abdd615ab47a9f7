from pathlib import Path

import pandas as pd

from musicgenre.training.metrics_table import MetricsTable


def test_a_row_an_epoch_whatever_is_logged_when(tmp_path: Path) -> None:
    table = MetricsTable(tmp_path)
    for epoch in range(2):
        table.log_metrics({"val/segment/loss": 1.0 - epoch / 4}, epoch)
        table.log_metrics({"train/segment/loss": 2.0 - epoch / 2, "epoch": float(epoch)}, epoch)
    found = pd.read_csv(tmp_path / "metrics.csv")
    assert found.to_dict("list") == {
        "epoch": [0, 1],
        "val/segment/loss": [1.0, 0.75],
        "train/segment/loss": [2.0, 1.5],
    }


def test_resumed_run_writes_below_and_over_the_rows_it_has(tmp_path: Path) -> None:
    first = MetricsTable(tmp_path)
    first.log_metrics({"loss": 1.0, "extra": 5.0}, 0)
    first.log_metrics({"loss": 0.9}, 1)
    second = MetricsTable(tmp_path)
    second.log_metrics({"loss": 0.8}, 1)
    second.log_metrics({"loss": 0.7}, 2)
    found = pd.read_csv(tmp_path / "metrics.csv", index_col="epoch")
    assert found.loss.tolist() == [1.0, 0.8, 0.7]
    assert found.extra.notna().tolist() == [True, False, False]


def test_test_metrics_and_empty_logs_are_no_part_of_the_curves(tmp_path: Path) -> None:
    table = MetricsTable(tmp_path)
    table.log_metrics({"test/track/accuracy": 1.0}, 3)
    table.log_metrics({}, 0)
    assert not (tmp_path / "metrics.csv").exists()
    table.log_metrics({"loss": 1.0}, None)
    assert not (tmp_path / "metrics.csv").exists()
