"""A run's results: the files, and what is printed."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_runs import predictions
from PIL import Image

from musicgenre.runs.folder import RunFolder
from musicgenre.runs.leaks import Leaks, joined, leak_words
from musicgenre.runs.read import read_metrics
from musicgenre.runs.results import genre_tables, result_figures, results, write_results

LEAKS = Leaks(said=("tracks are on [two] sides",), test_tracks=4, segments=4)


def test_results_are_metrics_summary_and_leak() -> None:
    found = results(predictions(right=3), {"epochs": 4}, Leaks(test_tracks=4, artists=3))
    assert found["test/track/accuracy"] == found["val/segment/accuracy"] == 0.75
    assert 0 <= float(found["test/track/accuracy_low"]) < 0.75 < float(found["test/track/accuracy_high"]) <= 1
    assert found["test/track/loss"] == pytest.approx(-(3 * np.log(0.9) + np.log(0.1)) / 4)
    assert (found["epochs"], found["leak"]) == (4, "3 of 4 test tracks are by artists of the training set")
    assert (found["leaks/artists"], found["leaks/duplicates"], found["leaks/test_tracks"]) == (3, 0, 4)
    assert "leak" not in results(predictions(), {}) and "leak" not in results(predictions(), {}, Leaks(test_tracks=4))


def test_genres_by_split_and_level() -> None:
    table = genre_tables(predictions(right=3))  # drone, hum, drone are right, the other hum is taken for drone
    assert list(table.columns) == ["split", "level", "genre", "precision", "recall", "f1", "support"]
    assert len(table) == 2 * 2 * 2
    tracks = table[(table.split == "test") & (table.level == "track")].set_index("genre")
    assert tracks.precision.to_dict() == pytest.approx({"drone": 2 / 3, "hum": 1.0})
    assert tracks.recall.to_dict() == {"drone": 1.0, "hum": 0.5}
    assert tracks.support.to_dict() == {"drone": 2, "hum": 2}


@pytest.mark.usefixtures("drawn")
def test_results_are_written_and_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run, table = RunFolder(tmp_path / "[red]run"), predictions(right=3)
    figures = result_figures(table)
    assert set(figures) == {"confusion_val", "genres_val", "confusion_test", "genres_test"}
    metrics = write_results(run, table, figures, {"epochs": 4}, LEAKS)
    expected = results(table, {"epochs": 4}, LEAKS)
    assert metrics == pytest.approx(expected, nan_ok=True)
    assert "leaks/artists" not in json.loads(run.metrics_json.read_text())  # no artist is known
    assert read_metrics(run.metrics_json) == pytest.approx(expected, nan_ok=True)
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
    write_results(RunFolder(tmp_path), table[table.split == "val"], {}, {})
    assert {path.name for path in tmp_path.iterdir()} == {"metrics.json", "predictions.csv", "genres.csv"}
    shown = capsys.readouterr().out
    assert "By genre, validation tracks" in shown and "LEAK" not in shown


def test_a_genre_without_a_test_track_has_a_dash(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = predictions(genres=("drone", "hum", "whistle"))
    write_results(RunFolder(tmp_path), table[table.genre != "whistle"], {}, {})
    shown = " ".join(capsys.readouterr().out.split())
    assert "whistle - - - 0" in shown
    assert "Macro averages are over the 2 of 3 genres with examples." in shown
    written = pd.read_csv(tmp_path / "genres.csv")
    assert written[written.genre == "whistle"][["precision", "recall", "f1"]].isna().all(axis=None)
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert metrics["test/track/macro_genres"] == 2


def test_leaks_in_words() -> None:
    leaks = Leaks(test_tracks=10, segments=2, artists=1, duplicates=3, fitted_on_all=True)
    assert leak_words(leaks.metrics()) == "segments 2, artists 1, copies 3, fitted on all rows"
    assert leaks.text == (
        "2 of 10 test tracks have segments in the training set. 1 of 10 test tracks is by artists of the training set. "
        "3 of 10 test tracks are copies of training tracks"
    )
    assert leak_words({"leak": "of an older version"}) == "leaks"
    assert leak_words(Leaks(test_tracks=10, artists=0).metrics()) == ""


def test_several_runs_leak_what_each_of_them_leaks() -> None:
    found = joined([Leaks(artists=None).metrics(), Leaks(artists=2, test_tracks=9).metrics()])
    assert (found["leaks/artists"], found["leaks/test_tracks"]) == (2, 9)
    assert found["leak"] == "2 of 9 test tracks are by artists of the training set"
