"""`musicgenre evaluate deform=...`: the test tracks deformed."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from command_line import fails, musicgenre
from made_pictures import write_pictures
from scipy.stats import binom

from musicgenre.data.audio.facts import AudioError
from musicgenre.data.corpus.sources import mel_images
from musicgenre.data.corpus.tracks import Corpus
from musicgenre.errors import MusicGenreError
from musicgenre.prediction.deformations import deformed
from musicgenre.runs.deformed import CLEAN, deformations_figure
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.run import Run
from musicgenre.training.deformed import _printed, answers, deformation_table, require_audio, write_deformed


@pytest.mark.usefixtures("rough")
def test_accuracies_under_deformations_stand_beside_the_run_s_own(
    finished_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str]] = []

    def spy(wave: Any, rate: int, name: str, seed: str) -> Any:
        asked.append((name, seed))
        return deformed(wave, rate, name, seed)

    monkeypatch.setattr("musicgenre.training.deformed.deformed", spy)
    deform = "deform=[quieter_12,noise_10]"
    result = musicgenre("evaluate", f"run={finished_run}", "trainer=cpu", deform, f"hydra.run.dir={tmp_path}")
    assert result.status == 0, result.text
    table = pd.read_csv(tmp_path / "deformations.csv").set_index("deformation")
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    own = [metrics[f"test/track/accuracy{bound}"] for bound in ("", "_low", "_high")]
    assert list(table.index) == [CLEAN, "quieter_12", "noise_10"]
    clean = table.iloc[0]
    assert [clean.accuracy, clean.low, clean.high] == pytest.approx(own)
    assert table.accuracy.iloc[1] == clean.accuracy  # log-mel is relative to the loudest point
    tested = pd.read_csv(tmp_path / "predictions.csv").track.unique()
    assert sorted(asked) == [(name, track) for name in ("noise_10", "quieter_12") for track in sorted(tested)]
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
    fails(result, "deform names noise_15, which is not a deformation. Did you mean noise_10?", "mp3_64")
    assert not (tmp_path / "predictions.csv").exists()


def test_pictures_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MusicGenreError, match=r"deform changes recordings, but .* holds pictures: name audio"):
        require_audio(mel_images(write_pictures(tmp_path / "pictures", tracks=1)))


def test_a_track_that_is_not_heard_in_one_of_the_ways_is_left_out_of_all(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    tested = corpus.tracks[6:11]  # two of drone, three of hum
    ids = [track.id for track in tested]
    table = pd.DataFrame({"track": np.repeat(ids, 2), "recording": np.repeat([f"of {each}" for each in ids], 2)})
    data: Any = SimpleNamespace(corpus=corpus, segments=table, rows={"test": np.arange(len(table))})

    def silenced(wave: Any, rate: int, name: str, seed: str) -> Any:
        return 0 * wave if (name, seed) == ("room", ids[3]) else np.ones_like(wave)

    def listen(wave: Any, rate: int) -> Any:
        if not wave.any():
            raise AudioError("silent")
        as_it_is = wave.min() < 1
        return SimpleNamespace(probabilities=pd.Series({"drone": 0.7 - 0.4 * as_it_is, "hum": 0.3 + 0.4 * as_it_is}))

    listen.segmenter = SimpleNamespace(sample_rate=22050, downmix="mean")  # type: ignore[attr-defined]
    model: Any = SimpleNamespace(device="cpu", audio_classifier=lambda device: listen)
    monkeypatch.setattr("musicgenre.training.deformed.deformed", silenced)
    right, groups, unheard = answers(model, data, ["noise_10", "room"])
    assert right.tolist() == [[False, False, True, True]] + 2 * [[True, True, False, False]]
    assert groups.tolist() == [f"of {each}" for each in (*ids[:3], ids[4])] and unheard == [ids[3]]
    monkeypatch.setattr("musicgenre.training.deformed.deformed", lambda wave, *_: 0 * wave)
    with pytest.raises(MusicGenreError, match="No test track could be read under every deformation that deform names"):
        answers(model, data, ["room"])


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
    for each in (table, table.assign(difference_low=np.nan, difference_high=np.nan)):  # as earlier versions wrote it
        assert deformations_figure(each, "one").axes[0].get_legend_handles_labels()[1] == ["tie"]


def test_the_figure_is_titled_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Any] = []
    monkeypatch.setattr("musicgenre.training.deformed.draw", drawn.append)
    monkeypatch.setattr(RunFolder, "write_figure", lambda *_: None)
    table = deformation_table(np.ones((2, 20), bool), np.arange(20).astype(str), ["noise_10"])
    write_deformed(RunFolder(tmp_path), table, ())
    assert drawn[0].axes[0].get_title() == "Deformed test tracks (as they are: 100.0 %)"
