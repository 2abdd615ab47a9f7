import dataclasses
import logging
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_corpus import make_corpus, make_segments

from musicgenre.data.splits import (
    SUBSETS,
    artist_kfold,
)
from musicgenre.data.splits.coverage import genres_without
from musicgenre.errors import MusicGenreError

some = settings(max_examples=25, deadline=None)


@some
@given(seed=st.integers(0, 2**32 - 1), folds=st.integers(3, 6), artists=st.integers(6, 12))
def test_artist_folds(seed: int, folds: int, artists: int) -> None:
    corpus = make_corpus({"blues": 36, "jazz": 40, "pop": 48}, artists=artists)
    segments = make_segments(corpus, each=1)
    by_fold = [artist_kfold(folds=folds, fold=fold, seed=seed)(corpus, segments) for fold in range(folds)]
    artist = np.array([track.artist for track in corpus.tracks])
    for assignment in by_fold:
        assert set(assignment) == set(SUBSETS)
        assert all(len(set(assignment[artist == name])) == 1 for name in set(artist))
    tested = np.array([assignment == "test" for assignment in by_fold])
    assert (tested.sum(axis=0) == 1).all()  # every track tests once
    for fold, assignment in enumerate(by_fold):
        np.testing.assert_array_equal(assignment == "val", tested[(fold + 1) % folds])


def test_spellings_of_one_artist_stay_together() -> None:
    corpus = make_corpus({"blues": 40, "jazz": 40}, artists=8)
    tracks = tuple(
        dataclasses.replace(t, artist=str(t.artist).upper() if i % 3 else t.artist) for i, t in enumerate(corpus.tracks)
    )
    spelt = dataclasses.replace(corpus, tracks=tracks)
    segments = make_segments(corpus)
    np.testing.assert_array_equal(artist_kfold()(spelt, segments), artist_kfold()(corpus, segments))


def test_tracks_without_artist_are_left_out_and_named(caplog: pytest.LogCaptureFixture) -> None:
    corpus = make_corpus({"blues": 40, "jazz": 40}, artists=8)
    tracks = tuple(dataclasses.replace(t, artist=None) if t.key == "jazz.00007" else t for t in corpus.tracks)
    corpus = dataclasses.replace(corpus, tracks=tracks)
    segments = make_segments(corpus, each=1)
    with caplog.at_level(logging.WARNING):
        assignment = artist_kfold()(corpus, segments)
    assert set(segments["track"][assignment == ""]) == {"jazz/jazz.00007.wav"}
    assert caplog.messages == [
        "1 of 80 tracks are left out of the split, for want of a known artist: jazz/jazz.00007.wav"
    ]


def test_artist_split_without_artists() -> None:
    corpus = make_corpus({"blues": 40, "jazz": 40})
    with pytest.raises(MusicGenreError, match="no track in root has a known artist"):
        artist_kfold()(corpus, make_segments(corpus))


def test_no_number_of_folds_for_two_artists() -> None:
    corpus = make_corpus({"blues": 2, "jazz": 2}, artists=8)
    with pytest.raises(MusicGenreError, match=r"blues has 2, jazz has 2\. No number of folds can be: leave such"):
        artist_kfold()(corpus, make_segments(corpus))


def test_too_few_artists_in_a_genre_are_told(caplog: pytest.LogCaptureFixture) -> None:
    corpus = make_corpus({"blues": 4, "jazz": 40}, artists=8)
    segments = make_segments(corpus)
    gaps = [genres_without(segments, artist_kfold(fold=fold)(corpus, segments)).get("test") for fold in range(5)]
    assert gaps.count(["blues"]) == 1  # four artists in five folds
    assert "5 folds need 5 artists in each genre; blues has 4. Use split.folds=4, or go on" in caplog.text


def test_genre_of_one_artist_who_would_be_tested_is_refused() -> None:
    corpus = make_corpus({"blues": 1, "jazz": 40}, artists=8)
    segments = make_segments(corpus)
    found = list[str]()
    for fold in range(5):
        try:
            found.append(str(genres_without(segments, artist_kfold(fold=fold)(corpus, segments))))
        except MusicGenreError as error:
            found.append(str(error))
    assert sum("leaves no track of blues in train" in text for text in found) == 2  # tested, validated


@pytest.mark.parametrize(("folds", "fold"), [(2, 0), (5, 5), (5, -1), ("5", 0), (4.5, 0), (5, 1.5), (None, 0)])
def test_impossible_folds(folds: Any, fold: Any) -> None:
    with pytest.raises(MusicGenreError, match=f"folds is {folds!r} and fold {fold!r}"):
        artist_kfold(folds=folds, fold=fold)
