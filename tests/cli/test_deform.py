"""`musicgenre evaluate deform=...`: the test tracks deformed."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from command_line import fails, musicgenre
from made_pictures import write_pictures
from scipy.stats import binom

from musicgenre.data.corpus.sources import mel_images
from musicgenre.errors import MusicGenreError
from musicgenre.runs.deformed import CLEAN, deformations_figure
from musicgenre.runs.run import Run
from musicgenre.training.deformed import _printed, deformation_table, require_audio


@pytest.mark.usefixtures("rough")
def test_accuracies_under_deformations_stand_beside_the_run_s_own(finished_run: Path, tmp_path: Path) -> None:
    asked = "deform=[quieter_12,noise_10]"
    result = musicgenre("evaluate", f"run={finished_run}", "trainer=cpu", asked, f"hydra.run.dir={tmp_path}")
    assert result.status == 0, result.text
    table = pd.read_csv(tmp_path / "deformations.csv").set_index("deformation")
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    own = [metrics[f"test/track/accuracy{bound}"] for bound in ("", "_low", "_high")]
    assert list(table.index) == [CLEAN, "quieter_12", "noise_10"]
    clean = table.iloc[0]
    assert [clean.accuracy, clean.low, clean.high] == pytest.approx(own)
    assert table.accuracy.iloc[1] == clean.accuracy  # log-mel is of the loudest point
    assert (table.accuracy - own[0]).tolist() == pytest.approx(table.difference.tolist(), abs=1e-8)
    assert (tmp_path / "figures" / "deformations.png").is_file()
    assert "Deformed test tracks" in result.text and "noise_10" in result.text
    fails(musicgenre("evaluate", "run=nowhere", f"hydra.run.dir={tmp_path}"), "nowhere")
    assert Run(tmp_path).config["run"] == str(finished_run) and (tmp_path / "deformations.csv").is_file()
    best = f"run={finished_run}/checkpoints/best.ckpt"
    again = musicgenre("evaluate", best, "trainer=cpu", f"hydra.run.dir={tmp_path}")
    assert again.status == 0, again.text
    assert Run(tmp_path).config["run"].endswith("best.ckpt") and Run(tmp_path).is_finished
    assert not (tmp_path / "deformations.csv").exists() and not (tmp_path / "figures" / "deformations.png").exists()


def test_a_name_that_is_none_is_refused_before_anything_is_tested(finished_run: Path, tmp_path: Path) -> None:
    result = musicgenre("evaluate", f"run={finished_run}", "deform=noise_15", f"hydra.run.dir={tmp_path}")
    fails(result, "deform names noise_15, which is no deformation. Did you mean noise_10?", "mp3_64")
    assert not (tmp_path / "predictions.csv").exists()


def test_pictures_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MusicGenreError, match=r"deform changes recordings, and .* holds pictures: name audio"):
        require_audio(mel_images(write_pictures(tmp_path / "pictures", tracks=1)))


def test_a_difference_is_paired_and_has_the_tracks_interval() -> None:
    right = np.array([[1, 1, 1, 1, 1, 0, 0, 0], [1, 1, 1, 0, 0, 0, 0, 0]], bool)
    row = deformation_table(right, np.array(list("abcdefgh")), ["noise_10"]).iloc[1]
    assert (row.accuracy, row.difference) == (0.375, -0.25)
    assert (row.difference_low, row.difference_high) == pytest.approx((-0.516, 0.116), abs=1e-3)  # Agresti and Min


def test_fifty_tracks_that_nothing_changes_leave_a_difference_possible() -> None:
    row = deformation_table(np.ones((2, 50), bool), np.arange(50).astype(str), ["noise_10"]).iloc[1]
    assert (row.difference_low, row.difference_high) == pytest.approx((-0.0377, 0.0377), abs=1e-4)


def test_parts_of_a_recording_are_no_tracks_of_their_own() -> None:
    right = np.ones((2, 50), bool)
    right[1, :10] = False  # two of ten recordings
    row = deformation_table(right, np.repeat(np.arange(10), 5).astype(str), ["noise_10"]).iloc[1]
    low, high = binom.ppf([0.025, 0.975], 10, 0.2) / 10
    assert (row.difference, row.difference_low, row.difference_high) == pytest.approx((-0.2, -high, -low))
    same = deformation_table(right[:1].repeat(2, axis=0), np.repeat(np.arange(10), 5).astype(str), ["noise_10"]).iloc[1]
    assert (same.difference_low, same.difference_high) == pytest.approx((-0.163, 0.163), abs=1e-3)  # ten answers


def test_of_one_track_nothing_is_shown() -> None:
    table = deformation_table(np.array([[True], [False]]), np.array(["a"]), ["noise_10"])
    [_, row] = _printed(table).columns[-1].cells
    assert row == "-100.0 to +51.0"
    for each in (table, table.assign(difference_low=np.nan, difference_high=np.nan)):  # as it was once written
        assert deformations_figure(each, "one").axes[0].get_legend_handles_labels()[1] == ["tie"]
