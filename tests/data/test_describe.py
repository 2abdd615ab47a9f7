import logging
import shutil
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile as sf
from made_audio import RATE, write_corpus

from musicgenre.data.audio.stream import Stream
from musicgenre.data.corpus.artists import with_artists
from musicgenre.data.corpus.scan import scan
from musicgenre.data.corpus.tracks import Corpus
from musicgenre.data.datamodule import GenreDataModule
from musicgenre.data.describe import announce, skipped_table, split_table, tracks_table
from musicgenre.data.splits import Assignment, artist_kfold, segment_random, stratified
from musicgenre.data.splits.assignment import SplitFunction
from musicgenre.features import LogMel
from musicgenre.training.leaks import leaks_of


def make_data(root: Path, split: SplitFunction, artists: int = 0, length: float = 0.5) -> GenreDataModule:
    corpus = scan(root)
    if artists:
        by_track = {track.key: f"{track.genre} {i % artists}" for i, track in enumerate(corpus.tracks)}
        corpus = with_artists(corpus, by_track)
    return GenreDataModule(corpus, LogMel(n_fft=1024, n_mels=16), length=length, split=split)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_corpus(tmp_path / "music", ("drone", "hum"), tracks=10, seconds=1.0)


BY_TRACK = stratified(fractions=(0.6, 0.2, 0.2), seed=0)


def test_sizes_are_announced(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        announce(make_data(root, BY_TRACK))
    assert f"{root}: 2 genres, 20 tracks, 40 segments." in caplog.text
    assert "train:   12 tracks,     24 segments" in caplog.text
    assert "test:    4 tracks,      8 segments" in caplog.text
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_what_is_left_out_is_counted_and_named(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    (root / "hum" / "empty.wav").write_bytes(b"")
    (root / "hum" / "notes.txt").write_text("")
    data = make_data(root, BY_TRACK)
    announce(data)
    assert "2 files left out:" in caplog.text
    assert "hum/empty.wav: empty file (0 bytes)" in caplog.text
    table = skipped_table(data)
    assert list(table.columns) == ["track", "reason"]
    assert list(table.track) == ["hum/empty.wav", "hum/notes.txt"]


@pytest.mark.parametrize("block_seconds", [None, 1.0])
def test_silent_segments_are_kept_and_counted(
    root: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, block_seconds: float | None
) -> None:
    if block_seconds:  # read as a recording too long for memory
        monkeypatch.setattr("musicgenre.data.store.extract.Stream", partial(blockwise, block_seconds))
    noise = 0.1 * np.random.default_rng(int(block_seconds or 0)).standard_normal(RATE)
    for name, n_zeros in (("padded", 3 * RATE), ("late", RATE // 2)):
        sf.write(root / "hum" / f"{name}.wav", np.concatenate([noise, np.zeros(n_zeros)]), RATE)
    data = make_data(root, BY_TRACK)
    announce(data)
    assert dict(data.store.silent) == {"hum/late.wav": 1, "hum/padded.wav": 6}
    assert len(data.segments) == 40 + 8 + 3
    [said] = caplog.messages
    assert said == "7 segments of 51 are silent, but used like the others; mostly silent: hum/padded.wav (6 of 8)."


def blockwise(seconds: float, path: Path, rate: int, downmix: str, block_seconds: None) -> Stream:
    return Stream(path, rate, downmix, block_seconds=seconds)


def test_a_track_that_outweighs_the_others_is_told(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    sf.write(root / "hum" / "mix.wav", 0.1 * np.random.default_rng(0).standard_normal(30 * RATE), RATE)
    announce(make_data(root, all_train))
    assert caplog.messages == [
        "hum/mix.wav gives 60 of 100 training segments: cut or remove it, or set segments.max_segments."
    ]
    sf.write(root / "hum" / "mix.wav", 0.1 * np.random.default_rng(0).standard_normal(10 * RATE), RATE)
    caplog.clear()
    announce(make_data(root, all_train))  # 20 of 60
    assert caplog.messages == []


def all_train(corpus: Corpus, segments: pd.DataFrame) -> Assignment:
    return np.full(len(segments), "train")


def test_leaking_split_is_announced_loudly(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    announce(make_data(root, segment_random(fractions=(0.6, 0.2, 0.2), seed=0)))
    [warning] = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert warning.getMessage().startswith("LEAK: ")


def by_segment(corpus: Corpus, segments: pd.DataFrame) -> Assignment:
    """A split of one's own that takes every other segment."""
    return np.resize(["train", "test"], len(segments))


def by_file(corpus: Corpus, segments: pd.DataFrame) -> Assignment:
    """A split of one's own that tests a copy of a training track."""
    return np.where(segments.track == "hum/copy.wav", "test", "train")


@pytest.mark.parametrize(
    ("split", "said"),
    [
        (by_segment, "LEAK: 21 tracks of 21 with segments on two sides of the split: assign tracks, not segments."),
        (by_file, "LEAK: parts or copies of 1 recording are on two sides of the split, as it was published or def"),
        (segment_random(seed=0), "LEAK: split=segment_random LEAKS: segments of one track"),
    ],
)
def test_a_leak_is_told_in_python_too_and_once(
    split: SplitFunction, said: str, root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.copy(root / "hum" / "hum.00000.wav", root / "hum" / "copy.wav")
    data = make_data(root, split)
    data.setup("fit")
    data.setup("test")
    announce(data)  # as the command line does
    told = [record for record in caplog.records if "LEAK: " in record.getMessage()]
    assert [record.levelname for record in told] == ["WARNING"]
    assert told[0].getMessage().startswith(said)
    assert told[0].name.startswith("musicgenre.")


def test_over_tracks_of_one_segment_each_no_split_leaks_segments(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    data = make_data(root, segment_random(seed=0), length=1.0)
    announce(data)
    assert not caplog.records
    leaks = leaks_of(data, "")
    assert (leaks.test_tracks, leaks.segments, leaks.text) == (4, 0, "")


def test_shared_artists_are_announced_and_kept_apart_ones_are_not(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        data = make_data(root, BY_TRACK, artists=2)
        data.setup()
        announce(data)
        data.setup("fit")
        assert caplog.text.count("by artists of the training set") == 1
        assert caplog.text.index("test:    4 tracks") < caplog.text.index("4 of 4 test tracks")
        assert "4 of 4 test tracks are by artists of the training set: split=artist_kfold" in caplog.text
        caplog.clear()
        announce(make_data(root, artist_kfold(folds=5, fold=0, seed=0), artists=5))
        assert "artists of the training set" not in caplog.text


def test_every_segment_stands_in_the_split_table(root: Path) -> None:
    data = make_data(root, BY_TRACK)
    split = split_table(data)
    assert list(split.columns) == ["track", "start", "genre", "split", "content"]
    assert list(split.split) == list(data.assignment)
    assert list(split.start[:2]) == [0.0, 0.5]


def test_tracks_are_heard_to_the_end_of_their_last_segment(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    data = make_data(root, BY_TRACK, length=0.4)
    caplog.set_level("INFO")
    announce(data)
    assert tracks_table(data).seconds_heard.unique().round(6).tolist() == [0.8]
    told = "More than 10 % of 20 files was not heard, such as an end shorter than a segment: 16.0 of 20.0 s were; see "
    assert f"{told}tracks.csv." in caplog.messages
