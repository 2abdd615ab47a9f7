"""A report over many runs."""

import logging
from pathlib import Path

import pandas as pd
import pytest
from made_runs import predictions, write_run, write_sweep
from PIL import Image

from musicgenre.errors import MusicGenreError
from musicgenre.runs.report import report


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two optimizers by two seeds."""
    return write_sweep(tmp_path_factory.mktemp("sweep"), adam=(4, 3), sgd=(2, 1))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, sweep: Path) -> Path:
    """The sweep's report."""
    found = tmp_path_factory.mktemp("report")
    report(sweep, found)
    return found


def test_a_row_for_every_run(folder: Path, sweep: Path) -> None:
    runs = pd.read_csv(folder / "runs.csv", keep_default_na=False)
    assert runs.columns[:6].tolist() == ["run", "data", "split", "seed", "leak", "folder"]
    assert runs.seed.tolist() == [1, 2, 1, 2]
    assert runs.folder.tolist() == [str(sweep / number) for number in "0123"]
    assert runs["test/track/accuracy"].tolist() == [1.0, 0.75, 0.5, 0.25]


def test_mean_and_spread_over_seeds(folder: Path) -> None:
    table = pd.read_csv(folder / "report.csv", keep_default_na=False)
    assert table.run.tolist() == ["optimizer=adam", "optimizer=sgd"]  # the best first
    assert table.runs.tolist() == [2, 2]
    assert table["test/track/accuracy"].tolist() == [0.875, 0.375]
    assert table["test/track/accuracy_sd"].tolist() == pytest.approx([0.125 * 2**0.5] * 2)
    assert not {"seed", "seed_sd", "data", "split"} & set(table.columns)


def test_test_tracks_of_all_seeds_are_pooled(folder: Path) -> None:
    text = (folder / "classification_reports.txt").read_text()
    parts = text.split("optimizer=sgd: test tracks of 2 runs")
    assert parts[0].startswith("optimizer=adam: test tracks of 2 runs\n")
    assert "accuracy 0.875 8" in " ".join(parts[0].split())
    assert "accuracy 0.375 8" in " ".join(parts[1].split())


def test_figures(folder: Path) -> None:
    names = {path.name for path in (folder / "figures").iterdir()}
    assert names == {"accuracies.png", "confusion_optimizer=adam.png", "confusion_optimizer=sgd.png"}
    for name in names:
        with Image.open(folder / "figures" / name) as picture:
            assert min(picture.size) > 100


def test_the_table_is_printed_and_returned(sweep: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = report(sweep, tmp_path)
    assert table["test/track/accuracy"].tolist() == [0.875, 0.375]
    shown = " ".join(capsys.readouterr().out.split())
    assert "optimizer=adam 2 87.5 ±17.7" in shown
    assert f"Report: {tmp_path}" in shown


def test_names_with_brackets_stand_as_they_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number, genres in enumerate(("[drone,hum]", "[hum,drone]")):
        write_run(tmp_path / str(number), overrides=(f"data.genres={genres}",))
    report(tmp_path, tmp_path / "report")
    assert "data.genres=[drone,hum]" in capsys.readouterr().out
    assert (tmp_path / "report" / "figures" / "confusion_data.genres=_drone_hum_.png").is_file()


def test_long_names_and_equal_file_names(tmp_path: Path) -> None:
    long = "x" * 150
    for number, name in enumerate((f"a={long}1", f"a={long}2", "b=1/2", "b=1 2")):
        write_run(tmp_path / str(number), overrides=(name,))
    report(tmp_path, tmp_path / "report")
    stems = [path.stem for path in (tmp_path / "report" / "figures").glob("confusion_*")]
    start = f"confusion_a={long}"[:120]
    assert sorted(stems) == [start, f"{start}_2", "confusion_b=1_2", "confusion_b=1_2_2"]


def test_runs_with_damaged_predictions_are_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    sweep = write_sweep(tmp_path / "sweep", adam=(4, 3))
    (sweep / "1" / "predictions.csv").write_text("split,track\n")
    with caplog.at_level(logging.WARNING):
        report(sweep, tmp_path / "report")
    assert f"{sweep / '1'} is left out: {sweep / '1' / 'predictions.csv'} is damaged" in caplog.text
    assert len(pd.read_csv(tmp_path / "report" / "runs.csv")) == 1
    (sweep / "0" / "predictions.csv").write_text("")
    with pytest.raises(MusicGenreError, match=r"0/predictions\.csv is damaged \(empty file"):
        report(sweep, tmp_path / "again")


def test_runs_of_one_name_on_other_genres_are_not_pooled(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_run(tmp_path / "0", predictions(genres=("drone", "hum")))
    write_run(tmp_path / "1", predictions(genres=("hum", "whistle")))
    with caplog.at_level(logging.WARNING):
        report(tmp_path, tmp_path / "report")
    assert "defaults: the runs know different genres, and their test tracks are not pooled." in caplog.text
    assert not list((tmp_path / "report" / "figures").glob("confusion*"))
    assert pd.read_csv(tmp_path / "report" / "report.csv").runs.tolist() == [2]


def test_runs_without_a_test_set_are_reported_by_validation(tmp_path: Path) -> None:
    table = predictions(right=3)
    write_run(tmp_path / "0", table[table.split == "val"])
    found = report(tmp_path, tmp_path / "report")
    assert found["val/track/accuracy"].tolist() == [0.75]
    assert (tmp_path / "report" / "classification_reports.txt").read_text().strip() == ""
