"""`musicgenre evaluate deform=...`: the test tracks deformed."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from command_line import fails, musicgenre
from made_pictures import write_pictures

from musicgenre.data.corpus.sources import mel_images
from musicgenre.errors import MusicGenreError
from musicgenre.runs.deformed import CLEAN
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
    assert (row.difference_low, row.difference_high) == pytest.approx((-0.637, 0.137), abs=1e-3)  # of t with 7 degrees


def test_of_one_track_the_difference_has_no_interval() -> None:
    [_, row] = _printed(deformation_table(np.array([[True], [False]]), np.array(["a"]), ["noise_10"])).columns[-1].cells
    assert row == "-"
