import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from command_line import fails, musicgenre, trained
from made_audio import write_corpus
from made_musicnn import write_wheel
from made_runs import write_run

from musicgenre.data.audio.decode import read_audio
from musicgenre.runs.run import Run
from musicgenre.runs.settings import trained_on
from musicgenre.runs.sums import write_sums
from musicgenre.training.trained import load_model, with_own_paths


def test_own_test_figures_come_out_again_and_the_runs_folder_is_left_alone(finished_run: Path, tmp_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in finished_run.rglob("*")}
    result = musicgenre("evaluate", f"run={finished_run}", "trainer=cpu", f"hydra.run.dir={tmp_path}")
    assert result.status == 0, result.text
    trained = json.loads((finished_run / "metrics.json").read_text())
    again = json.loads((tmp_path / "metrics.json").read_text())
    run = Run(finished_run)
    assert (again.pop("data"), again.pop("split")) == (run.data, run.split) == (Run(tmp_path).data, Run(tmp_path).split)
    assert again.pop("evaluated") == Run(tmp_path).evaluated != ""
    assert again.pop("signature") == run.files.signature()
    assert (again.pop("seed"), again.pop("trained_on")) == (str(run.seed), trained_on(run))
    own = {name: value for name, value in again.items() if not name.startswith("leaks/")}
    assert set(own) == {name for name in trained if name.startswith("test/")} | {"tested_epoch"}
    for name, value in own.items():
        assert value == pytest.approx(trained[name], abs=1e-6), name
    assert {path: path.stat().st_mtime_ns for path in finished_run.rglob("*")} == before
    first, second = pd.read_csv(finished_run / "predictions.csv"), pd.read_csv(tmp_path / "predictions.csv")
    first = first[first.split == "test"].reset_index(drop=True)
    pd.testing.assert_frame_equal(first, second, atol=1e-6)


def test_a_run_is_tested_on_its_own_tracks_wherever_one_stands_and_on_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    music, elsewhere = (write_corpus(tmp_path / name, tracks=n, seconds=1.0) for name, n in (("music", 5), ("x", 6)))
    monkeypatch.chdir(music)
    run = trained(tmp_path / "run", Path(), "trainer.max_epochs=1")
    assert Run(run).data == "folder music"
    monkeypatch.chdir(elsewhere)
    evaluate = ("evaluate", f"run={run}", "trainer=cpu")
    result = musicgenre(*evaluate, f"hydra.run.dir={run / 'again'}")
    assert result.status == 0, result.text
    assert Run(run / "again").metrics["test/track/loss"] == Run(run).metrics["test/track/loss"]
    assert f"{run / 'again'} is in the run {run}: report and compare leave it out" in " ".join(result.text.split())
    for path in music.glob("*/*1.wav"):
        path.unlink()
    fails(
        musicgenre(*evaluate, f"hydra.run.dir={tmp_path / 'changed'}"),
        "have changed since training",
        "name them as other data",
    )


def test_a_run_is_tested_where_the_weights_that_it_named_are_gone(tmp_path: Path, corpus_root: Path) -> None:
    wheel, probe = write_wheel(tmp_path / "mine.whl"), ("experiment=musicnn_probe", "segments.length=1", "trainer=cpu")
    data = ("data=folder", f"data.root={corpus_root}", "split=stratified", "figures=false")
    result = musicgenre("train", *probe, *data, f"features.weights={wheel}", f"hydra.run.dir={tmp_path / 'run'}")
    assert result.status == 0, result.text
    wheel.unlink()
    result = musicgenre("evaluate", f"run={tmp_path / 'run'}", "trainer=cpu", f"hydra.run.dir={tmp_path / 'again'}")
    assert result.status == 0, result.text
    assert Run(tmp_path / "again").metrics["test/track/loss"] == Run(tmp_path / "run").metrics["test/track/loss"]


def test_tables_of_a_run_are_found_wherever_one_stands_and_for_other_data_need_not_be_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    music = write_corpus(tmp_path / "music", tracks=4, seconds=1.0)
    here = tmp_path / "here"
    here.mkdir()
    names = [f"{path.parent.name}/{path.name}" for path in sorted(music.glob("*/*.wav"))]
    subsets = ["train", "train", "val", "test"] * 3
    pd.DataFrame({"track": names, "subset": subsets}).to_csv(here / "lists.csv", index=False)
    pd.DataFrame({"track": names, "artist": names}).to_csv(here / "artists.csv", index=False)
    monkeypatch.chdir(here)
    tables = ("split=lists", "split.file=lists.csv", "data.artists=artists.csv", "data.root=../music")
    run = trained(tmp_path / "run", music, *tables, "trainer.max_epochs=1")
    monkeypatch.chdir(tmp_path)
    again = musicgenre("evaluate", f"run={run}", "trainer=cpu", f"hydra.run.dir={tmp_path / 'again'}")
    assert again.status == 0, again.text
    assert Run(tmp_path / "again").metrics["test/track/loss"] == Run(run).metrics["test/track/loss"]
    for table in (Run(run).predictions, Run(tmp_path / "again").predictions):
        assert list(table.columns)[:6] == ["split", "track", "start", "genre", "label", "artist"]
        assert (table.artist == table.track).all()
    shutil.rmtree(here)
    other = ("data=folder", f"data.root={write_corpus(tmp_path / 'other', tracks=1, seconds=1.0)}", "trainer=cpu")
    result = musicgenre("evaluate", f"run={run}", *other, f"hydra.run.dir={tmp_path / 'out'}")
    assert result.status == 0, result.text
    assert Run(tmp_path / "out").metrics["leaks/test_tracks"] == 3


def test_files_that_own_keys_name_are_found_wherever_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, run = tmp_path / "here", tmp_path / "run"
    (here / "lists" / "more").mkdir(parents=True)
    (here / "years.csv").write_text("track,year\n")
    (here / "mel").mkdir()
    run.mkdir()
    (run / "environment.json").write_text(json.dumps({"working_folder": str(here)}))
    split = {"_target_": "own.by_year", "table": "years.csv", "folder": "lists/more", "kind": "mel", "first": 2009}
    config = {"split": split, "data": {"_target_": "own.data", "gone": "none.csv", "kept": str(here / "years.csv")}}
    monkeypatch.chdir(tmp_path)
    found = with_own_paths(config, run)
    assert found["split"] == split | {"table": str(here / "years.csv"), "folder": str(here / "lists" / "more")}
    assert found["data"] == config["data"]


def test_a_run_with_a_damaged_environment_is_tested(finished_run: Path, tmp_path: Path) -> None:
    run = Run(shutil.copytree(finished_run, tmp_path / "run"))
    run.files.environment_json.write_text("{")
    result = musicgenre("evaluate", f"run={run.folder}", "trainer=cpu", f"hydra.run.dir={tmp_path / 'again'}")
    assert result.status == 0, result.text
    again = Run(tmp_path / "again")
    assert (again.seed, again.metrics["test/track/loss"]) == (run.seed, run.metrics["test/track/loss"])
    assert "signature" not in again.metrics


def test_a_checkpoint_that_is_none_is_one_sentence(finished_run: Path, tmp_path: Path) -> None:
    shutil.copytree(finished_run, tmp_path / "run")
    (tmp_path / "run" / "checkpoints" / "best.ckpt").write_bytes(b"none")
    fails(musicgenre("evaluate", f"run={tmp_path / 'run'}", f"hydra.run.dir={tmp_path / 'out'}"), "best.ckpt")


@pytest.mark.parametrize("command", ["evaluate run={}", "predict run={} audio={}", "ensemble runs=[{},.]"])
def test_training_runs_folder_is_not_written_into(finished_run: Path, command: str) -> None:
    arguments = command.format(finished_run, finished_run).split()
    log = finished_run / "musicgenre.log"  # which records the refusal
    before = {path: path.read_bytes() for path in finished_run.rglob("*") if path.is_file() and path != log}
    fails(musicgenre(*arguments, f"hydra.run.dir={finished_run}"), "holds a training run", "another hydra.run.dir")
    assert {path: path.read_bytes() for path in finished_run.rglob("*") if path.is_file() and path != log} == before


def test_every_track_of_other_data_is_tested(finished_run: Path, tmp_path: Path) -> None:
    root = write_corpus(tmp_path / "other", tracks=2)
    folder = tmp_path / "out"
    result = musicgenre(
        "evaluate", f"run={finished_run}", "data=folder", f"data.root={root}", "trainer=cpu", f"hydra.run.dir={folder}"
    )
    assert result.status == 0, result.text
    predictions = pd.read_csv(folder / "predictions.csv")
    assert set(predictions.split) == {"test"}
    assert sorted(predictions.track.unique()) == sorted(p.relative_to(root).as_posix() for p in root.glob("*/*.wav"))
    assert len(predictions) == 6 * 3  # three segments per track
    assert (Run(folder).data, Run(folder).split) == ("folder other", "all tracks")


def test_a_collection_of_other_genres_is_refused(finished_run: Path, tmp_path: Path) -> None:
    root = write_corpus(tmp_path / "other", ("hiss",), tracks=1)
    arguments = (f"run={finished_run}", "data=folder", f"data.root={root}", "trainer=cpu")
    result = musicgenre("evaluate", *arguments, f"hydra.run.dir={tmp_path / 'out'}")
    fails(result, "was trained on drone, hum, whistle", "has none of them: it has hiss")
    assert not (tmp_path / "out" / "metrics.json").exists()


LACKS = {("drone", "whistle"): "lacks hum: figures are over the 2 genres", ("hum",): "over the one genre it has"}
LEAVES = {("drone", "hum", "hiss"): "has hiss, which the run does not know: 2 tracks left out"}


@pytest.mark.parametrize(("there", "said"), (LACKS | LEAVES).items())
def test_a_collection_is_tested_on_the_genres_that_the_run_knows(
    finished_run: Path, tmp_path: Path, there: tuple[str, ...], said: str
) -> None:
    root, out = write_corpus(tmp_path / "other", there, tracks=2), tmp_path / "out"
    arguments = (f"run={finished_run}", "data=folder", f"data.root={root}", "trainer=cpu")
    result = musicgenre("evaluate", *arguments, f"hydra.run.dir={out}")
    assert result.status == 0, result.text
    assert said in result.text
    labels = {"drone": 0, "hum": 1, "whistle": 2}
    predictions, known = pd.read_csv(out / "predictions.csv"), [genre for genre in there if genre in labels]
    assert predictions.groupby("genre").label.first().to_dict() == {genre: labels[genre] for genre in known}
    probs = predictions.filter(like="p_")
    assert list(probs) == ["p_drone", "p_hum", "p_whistle"]
    right = (probs.to_numpy().argmax(1) == predictions.label).mean()
    metrics = json.loads((out / "metrics.json").read_text())
    assert metrics["test/segment/accuracy"] == pytest.approx(right)
    assert metrics["test/track/macro_genres"] == len(known)
    table = pd.read_csv(out / "genres.csv").query("level == 'track'").set_index("genre")
    assert table.f1.isna().to_dict() == {genre: genre not in known for genre in labels}
    assert f"over the {len(known)} of 3 genres" in result.text
    assert {track.split("/")[0] for track in pd.read_csv(out / "skipped.csv").track} == set(there) - set(labels)


def test_songs_are_heard_to_their_end(tmp_path: Path, corpus_root: Path) -> None:
    run = trained(tmp_path / "run", corpus_root, "segments.max_segments=1", "trainer.max_epochs=1")
    root = write_corpus(tmp_path / "songs", tracks=1, seconds=5.0)
    out = tmp_path / "out"
    result = musicgenre(
        "evaluate", f"run={run}", "data=folder", f"data.root={root}", "trainer=cpu", f"hydra.run.dir={out}"
    )
    assert result.status == 0, result.text
    assert "Songs are classified to their end" in result.text
    assert pd.read_csv(out / "predictions.csv").groupby("track").start.apply(list).tolist() == [[0, 1, 2, 3, 4]] * 3


def test_a_model_of_whole_tracks_hears_long_songs_in_stretches(tmp_path: Path, corpus_root: Path) -> None:
    picture = ("experiment=net1_fcnn", "features.size=16", "model.hidden=[8]", "data=folder", "split.seed=3")
    made = ("trainer=cpu", "trainer.max_epochs=1", "logger=csv", "figures=false")
    result = musicgenre("train", *picture, *made, f"data.root={corpus_root}", f"hydra.run.dir={tmp_path / 'run'}")
    assert result.status == 0, result.text
    root = write_corpus(tmp_path / "songs", tracks=1, seconds=7.0)  # the run's tracks are 3 s long
    out = tmp_path / "out"
    result = musicgenre(
        "evaluate", f"run={tmp_path / 'run'}", "data=folder", f"data.root={root}", "trainer=cpu",
        f"hydra.run.dir={out}",
    )  # fmt: skip
    assert result.status == 0, result.text
    assert pd.read_csv(out / "predictions.csv").groupby("track").start.apply(list).tolist() == [[0, 3]] * 3


@pytest.mark.parametrize("missing", ["nowhere", "empty"])
def test_folder_that_is_no_run_is_refused(tmp_path: Path, missing: str) -> None:
    (tmp_path / "empty").mkdir()
    result = musicgenre("evaluate", f"run={tmp_path / missing}", f"hydra.run.dir={tmp_path / 'out'}")
    fails(result, f"{tmp_path / missing} is not a trained run")


@pytest.mark.parametrize("name", ["best.ckpt", "tested.ckpt", "model.joblib"])
def test_a_model_that_is_gone_is_named(tmp_path: Path, name: str) -> None:
    run, milestone = write_run(tmp_path / "run"), write_run(tmp_path / "run" / "epoch_1")
    for folder in (run, milestone):
        (folder / "checkpoints").mkdir()
    for each in {name, "best.ckpt"} if name == "tested.ckpt" else {name}:
        (run / "checkpoints" / each).write_text("weights")
    write_sums(run)
    (run / "checkpoints" / name).unlink()
    result = musicgenre("evaluate", f"run={run}", f"hydra.run.dir={tmp_path / 'out'}")
    fails(result, f"{run / 'checkpoints' / name}, the model that this run wrote, is missing")


def test_a_run_whose_name_is_a_number(finished_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # as one does in a sweep's folder
    (tmp_path / "0").symlink_to(finished_run)
    result = musicgenre("evaluate", "run=0", "trainer=cpu", f"hydra.run.dir={tmp_path / 'out'}")
    assert result.status == 0, result.text
    fails(musicgenre("evaluate", "run=1", f"hydra.run.dir={tmp_path / 'x'}"), "1 is not a trained run (no such folder)")


def test_a_rate_of_no_other_data_is_refused(finished_run: Path, tmp_path: Path) -> None:
    result = musicgenre("evaluate", f"run={finished_run}", "sample_rate=8000", f"hydra.run.dir={tmp_path}")
    fails(result, "sample_rate=8000 is only for data other than the run's own")


def test_run_is_asked_for(tmp_path: Path) -> None:
    fails(musicgenre("evaluate", f"hydra.run.dir={tmp_path}"), "run is not set", "run=...")


def test_checkpoint_alone_predicts_from_audio(finished_run: Path, corpus_root: Path) -> None:
    """The classifier built from best.ckpt predicts from a waveform what predictions.csv holds."""
    classifier = load_model(finished_run)
    predictions = pd.read_csv(finished_run / "predictions.csv")
    row = predictions.iloc[0]
    waveform = torch.tensor(read_audio(corpus_root / row.track, 22050)[None])  # (1, T)
    first = round(row.start * 22050)
    with torch.inference_mode():
        found = classifier.probabilities(waveform[:, first : first + 22050]).numpy()[0]
    assert np.allclose(found, row[[f"p_{genre}" for genre in classifier.genres or ()]].to_numpy(dtype=float), atol=1e-5)
