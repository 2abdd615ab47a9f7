"""A run's results: the files, and what is printed."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_runs import predictions
from PIL import Image

from musicgenre.runs.folder import RunFolder
from musicgenre.runs.results import genre_tables, result_figures, results, write_results


def test_results_are_metrics_summary_and_leak() -> None:
    found = results(predictions(right=3), {"epochs": 4}, "artists")
    assert found["test/track/accuracy"] == found["val/segment/accuracy"] == 0.75
    assert 0 <= float(found["test/track/accuracy_low"]) < 0.75 < float(found["test/track/accuracy_high"]) <= 1
    assert found["test/track/loss"] == pytest.approx(-(3 * np.log(0.9) + np.log(0.1)) / 4)
    assert (found["epochs"], found["leak"]) == (4, "artists")
    assert "leak" not in results(predictions(), {}, None)


def test_genres_by_split_and_level() -> None:
    table = genre_tables(predictions(right=3))  # drone, hum, drone are right, the other hum is taken for drone
    assert list(table.columns) == ["split", "level", "genre", "precision", "recall", "f1", "support"]
    assert len(table) == 2 * 2 * 2
    tracks = table[(table.split == "test") & (table.level == "track")].set_index("genre")
    assert tracks.precision.to_dict() == pytest.approx({"drone": 2 / 3, "hum": 1.0})
    assert tracks.recall.to_dict() == {"drone": 1.0, "hum": 0.5}
    assert tracks.support.to_dict() == {"drone": 2, "hum": 2}


def test_results_are_written_and_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run, table = RunFolder(tmp_path / "[red]run"), predictions(right=3)
    figures = result_figures(table)
    assert set(figures) == {"confusion_val", "genres_val", "confusion_test", "genres_test"}
    metrics = write_results(run, table, figures, {"epochs": 4}, "tracks are on [two] sides")
    assert json.loads(run.metrics_json.read_text()) == metrics == results(table, {"epochs": 4}, metrics["leak"])  # type: ignore[arg-type]
    pd.testing.assert_frame_equal(pd.read_csv(run.predictions_csv), table, check_dtype=False)
    assert len(pd.read_csv(run.genres_csv)) == 8
    for name in figures:
        with Image.open(run.figures / f"{name}.png") as picture:
            assert min(picture.size) > 100
    shown = " ".join(capsys.readouterr().out.split())
    assert "By genre, test tracks" in shown and "75.0" in shown
    assert "LEAK: tracks are on [two] sides" in shown
    assert f"Run folder: {run.path}" in shown


def test_without_figures_and_leak_there_are_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = predictions()
    write_results(RunFolder(tmp_path), table[table.split == "val"], {}, {}, None)
    assert {path.name for path in tmp_path.iterdir()} == {"metrics.json", "predictions.csv", "genres.csv"}
    shown = capsys.readouterr().out
    assert "By genre, validation tracks" in shown and "LEAK" not in shown
