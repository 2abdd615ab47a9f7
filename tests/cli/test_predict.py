"""`musicgenre predict` and `musicgenre.load_run`, on a tiny run."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile as sf
import torch
from command_line import TINY, fails, musicgenre
from made_audio import make_track, write_track

import musicgenre as package
from musicgenre.errors import MusicGenreError
from musicgenre.runs.besides import what_else
from musicgenre.training.trained import load_model


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with music, bad files, and a file that is not audio."""
    folder = tmp_path_factory.mktemp("music")
    write_track(folder / "album" / "long.flac", "hum", 50, seconds=12.5)
    sf.write(folder / "drone.ogg", make_track("drone", 51), 22050)
    sf.write(folder / "stereo $48k$.wav", np.repeat(make_track("whistle", 52, 4)[:, None], 2, 1), 48000)
    sf.write(folder / "silent.wav", np.zeros(44100), 22050)
    sf.write(folder / "short.wav", make_track("hum", 53, 0.4), 22050)
    (folder / "broken.mp3").write_bytes(b"no sound here" * 100)
    (folder / "cover.jpg").write_bytes(b"")
    return folder


def predict(run: str | Path, audio: Path, folder: Path, *overrides: str) -> dict[str, object]:
    result = musicgenre("predict", f"run={run}", f"audio={audio}", "device=cpu", f"hydra.run.dir={folder}", *overrides)
    assert result.status == 0, result.text
    return {"text": result.text}


def test_folder_is_heard_and_bad_files_are_named(finished_run: Path, music: Path, tmp_path: Path) -> None:
    text = str(predict(finished_run, music, tmp_path, "save=[csv,json]")["text"])
    assert "Left out: 3" in text
    for reason in ("silent", "too short: 0.40 s", "not readable as audio", "1 .jpg file passed over"):
        assert reason in text
    table = pd.read_csv(tmp_path / "predictions.csv").set_index("file")
    assert set(table.index[table.reason.notna()]) == {"silent.wav", "short.wav", "broken.mp3"}
    heard = table[table.reason.isna()]
    assert heard.seconds["album/long.flac"] == pytest.approx(12.5, abs=0.01)
    assert np.allclose(heard[["p_drone", "p_hum", "p_whistle"]].sum(axis=1), 1)
    records = {row["file"]: row for row in json.loads((tmp_path / "predictions.json").read_text())}
    assert records["silent.wav"] == {"file": "silent.wav", "reason": "silent (every sample is 0)"}
    assert records["drone.ogg"]["genre"] == table.genre["drone.ogg"]
    tracks = pd.read_csv(tmp_path / "tracks.csv").set_index("file")
    assert tracks.format["album/long.flac"] == "FLAC PCM_16"
    assert tracks.seconds["album/long.flac"] == pytest.approx(12.5, abs=0.01)
    assert tracks.seconds_heard["album/long.flac"] == 12.0
    assert tracks.segments["album/long.flac"] == 12
    assert (tracks.reason.dropna() == table.reason.dropna()).all()
    segments = pd.read_csv(tmp_path / "segments.csv")
    assert (segments.file == "album/long.flac").sum() == 12
    figures = {path.relative_to(tmp_path / "figures").as_posix() for path in (tmp_path / "figures").rglob("*.png")}
    assert figures == {"album/long.flac.png", "drone.ogg.png", "stereo $48k$.wav.png"}
    assert not what_else(tmp_path, [])  # every file is recognised as this command's


def test_the_log_says_what_each_call_was_asked_and_answered(finished_run: Path, music: Path, tmp_path: Path) -> None:
    calls = [predict(finished_run, music, tmp_path, "figures=false"), predict(finished_run, music, tmp_path, "top=1")]
    log = (tmp_path / "musicgenre.log").read_text(encoding="utf-8")
    day = r"(?m)^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\]\[INFO\] "
    asked = re.findall(rf"{day}musicgenre {re.escape(package.__version__)}: predict (.*)$", log)
    assert [" figures=false" in line for line in asked] == [True, False]
    assert all(f"run={finished_run} audio={music}" in line for line in asked)
    model = finished_run / "checkpoints" / "best.ckpt"
    sums = (finished_run / "SHA256SUMS").read_text()
    (sum_,) = re.findall(r"^(\w+)  checkpoints/best\.ckpt$", sums, re.MULTILINE)
    assert log.count(f"[INFO] {model}: SHA-256 {sum_}\n") == 2
    assert log.count(f"[INFO] 3 of 6 files in {music} could be used.\n") == 2
    assert len(re.findall(r"^ ?silent\.wav +silent \(every sample is 0\)", log, re.MULTILINE)) == 2
    assert log.count("Left out: 3") == 2
    assert log.count("1 .jpg file passed over") == 2
    for call in calls:  # on the screen, times have no date, and there is no more than before
        assert not re.search(day, str(call["text"])) and "SHA-256" not in str(call["text"])


def test_a_track_of_the_corpus_gets_the_runs_own_probabilities(
    finished_run: Path, corpus_root: Path, tmp_path: Path
) -> None:
    predictions = package.load_run(finished_run).predictions
    row = predictions[predictions.split == "test"].iloc[0]
    found = package.load_run(finished_run).classifier(corpus_root / row.track)
    columns = [name for name in predictions.columns if name.startswith("p_")]
    own = predictions[predictions.track == row.track]
    np.testing.assert_allclose(found.segments[columns], own[columns], atol=1e-5)
    assert found.segments.start.tolist() == own.start.tolist()


def test_a_second_answer_in_one_folder_leaves_nothing_of_the_first(
    finished_run: Path, music: Path, tmp_path: Path
) -> None:
    predict(finished_run, music, tmp_path / "out", "save=[csv,json]")
    assert (tmp_path / "out" / "figures" / "album" / "long.flac.png").is_file()
    mine = [tmp_path / name for name in ("kept.png", "out/figures/shot-20240131.png", "out/figures/my.song.png")]
    for path in mine:
        path.write_bytes(b"mine")
    with (tmp_path / "out" / "tracks.csv").open("a") as file:
        file.write("../../kept,WAV,1,1,1,1,1,x,,\n")
    text = predict(finished_run, music / "drone.ogg", tmp_path / "out", "save=csv")["text"]
    assert f"Removed what an earlier call wrote in {tmp_path / 'out'}: predictions.json and 2 figures." in str(text)
    assert {*(tmp_path / "out" / "figures").rglob("*.png")} == {tmp_path / "out/figures/drone.ogg.png", *mine[1:]}
    assert pd.read_csv(tmp_path / "out" / "predictions.csv").file.tolist() == ["drone.ogg"]
    assert not (tmp_path / "out" / "predictions.json").exists()
    assert {path.read_bytes() for path in mine} == {b"mine"}


def test_several_runs_are_an_ensemble(finished_run: Path, music: Path, tmp_path: Path) -> None:
    predict(f"[{finished_run},{finished_run}]", music / "drone.ogg", tmp_path / "two", "save=csv", "figures=false")
    predict(finished_run, music / "drone.ogg", tmp_path / "one", "save=csv", "figures=false")
    one, two = (pd.read_csv(tmp_path / name / "predictions.csv") for name in ("one", "two"))
    assert two.p_drone[0] == pytest.approx(one.p_drone[0], abs=1e-6)
    assert set(pd.read_csv(tmp_path / "two" / "segments.csv").run) == {0, 1}
    assert not (tmp_path / "one" / "figures").exists()


def test_a_run_on_pictures_of_whole_tracks_hears_long_ones(corpus_root: Path, music: Path, tmp_path: Path) -> None:
    settings = ("features=mel_image", "features.size=32", "segments.length=null", "standardize=global")
    tiny = [each for each in TINY if not each.startswith(("features.", "segments."))]
    folder = tmp_path / "run"
    result = musicgenre("train", *tiny, *settings, "data=folder", f"data.root={corpus_root}", f"hydra.run.dir={folder}")
    assert result.status == 0, result.text
    classifier = package.load_run(folder).classifier
    assert classifier.segmenter.window == pytest.approx(3.0)
    found = classifier(music / "album" / "long.flac")
    assert found.segments.start.tolist() == [0.0, 1.5, 3.0, 4.5, 6.0, 7.5, 9.0]
    assert classifier(music / "short.wav").segments.seconds.tolist() == pytest.approx([0.4])


def test_mistakes_are_explained(finished_run: Path, music: Path, tmp_path: Path) -> None:
    def attempt(*overrides: str) -> str:
        out = f"hydra.run.dir={tmp_path / 'out'}"
        return fails(musicgenre("predict", f"run={finished_run}", f"audio={music}", out, *overrides))

    assert "is not a trained run" in attempt(f"run={tmp_path}")
    assert "There is no file or folder" in attempt(f"audio={tmp_path / 'nowhere'}")
    twice = f"audio is given more than once: {tmp_path / 'nowhere'} is used, and {music} is not."
    assert twice in attempt(f"audio={tmp_path / 'nowhere'}")
    assert "choose save=csv" in attempt("save=xml")
    assert "device is 'tpu'" in attempt("device=tpu")
    assert "top is 0: show 1 genre or more" in attempt("top=0")
    assert "silent.wav cannot be used: silent (every sample is 0)." in attempt(f"audio={music / 'silent.wav'}")
    text = fails(musicgenre("predict", f"run={finished_run}", f"hydra.run.dir={tmp_path / 'out'}"))
    assert "audio is not set" in text


def test_load_run_reads_the_folder(finished_run: Path, tmp_path: Path) -> None:
    moved = shutil.copytree(finished_run, tmp_path / "moved")
    run = package.load_run(str(moved))
    assert run.config["model"]["hidden"] == 8
    assert run.metrics == json.loads((finished_run / "metrics.json").read_text())
    assert set(run.predictions.split) == {"val", "test"}
    assert len(run.history) == 3
    wave = torch.from_numpy(make_track("hum", 60))
    assert run.classifier(wave, sample_rate=22050).probabilities.sum() == pytest.approx(1)
    (moved / "metrics.json").unlink()
    with pytest.raises(MusicGenreError, match=r"no metrics\.json"):
        _ = package.load_run(moved).metrics
    with pytest.raises(MusicGenreError, match="is not a run folder"):
        package.load_run(tmp_path)


def test_a_run_without_what_came_later_still_loads(finished_run: Path, tmp_path: Path) -> None:
    moved = shutil.copytree(finished_run, tmp_path / "moved")
    checkpoint = torch.load(moved / "checkpoints" / "best.ckpt", weights_only=True)
    checkpoint["musicgenre"]["card"]["reference"] = None
    torch.save(checkpoint, moved / "checkpoints" / "best.ckpt")
    classifier = load_model(moved).audio_classifier()
    assert classifier.reference is None
    assert classifier(make_track("hum", 61), 22050).distance is None


def test_importing_is_light() -> None:
    code = "import sys, musicgenre; musicgenre.load_run; sys.exit('torch' in sys.modules or 'pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
