import dataclasses
import logging
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_corpus import make_corpus, make_segments

from musicgenre.data.splits import (
    SUBSETS,
    artist_kfold,
    shared_between,
)
from musicgenre.data.splits.coverage import genres_without, require_trainable
from musicgenre.errors import MusicGenreError
from musicgenre.words import known_artist

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
    assert (tested.sum(axis=0) == 1).all()  # every track is tested once
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


def test_the_names_of_one_artist_in_other_orders_and_with_the_stay_together() -> None:
    spelt = ["The Beatles", "Beatles, The", "Beatles", "John Coltrane", "Coltrane, John", "John_Coltrane", "REM"]
    spelt += ["R.E.M.", "Ann", "Bob", "Cid", "Dee", "Eve", "Fay", "Guy", "Ida"]
    corpus = make_corpus({"blues": 48, "jazz": 48}, artists=len(spelt))
    tracks = [dataclasses.replace(t, artist=spelt[i % len(spelt)]) for i, t in enumerate(corpus.tracks)]
    corpus = dataclasses.replace(corpus, tracks=tuple(tracks))
    segments = make_segments(corpus, each=1)
    split = artist_kfold(folds=3)(corpus, segments)
    sides = {name: {str(split[i]) for i, t in enumerate(tracks) if t.artist == name} for name in spelt}
    assert all(len(those) == 1 for those in sides.values())
    assert [sides[name] for name in spelt[:3]] == [sides["Beatles"]] * 3
    assert [sides[name] for name in spelt[3:6]] == [sides["John Coltrane"]] * 3
    assert sides["REM"] == sides["R.E.M."]
    mixed = np.array(["train", "test", *[""] * 94])  # The Beatles, and Beatles, The
    assert shared_between(segments, mixed, corpus)["artists"] == 1


def test_tracks_without_artist_are_left_out_and_named(caplog: pytest.LogCaptureFixture) -> None:
    corpus = make_corpus({"blues": 40, "jazz": 40}, artists=8)
    tracks = tuple(dataclasses.replace(t, artist=None) if t.key == "jazz.00007" else t for t in corpus.tracks)
    corpus = dataclasses.replace(corpus, tracks=tracks)
    segments = make_segments(corpus, each=1)
    with caplog.at_level(logging.WARNING):
        assignment = artist_kfold()(corpus, segments)
    assert set(segments["track"][assignment == ""]) == {"jazz/jazz.00007.wav"}
    assert caplog.messages == [
        "1 of 80 tracks have no known artist, and are left out of the split: jazz/jazz.00007.wav"
    ]


@pytest.mark.parametrize(
    "name",
    [
        *(
            "Unbekannter Interpret",
            "Verschiedene Künstler",
            "Artiste inconnu",
            "Artistes variés",
            "Artista desconocido",
        ),
        *("Varios Artistas", "Artisti Vari", "AA.VV.", "Неизвестный исполнитель", "Разные исполнители"),
    ],
)
def test_nobody_is_so_in_other_languages(name: str) -> None:
    assert known_artist(name) is None
    assert known_artist(f"{name} Trio") == f"{name} Trio"


@pytest.mark.parametrize("nobody", ["unknown", "", "  N/A ", "Various Artists", float("nan"), pd.NA, None])
def test_what_is_no_artist_is_none_however_a_track_was_made(nobody: Any) -> None:
    corpus = make_corpus({"blues": 40, "jazz": 40}, artists=8)
    tracks = [dataclasses.replace(t, artist=nobody) if i % 3 == 0 else t for i, t in enumerate(corpus.tracks)]
    corpus = dataclasses.replace(corpus, tracks=tuple(tracks))
    left_out = [i % 3 == 0 for i in range(80)]
    assert [track.artist is None for track in corpus.tracks] == left_out
    assert (artist_kfold()(corpus, make_segments(corpus, each=1)) == "").tolist() == left_out


def test_artists_share_a_jingle_whether_or_not_it_is_long_enough_for_the_segments() -> None:
    corpus = make_corpus({"blues": 40, "jazz": 40}, artists=8)
    tracks = tuple(dataclasses.replace(t, copy_of="jingle") if i < 3 else t for i, t in enumerate(corpus.tracks))
    segments, one = make_segments(corpus), dataclasses.replace(corpus, tracks=tracks)
    long = ~segments.track.isin([track.id for track in tracks[:3]]).to_numpy()
    found = artist_kfold()(one, segments[long].reset_index(drop=True))
    np.testing.assert_array_equal(found, artist_kfold()(one, segments)[long])


def test_artist_split_without_artists() -> None:
    corpus = make_corpus({"blues": 40, "jazz": 40})
    with pytest.raises(MusicGenreError, match="no track in root has a known artist"):
        artist_kfold()(corpus, make_segments(corpus))


def test_no_number_of_folds_for_two_artists() -> None:
    corpus = make_corpus({"blues": 2, "jazz": 2}, artists=8)
    with pytest.raises(
        MusicGenreError, match=r"blues has 2, jazz has 2\. No number of folds is possible: choose another"
    ):
        artist_kfold()(corpus, make_segments(corpus))


def test_too_few_artists_in_a_genre_are_told(caplog: pytest.LogCaptureFixture) -> None:
    corpus = make_corpus({"blues": 4, "jazz": 40}, artists=8)
    segments = make_segments(corpus)
    gaps = [genres_without(segments, artist_kfold(fold=fold)(corpus, segments)).get("test") for fold in range(5)]
    assert gaps.count(["blues"]) == 1  # four artists in five folds
    assert "5 folds need 5 artists in each genre; blues has 4. Use split.folds=4, or accept" in caplog.text


@pytest.mark.parametrize("fold", range(5))
@pytest.mark.parametrize(
    ("known", "remedy"),
    [
        ({"blues": 1, "jazz": 8, "pop": 8}, r"blues has 1\. Choose genres with at least 3 artists by data\.genres="),
        ({"blues": 0, "jazz": 8, "pop": 8}, r"blues has 0\. Choose genres with at least 3 artists by data\.genres="),
        (
            {"blues": 1, "jazz": 4, "pop": 8},
            r"jazz has 4\. Choose genres .* data\.genres=.*, and set split\.folds=4$",
        ),
        ({"blues": 1, "jazz": 8}, r"blues has 1\. No number of folds is possible: choose another split"),
    ],
)
def test_a_genre_of_which_no_two_artists_are_known_is_refused_by_every_fold(
    fold: int, known: dict[str, int], remedy: str
) -> None:
    corpus = make_corpus(dict.fromkeys(known, 40), artists=8)
    artist = {genre: {f"{genre} artist {n}" for n in range(count)} for genre, count in known.items()}
    tracks = [
        dataclasses.replace(track, artist=track.artist if track.artist in artist[track.genre] else None)
        for track in corpus.tracks
    ]
    corpus = dataclasses.replace(corpus, tracks=tuple(tracks))
    with pytest.raises(MusicGenreError, match=remedy):
        artist_kfold(fold=fold)(corpus, make_segments(corpus))


def test_of_a_genre_whose_two_artists_are_held_out_is_told_what_helps() -> None:
    corpus = make_corpus({"blues": 2, "jazz": 40, "pop": 40}, artists=8)
    segments = make_segments(corpus)

    def refused(folds: int, seed: int) -> list[str]:
        found = []
        for fold in range(folds):
            try:
                split = artist_kfold(folds=folds, fold=fold, seed=seed)
                require_trainable(segments, split(corpus, segments), split)
            except MusicGenreError as error:
                found.append(str(error))
        return found

    [text] = refused(3, seed=0)
    assert "leaves no track of blues to train on: add tracks, change the split, or name the other genres with" in text
    assert any(not refused(5, seed) for seed in range(5))


@pytest.mark.parametrize(("folds", "fold"), [(2, 0), (5, 5), (5, -1), ("5", 0), (4.5, 0), (5, 1.5), (None, 0)])
def test_impossible_folds(folds: Any, fold: Any) -> None:
    with pytest.raises(MusicGenreError, match=f"folds is {folds!r} and fold {fold!r}"):
        artist_kfold(folds=folds, fold=fold)
