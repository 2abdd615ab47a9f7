from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from made_corpus import make_corpus, make_segments
from made_table import make_table, write_table
from sklearn.model_selection import train_test_split

from musicgenre import features_table
from musicgenre.data.corpus.copies import with_copies, without_copies
from musicgenre.data.corpus.tracks import Corpus
from musicgenre.data.datamodule import GenreDataModule
from musicgenre.data.recorded import find_recordings
from musicgenre.data.splits import random_tracks
from musicgenre.data.splits.by_track import Copies
from musicgenre.errors import MusicGenreError
from musicgenre.features import HandMade


def test_rows_are_those_of_train_test_split() -> None:
    corpus = make_corpus({"blues": 30, "jazz": 40, "rock": 30})
    segments = make_segments(corpus, each=1)
    found = random_tracks(fractions=(0.7, 0.0, 0.3), seed=42)(corpus, segments)
    train, test = train_test_split(np.arange(100), test_size=0.3, random_state=42)
    assert set(np.flatnonzero(found == "train")) == set(train)
    assert set(np.flatnonzero(found == "test")) == set(test)


def test_copies_are_together_or_where_the_published_rows_had_them() -> None:
    alone = make_corpus({"blues": 30, "jazz": 40, "rock": 30})
    content = {track.id: track.id for track in alone.tracks} | {alone.tracks[0].id: alone.tracks[50].id}
    corpus, segments = with_copies(alone, content), make_segments(alone, each=1)
    together = random_tracks(seed=42)(corpus, segments)
    assert together[0] == together[50]
    apart = random_tracks(seed=42, copies="apart")(corpus, segments)
    assert np.array_equal(apart, random_tracks(seed=42)(alone, segments))
    with pytest.raises(MusicGenreError, match=r"split\.copies is 'near': choose one of together, apart"):
        random_tracks(copies="near")  # type: ignore[arg-type]


def test_parts_that_a_dataset_names_itself_are_together_where_copies_are_apart() -> None:
    tracks = [
        replace(track, part_of=f"album {place % 10}") for place, track in enumerate(make_corpus({"jazz": 40}).tracks)
    ]
    corpus = Corpus(Path("root"), ("jazz",), tuple(tracks))
    content = {track.id: track.id for track in tracks} | {tracks[0].id: "same", tracks[1].id: "same"}
    recorded, segments = find_recordings(corpus, content), make_segments(corpus, each=1)
    album = [place % 10 for place in range(40)]
    for seed in range(5):
        subsets = random_tracks(seed=seed, copies="apart")(recorded, segments)
        assert pd.Series(subsets).groupby(album).nunique().eq(1).all()
    assert {track.recording for track in without_copies(recorded).tracks} == {f"album {place}" for place in range(10)}
    assert len({track.recording for track in recorded.tracks}) == 9


def test_validation_is_taken_from_training_alone() -> None:
    corpus = make_corpus({"blues": 50, "jazz": 50})
    segments = make_segments(corpus, each=2)
    without = random_tracks(fractions=(0.7, 0.0, 0.3), seed=1)(corpus, segments)
    found = random_tracks(fractions=(0.6, 0.1, 0.3), seed=1)(corpus, segments)
    assert np.array_equal(found == "test", without == "test")
    assert (found == "val").sum() == 20
    assert segments.assign(found=found).groupby("track").found.nunique().max() == 1


def test_impossible_shares_are_refused() -> None:
    corpus = make_corpus({"blues": 2, "jazz": 1})
    with pytest.raises(MusicGenreError, match="3 tracks cannot be split"):
        random_tracks(fractions=(0.98, 0.01, 0.01))(corpus, make_segments(corpus))


def test_equal_rows_count_each_where_copies_are_apart(tmp_path: Path) -> None:
    table = pd.concat(
        [make_table(6), make_table(6).assign(filename=lambda rows: rows.filename.str.replace(".0", ".9"))]
    )
    corpus = features_table(write_table(table, tmp_path))
    together, apart = (
        GenreDataModule(corpus, split=random_tracks(seed=1, copies=copies)) for copies in get_args(Copies)
    )
    assert together.segments.recording.nunique() == len(table) // 2
    assert apart.segments.recording.nunique() == len(table)


def test_two_tracks_a_genre_of_which_none_is_left_to_learn_from_are_refused(tmp_path: Path) -> None:
    corpus = features_table(write_table(make_table(tracks_per_genre=2), tmp_path))
    refused = 0
    for seed in range(6):
        data = GenreDataModule(corpus, HandMade(), split=random_tracks(seed=seed))
        without = sorted(set(corpus.genres) - set(data.segments.genre[data.assignment == "train"]))
        if without:
            refused += 1
            with pytest.raises(MusicGenreError, match=rf"leaves no track of {', '.join(without)} to train on"):
                data.setup("fit")
        else:
            data.setup("fit")
    assert 0 < refused < 6
