"""A model that has seen what is tested is found out by the tracks' content, not by their names."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from command_line import musicgenre
from made_table import make_table, write_table

from musicgenre import GenreDataModule, MusicGenreError, features_table, folder, splits
from musicgenre.data.describe import split_table
from musicgenre.data.recorded import content_of
from musicgenre.data.store.fingerprint import hash_tracks
from musicgenre.features import MFCC, HandMade
from musicgenre.runs.folder import RunFolder
from musicgenre.training.unseen import contents_in, refuse_seen, seen_tracks


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
    learnt = contents_in(run, data, "train")
    assert learnt == set(table.content[table.split == "train"])
    trained_on = {Path(track).name for track in table.track[table.split == "train"]}
    tested = {Path(track).name.removeprefix("copy_of_") for track in data.segments.track.iloc[data.rows["test"]]}
    seen = seen_tracks(data, "test", learnt)
    assert {Path(track).name.removeprefix("copy_of_") for track in seen} == trained_on & tested


def test_a_run_without_contents_is_read_by_names(finished_run: Path, corpus_root: Path, tmp_path: Path) -> None:
    old = RunFolder(tmp_path)
    table = pd.read_csv(RunFolder(finished_run).split_csv, keep_default_na=False)
    table.drop(columns="content").to_csv(old.split_csv, index=False)
    data = open_data(corpus_root)
    for subset in ("train", "val"):
        assert contents_in(old, data, subset) == contents_in(RunFolder(finished_run), data, subset)


def test_training_tracks_are_refused_and_validation_tracks_where_they_are_tested(corpus_root: Path) -> None:
    data = open_data(corpus_root)
    table = split_table(data)
    by_subset = {name: set(table.content[table.split == name]) for name in ("train", "val", "test")}
    refuse_seen(data, "It", "no", learnt=by_subset["train"], chosen_by=by_subset["val"])
    with pytest.raises(MusicGenreError, match=rf"^It has seen {len(by_subset['val'])} of .*: use another\.$"):
        refuse_seen(data, "It", "use another", learnt=by_subset["val"])
    with pytest.raises(MusicGenreError, match=rf"has seen {len(by_subset['test'])} of"):
        refuse_seen(data, "It", "use another", learnt=set(), chosen_by=by_subset["test"])


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
        refuse_seen(data, "It", "use another", learnt=learnt)


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
