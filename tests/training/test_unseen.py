"""A model that has seen tested tracks is detected by their content, and by names where content tells nothing."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from command_line import musicgenre
from made_table import make_table, write_table
from torch import nn

from musicgenre import GenreDataModule, MusicGenreError, features_table, folder, splits
from musicgenre.data.describe import split_table
from musicgenre.data.recorded import content_of, seen_tracks
from musicgenre.data.store.fingerprint import hash_tracks
from musicgenre.features import MFCC, HandMade
from musicgenre.runs.folder import RunFolder
from musicgenre.synthetic.plan import STAMP
from musicgenre.training.evaluate import _seen, everything_for_test
from musicgenre.training.unseen import contents_in, refuse_seen, same_names

NONE = RunFolder(Path("no such run"))


def renamed(root: Path, to: Path) -> Path:
    """The same tracks under other names, in another folder."""
    for path in root.glob("*/*.wav"):
        copied = to / path.parent.name / f"copy_of_{path.name}"
        copied.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, copied)
    return to


def open_data(root: Path) -> GenreDataModule:
    return GenreDataModule(folder(root), MFCC(n_mfcc=5), length=1.0, split=splits.stratified(seed=0))


def test_tracks_are_known_under_another_name(finished_run: Path, corpus_root: Path, tmp_path: Path) -> None:
    run, data = RunFolder(finished_run), open_data(renamed(corpus_root, tmp_path / "renamed"))
    table = pd.read_csv(run.split_csv, keep_default_na=False)
    learnt = contents_in(run, "train")
    assert learnt == set(table.content[table.split == "train"])
    trained_on = {Path(track).name for track in table.track[table.split == "train"]}
    tested = {Path(track).name.removeprefix("copy_of_") for track in data.segments.track.iloc[data.rows["test"]]}
    seen = seen_tracks(data, "test", learnt)
    assert {Path(track).name.removeprefix("copy_of_") for track in seen} == trained_on & tested


def test_a_split_table_that_lacks_a_column_is_damaged(finished_run: Path, corpus_root: Path, tmp_path: Path) -> None:
    run, data = RunFolder(tmp_path), open_data(corpus_root)
    table = pd.read_csv(RunFolder(finished_run).split_csv, keep_default_na=False)
    for name in ("content", "genre"):
        table.drop(columns=name).to_csv(run.split_csv, index=False)
        with pytest.raises(MusicGenreError, match=rf"split\.csv is damaged \(it lacks the column {name}\)"):
            same_names(data, "test", run, "train")


def test_training_tracks_are_refused_and_validation_tracks_where_they_are_tested(corpus_root: Path) -> None:
    data = open_data(corpus_root)
    table = split_table(data)
    by_subset = {name: set(table.content[table.split == name]) for name in ("train", "val", "test")}
    refuse_seen(data, "It", "no", NONE, learnt=by_subset["train"], chosen_by=by_subset["val"])
    with pytest.raises(MusicGenreError, match=rf"^It has seen {len(by_subset['val'])} of .*: use another\.$"):
        refuse_seen(data, "It", "use another", NONE, learnt=by_subset["val"])
    with pytest.raises(MusicGenreError, match=rf"has seen {len(by_subset['test'])} of"):
        refuse_seen(data, "It", "use another", NONE, learnt=set(), chosen_by=by_subset["test"])


def test_rows_of_a_table_are_told_apart_and_known_in_another(tmp_path: Path) -> None:
    table = make_table()
    data = GenreDataModule(features_table(write_table(table, tmp_path)), HandMade(), split=splits.stratified(seed=0))
    content = content_of(data.corpus, data.store)
    assert len(set(hash_tracks(data.corpus).values())) == 1
    assert len(set(content.values())) == len(data.corpus.tracks)
    (tmp_path / "other").mkdir()
    shuffled = features_table(write_table(table.iloc[::-1], tmp_path / "other"))
    other = GenreDataModule(shuffled, HandMade(), split=splits.stratified(seed=0))
    assert set(seen_tracks(other, "test", content.values())) == set(other.segments.track.iloc[other.rows["test"]])


def test_another_part_of_what_a_model_was_fitted_on_is_known(corpus_root: Path, tmp_path: Path) -> None:
    root = tmp_path / "parts"
    for place, path in enumerate(sorted(corpus_root.glob("*/*.wav"))):
        part = root / path.parent.name / f"{path.parent.name}.{place // 2:05}.{place % 2}.wav"
        part.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, part)
    data = open_data(root)
    tested = set(data.segments.track.iloc[data.rows["test"]])
    content = content_of(data.corpus, data.store)
    learnt = {content[track] for track in tested if track.endswith(".0.wav")}  # one part of each recording
    assert len(learnt) == len(tested) / 2
    assert set(seen_tracks(data, "test", learnt)) == tested
    with pytest.raises(MusicGenreError, match=rf"has seen {len(tested)} of the tracks"):
        refuse_seen(data, "It", "use another", NONE, learnt=learnt)


def ran_on(folder: Path, rows: list[tuple[str, str, str]]) -> RunFolder:
    """A run folder with only the table of its split: track, genre, split."""
    run = RunFolder(folder)
    table = pd.DataFrame(rows, columns=["track", "genre", "split"])
    table.assign(content=[f"theirs{place}" for place in range(len(table))]).to_csv(run.split_csv, index=False)
    return run


def all_tested(root: Path, corpus_root: Path, *names: str) -> GenreDataModule:
    """Data with every track for test; all hold different music."""
    for name, path in zip(names, sorted(corpus_root.glob("*/*.wav")), strict=False):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, root / name)
    data = GenreDataModule(folder(root), MFCC(n_mfcc=5), length=1.0, split=everything_for_test, standardize=None)
    data.standardize_with(nn.Identity())
    return data


def test_what_no_content_tells_is_known_by_the_names_of_music(corpus_root: Path, tmp_path: Path) -> None:
    theirs = [
        ("train/jazz/jazz.00000.au", "jazz", "train"),
        ("jazz00001.png", "jazz", "train"),
        ("x/jazz.00002.4.wav", "jazz", "val"),
        ("jazz/jazz.00003.wav", "jazz", "test"),
        ("train/Hip-Hop/So What.mp3", "Hip-Hop", "train"),
        ("train/jazz/Rain.mp3", "jazz", "train"),
        ("train/jazz/01.mp3", "jazz", "train"),
        ("train/jazz/track 2.mp3", "jazz", "train"),
        ("train/jazz/audio_00003.mp3", "jazz", "train"),
    ]
    run = ran_on(tmp_path, theirs)
    gtzan = [f"jazz/jazz.{number:05}.wav" for number in range(4)]
    others = ("jazz/01.wav", "jazz/track 2.wav", "jazz/audio_00003.wav", "hiphop/x/so what.wav", "hiphop/rain.wav")
    data = all_tested(tmp_path / "here", corpus_root, *gtzan, *others)
    assert same_names(data, "test", run, "train", "val") == ["hiphop/x/so what.wav", *gtzan[:3]]
    assert same_names(data, "test", run, "train") == ["hiphop/x/so what.wav", *gtzan[:2]]


def test_names_are_asked_of_no_track_that_a_run_holds_and_of_no_rendered_corpus(
    corpus_root: Path, tmp_path: Path
) -> None:
    data = all_tested(tmp_path / "here", corpus_root, "jazz/A/intro.wav", "jazz/B/intro.wav", "rock/x.wav")
    run = RunFolder(tmp_path)
    table = split_table(data)
    table.assign(split=["train" if "/A/" in track else "test" for track in table.track]).to_csv(run.split_csv)
    assert same_names(data, "test", run, "train") == []  # its own intro is tested, which it was not trained on
    ran_on(tmp_path, [("jazz/C/Intro.mp3", "jazz", "train"), ("rock/X.mp3", "rock", "train")])
    assert same_names(data, "test", run, "train") == ["rock/x.wav"]
    hiphop = all_tested(tmp_path / "spelt", corpus_root, "hip-hop/hip-hop.00001.wav", "rock/y.wav")
    ran_on(tmp_path, [("hiphop/hiphop.00001.au", "hiphop", "train")])
    assert same_names(hiphop, "test", run, "train") == ["hip-hop/hip-hop.00001.wav"]
    ran_on(tmp_path, [("rock/X.mp3", "rock", "train")])
    rendered = tmp_path / "rendered"
    rendered.mkdir()
    (rendered / STAMP).write_text(json.dumps({"tracks_per_genre": 5, "seconds": 3.0, "seed": 0}))
    run.environment_json.write_text(json.dumps({"data_root": str(rendered)}))  # as for data=folder
    assert same_names(data, "test", run, "train") == []
    run.environment_json.unlink()
    run.config_yaml.parent.mkdir()
    run.config_yaml.write_text("data: {_target_: musicgenre.data.corpus.sources.synthetic}")
    assert same_names(data, "test", run, "train") == []


def test_a_model_is_taken_with_a_warning_where_only_names_tell(
    corpus_root: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    data = all_tested(tmp_path / "here", corpus_root, "jazz/jazz.00000.wav", "rock/rock.00000.wav")
    by_val = ran_on(tmp_path, [("jazz/jazz.00000.au", "jazz", "train"), ("rock/rock.00000.au", "rock", "val")])
    refuse_seen(data, "The net", "use another", by_val, learnt=contents_in(by_val, "train"))
    said = (
        "LEAK: by their names, the net has seen {} of the tracks that this run validates or tests on ({}): use another."
    )
    assert caplog.messages[-1] == said.format(1, "jazz/jazz.00000.wav")
    refuse_seen(data, "The net", "use another", by_val, learnt={"theirs0"}, chosen_by={"theirs1"})
    assert caplog.messages[-1] == said.format(2, "jazz/jazz.00000.wav, rock/rock.00000.wav")


def test_other_data_is_known_by_its_content_and_its_names_at_once(corpus_root: Path, tmp_path: Path) -> None:
    names = ("jazz/jazz.00000.wav", "jazz/x.wav", "rock/y.wav")
    data = all_tested(tmp_path / "here", corpus_root, *names)
    rows = [("jazz/jazz.00000.au", "jazz", "train"), ("rock/renamed.wav", "rock", "val"), ("rock/z.wav", "rock", "val")]
    run = ran_on(tmp_path, rows)
    table = pd.read_csv(run.split_csv)
    table.loc[1, "content"] = content_of(data.corpus, data.store)["rock/y.wav"]
    table.to_csv(run.split_csv, index=False)
    assert _seen(run, data) == (
        "1 of the 3 tested tracks is among those and 1 of the 3 tested tracks has the name of one "
        "that the run was trained or chosen on"
    )


def test_the_parts_of_a_tables_tracks_are_known_by_their_names(tmp_path: Path) -> None:
    """Kaggle's tables of 30 s and of 3 s, or one saved again with fewer digits."""
    table = make_table()
    data = GenreDataModule(features_table(write_table(table, tmp_path)), HandMade(), split=splits.stratified(seed=0))
    run = RunFolder(tmp_path)
    split_table(data).to_csv(run.split_csv, index=False)
    parts = [table.assign(filename=table.filename.str.replace(".wav", f".{part}.wav")) for part in range(3)]
    (tmp_path / "other").mkdir()
    for changed in (table.round(4), pd.concat(parts).assign(tempo=120)):
        corpus = features_table(write_table(changed, tmp_path / "other"))
        other = GenreDataModule(corpus, HandMade(), split=everything_for_test, standardize=None)
        other.standardize_with(nn.Identity())
        assert seen_tracks(other, "test", contents_in(run, "train", "val", "test")) == []
        assert len(same_names(other, "test", run, "train", "val", "test")) == len(table)


def test_other_data_that_holds_training_tracks_is_announced(
    finished_run: Path, corpus_root: Path, tmp_path: Path
) -> None:
    root, out = renamed(corpus_root, tmp_path / "renamed"), tmp_path / "out"
    arguments = (f"run={finished_run}", "data=folder", f"data.root={root}", "trainer=cpu", f"hydra.run.dir={out}")
    result = musicgenre("evaluate", *arguments)
    assert result.status == 0, result.text
    table = pd.read_csv(finished_run / "split.csv", keep_default_na=False).drop_duplicates("track")
    count = table.split.isin(["train", "val"]).sum()
    leak = json.loads((out / "metrics.json").read_text())["leak"]
    assert leak.startswith(f"{count} of the {len(list(root.glob('*/*.wav')))} tested tracks are among those")
    assert f"LEAK: {count} of" in result.text
