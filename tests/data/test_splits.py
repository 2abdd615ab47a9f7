import dataclasses
import logging
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from torchaudio.datasets import gtzan

from musicgenre.data.corpus import Corpus, Track
from musicgenre.data.splits import (
    SUBSETS,
    Assignment,
    artist_kfold,
    describe_split,
    filtered,
    leak_warning,
    segment_random,
    shared_between,
    stratified,
)
from musicgenre.data.splits.proportions import share_out
from musicgenre.errors import MusicGenreError


def _corpus(sizes: dict[str, int], artists: int = 0, suffix: str = ".wav") -> Corpus:
    """Make a corpus with so many tracks a genre, dealt in turn to so many artists a genre."""
    tracks = tuple(
        Track(
            id=f"{genre}/{genre}.{i:05}{suffix}",
            genre=genre,
            path=Path(f"{genre}.{i:05}{suffix}"),
            artist=f"{genre} artist {i % artists}" if artists else None,
        )
        for genre, size in sorted(sizes.items())
        for i in range(size)
    )
    return Corpus(root=Path("root"), genres=tuple(sorted(sizes)), tracks=tracks)


def _segments(corpus: Corpus, each: int = 3) -> pd.DataFrame:
    rows = [
        {
            "track": t.id,
            "genre": t.genre,
            "label": corpus.genres.index(t.genre),
            "start": 3.0 * i,
            "seconds": 3.0,
        }
        for t in corpus.tracks
        for i in range(each)
    ]
    return pd.DataFrame(rows, columns=["track", "genre", "label", "start", "seconds"])


def _sides(segments: pd.DataFrame, assignment: Assignment) -> dict[str, set[str]]:
    sides: dict[str, set[str]] = {}
    for track, subset in zip(segments["track"], assignment, strict=True):
        sides.setdefault(track, set()).add(str(subset))
    return sides


some = settings(max_examples=25, deadline=None)  # each example makes corpora; no clock on a busy machine

SIZES = st.dictionaries(st.sampled_from(["blues", "jazz", "pop", "rock"]), st.integers(10, 40), min_size=2)
SEEDS = st.integers(0, 2**32 - 1)
FRACTIONS = st.sampled_from(
    [(0.7, 0.2, 0.1), (0.6, 0.2, 0.2), (0.5, 0.25, 0.25), (0.8, 0.0, 0.2), (0.64, 0.16, 0.2)]
)


@some
@given(n=st.integers(0, 500), cuts=st.lists(st.integers(0, 100), min_size=2, max_size=2))
def test_shares_are_quotas_rounded(n: int, cuts: list[int]) -> None:
    low, high = sorted(cuts)
    fractions = (low / 100, (high - low) / 100, (100 - high) / 100)
    counts = share_out(n, fractions)
    assert sum(counts) == n
    assert all(abs(count - n * fraction) < 1 for count, fraction in zip(counts, fractions, strict=True))


@some
@given(sizes=SIZES, seed=SEEDS, fractions=FRACTIONS)
def test_stratified_is_exact_in_every_genre(
    sizes: dict[str, int], seed: int, fractions: tuple[float, ...]
) -> None:
    corpus = _corpus(sizes)
    segments = _segments(corpus)
    assignment = stratified(corpus, segments, fractions=fractions, seed=seed)
    sides = _sides(segments, assignment)
    assert all(len(side) == 1 and side <= set(SUBSETS) for side in sides.values())
    for genre, size in sizes.items():
        counts = Counter(next(iter(sides[t.id])) for t in corpus.tracks if t.genre == genre)
        for subset, fraction in zip(SUBSETS, fractions, strict=True):
            assert abs(counts[subset] - fraction * size) < 1
            assert (counts[subset] > 0) == (fraction > 0)


def test_stratified_gives_gtzan_700_200_100() -> None:
    corpus = _corpus(dict.fromkeys(gtzan.gtzan_genres, 100))
    segments = _segments(corpus, each=1)
    table = pd.crosstab(segments["genre"], stratified(corpus, segments))
    assert (table["train"] == 70).all()
    assert (table["val"] == 20).all()
    assert (table["test"] == 10).all()


SPLITS = [
    stratified,
    partial(stratified, fractions=(0.6, 0.2, 0.2)),
    partial(artist_kfold, folds=4),
    segment_random,
]


@pytest.mark.parametrize("split", SPLITS)
@some
@given(seed=SEEDS, shuffle=st.randoms(use_true_random=False))
def test_same_seed_same_split_in_any_order(split: Any, seed: int, shuffle: Any) -> None:
    corpus = _corpus({"blues": 12, "jazz": 15, "pop": 20}, artists=6)
    segments = _segments(corpus)
    expected = split(corpus, segments, seed=seed)
    assert expected.dtype.kind == "U"
    tracks, rows = list(corpus.tracks), list(range(len(segments)))
    shuffle.shuffle(tracks)
    shuffle.shuffle(rows)
    other = split(
        dataclasses.replace(corpus, tracks=tuple(tracks)),
        segments.iloc[rows].reset_index(drop=True),
        seed=seed,
    )
    np.testing.assert_array_equal(other, expected[rows])


@pytest.mark.parametrize("split", SPLITS)
def test_another_seed_is_another_split(split: Any) -> None:
    corpus = _corpus({"blues": 30, "jazz": 30}, artists=10)
    segments = _segments(corpus)
    assert (split(corpus, segments, seed=0) != split(corpus, segments, seed=1)).any()


@pytest.mark.parametrize("split", SPLITS[:-1])
@some
@given(data=st.data())
def test_split_of_tracks_does_not_depend_on_the_segments(split: Any, data: st.DataObject) -> None:
    corpus = _corpus({"blues": 12, "jazz": 15}, artists=5)
    segments = _segments(corpus)
    kept = sorted(data.draw(st.sets(st.integers(0, len(segments) - 1))))
    few = segments.iloc[kept].reset_index(drop=True)
    np.testing.assert_array_equal(split(corpus, few), split(corpus, segments)[kept])


@pytest.mark.parametrize("split", SPLITS[:-1])
def test_formats_of_one_corpus_are_split_alike(split: Any) -> None:
    sizes = {"blues": 20, "jazz": 20}
    results = [
        split(corpus, _segments(corpus))
        for corpus in (_corpus(sizes, 8, suffix) for suffix in (".wav", ".au", ".png"))
    ]
    np.testing.assert_array_equal(results[0], results[1])
    np.testing.assert_array_equal(results[0], results[2])


def test_other_genres_do_not_change_a_genre() -> None:
    small, large = _corpus({"blues": 20, "jazz": 20}), _corpus({"blues": 20, "disco": 9, "jazz": 20})
    rows = _segments(large)
    np.testing.assert_array_equal(
        stratified(small, _segments(small)), stratified(large, rows)[rows["genre"] != "disco"]
    )


@pytest.mark.parametrize(
    "fractions", [(0.5, 0.5), (0.7, 0.2, 0.2), (0.7, 0.4, -0.1), (0.0, 0.5, 0.5), (70, 20, 10)]
)
@pytest.mark.parametrize("split", [stratified, segment_random])
def test_impossible_fractions(split: Any, fractions: tuple[float, ...]) -> None:
    corpus = _corpus({"blues": 20, "jazz": 20})
    with pytest.raises(MusicGenreError, match="fractions are"):
        split(corpus, _segments(corpus), fractions=fractions)


def test_too_few_tracks_in_a_genre() -> None:
    corpus = _corpus({"blues": 20, "jazz": 4})
    with pytest.raises(MusicGenreError, match=r"jazz has 4 tracks; a split in .* needs at least 5"):
        stratified(corpus, _segments(corpus))
    enough = _corpus({"blues": 20, "jazz": 5})
    assert set(stratified(enough, _segments(enough))) == set(SUBSETS)


def test_segments_of_a_track_that_the_corpus_lacks() -> None:
    corpus = _corpus({"blues": 20, "jazz": 20})
    larger = _corpus({"blues": 21, "jazz": 20})
    with pytest.raises(
        MusicGenreError, match=r"segments of tracks that root does not hold: blues/blues\.00020\.wav"
    ):
        stratified(corpus, _segments(larger))


@pytest.mark.parametrize("suffix", [".wav", ".au", ".png"])
def test_filtered_is_torchaudios(suffix: str) -> None:
    corpus = _corpus(dict.fromkeys(gtzan.gtzan_genres, 100), suffix=suffix)
    segments = _segments(corpus, each=2)
    assignment = filtered(corpus, segments)
    stems = segments["track"].str.rpartition("/")[2].str.removesuffix(suffix)
    for subset, listed in (
        ("train", gtzan.filtered_train),
        ("val", gtzan.filtered_valid),
        ("test", gtzan.filtered_test),
    ):
        assert set(stems[assignment == subset]) == set(listed)
    assert Counter(assignment) == {"train": 886, "val": 394, "test": 580, "": 140}


def test_filtered_names_listed_tracks_that_are_missing(caplog: pytest.LogCaptureFixture) -> None:
    corpus = _corpus({"blues": 100, "jazz": 100})
    corpus = dataclasses.replace(corpus, tracks=tuple(t for t in corpus.tracks if t.key != "jazz.00054"))
    with caplog.at_level(logging.WARNING):
        filtered(corpus, _segments(corpus))
    assert caplog.messages == ["1 of the fault-filtered lists' 930 tracks are not in root: jazz.00054"]


def test_filtered_of_what_is_not_gtzan() -> None:
    corpus = _corpus({"zydeco": 50, "jazz": 10})
    with pytest.raises(
        MusicGenreError, match=r"10 of the 60 tracks in root are on GTZAN's fault-filtered lists"
    ):
        filtered(corpus, _segments(corpus))


def test_filtered_of_a_part_that_lacks_a_subset() -> None:
    corpus = _corpus({"blues": 10, "jazz": 100})
    with pytest.raises(MusicGenreError, match="leaves no track of blues in train, blues in test"):
        filtered(corpus, _segments(corpus))


@some
@given(seed=SEEDS, folds=st.integers(3, 6), artists=st.integers(6, 12))
def test_artist_folds(seed: int, folds: int, artists: int) -> None:
    corpus = _corpus({"blues": 36, "jazz": 40, "pop": 48}, artists=artists)
    segments = _segments(corpus, each=1)
    by_fold = [artist_kfold(corpus, segments, folds=folds, fold=fold, seed=seed) for fold in range(folds)]
    artist = np.array([track.artist for track in corpus.tracks])
    for assignment in by_fold:
        assert set(assignment) == set(SUBSETS)
        assert all(len(set(assignment[artist == name])) == 1 for name in set(artist))
    tested = np.array([assignment == "test" for assignment in by_fold])
    assert (tested.sum(axis=0) == 1).all()  # every track tests once
    for fold, assignment in enumerate(by_fold):
        np.testing.assert_array_equal(assignment == "val", tested[(fold + 1) % folds])


def test_spellings_of_one_artist_stay_together() -> None:
    corpus = _corpus({"blues": 40, "jazz": 40}, artists=8)
    tracks = tuple(
        dataclasses.replace(t, artist=str(t.artist).upper() if i % 3 else t.artist)
        for i, t in enumerate(corpus.tracks)
    )
    spelt = dataclasses.replace(corpus, tracks=tracks)
    segments = _segments(corpus)
    np.testing.assert_array_equal(artist_kfold(spelt, segments), artist_kfold(corpus, segments))


def test_tracks_without_artist_are_left_out_and_named(caplog: pytest.LogCaptureFixture) -> None:
    corpus = _corpus({"blues": 40, "jazz": 40}, artists=8)
    tracks = tuple(dataclasses.replace(t, artist=None) if t.key == "jazz.00007" else t for t in corpus.tracks)
    corpus = dataclasses.replace(corpus, tracks=tracks)
    segments = _segments(corpus, each=1)
    with caplog.at_level(logging.WARNING):
        assignment = artist_kfold(corpus, segments)
    assert set(segments["track"][assignment == ""]) == {"jazz/jazz.00007.wav"}
    assert caplog.messages == [
        "left out of the split, for want of a known artist: 1 tracks: jazz/jazz.00007.wav"
    ]


def test_artist_split_without_artists() -> None:
    corpus = _corpus({"blues": 40, "jazz": 40})
    with pytest.raises(MusicGenreError, match="no track in root has a known artist"):
        artist_kfold(corpus, _segments(corpus))


def test_too_few_artists_in_a_genre() -> None:
    corpus = _corpus({"blues": 4, "jazz": 40}, artists=8)
    with pytest.raises(MusicGenreError, match="5 folds need 5 artists in each genre; blues has 4"):
        artist_kfold(corpus, _segments(corpus))


@pytest.mark.parametrize(("folds", "fold"), [(2, 0), (5, 5), (5, -1)])
def test_impossible_folds(folds: int, fold: int) -> None:
    corpus = _corpus({"blues": 40, "jazz": 40}, artists=8)
    with pytest.raises(MusicGenreError, match=f"folds is {folds} and fold {fold}"):
        artist_kfold(corpus, _segments(corpus), folds=folds, fold=fold)


@some
@given(sizes=SIZES, seed=SEEDS, fractions=FRACTIONS)
def test_random_segments_are_shared_out_in_every_genre(
    sizes: dict[str, int], seed: int, fractions: tuple[float, ...]
) -> None:
    corpus = _corpus(sizes)
    segments = _segments(corpus)
    assignment = segment_random(corpus, segments, fractions=fractions, seed=seed)
    for genre in sizes:
        counts = Counter(assignment[segments["genre"] == genre])
        expected = share_out(3 * sizes[genre], fractions)
        assert [counts[subset] for subset in SUBSETS] == expected


def test_only_the_split_of_segments_warns_of_a_leak() -> None:
    assert "LEAKS" in str(leak_warning(segment_random))
    assert leak_warning(partial(partial(segment_random, seed=3), fractions=(0.8, 0, 0.2))) == leak_warning(
        segment_random
    )
    assert [leak_warning(split) for split in (stratified, filtered, partial(artist_kfold, fold=1))] == [
        None
    ] * 3


def test_random_segments_do_leak_and_the_others_do_not() -> None:
    corpus = _corpus({"blues": 40, "jazz": 40}, artists=8)
    segments = _segments(corpus, each=10)
    leaked = shared_between(segments, segment_random(corpus, segments), corpus)
    assert leaked["tracks"] > 70
    assert leaked["artists"] == 16
    assert shared_between(segments, stratified(corpus, segments), corpus)["tracks"] == 0
    clean = shared_between(segments, artist_kfold(corpus, segments), corpus)
    assert (clean["tracks"], clean["artists"], clean["test_tracks_of_train_artists"]) == (0, 0, 0)


def _by_hand() -> tuple[Corpus, pd.DataFrame, Assignment]:
    corpus = _corpus({"blues": 3, "jazz": 2}, artists=2)
    tracks = tuple(dataclasses.replace(t, artist=None) if t.key == "jazz.00001" else t for t in corpus.tracks)
    corpus = dataclasses.replace(corpus, tracks=tracks)
    segments = _segments(corpus, each=2).iloc[:8]  # the last track, jazz.00001, gave nothing
    return corpus, segments, np.array(["train", "test", "val", "val", "test", "test", "train", ""])


def test_describe_split_by_hand() -> None:
    table = describe_split(*_by_hand())
    rows = table.to_dict(orient="index")
    assert rows["blues"] == {
        "train_tracks": 1, "train_segments": 1,
        "val_tracks": 1, "val_segments": 2,
        "test_tracks": 2, "test_segments": 3,
        "left_out_tracks": 0, "left_out_segments": 0,
        "tracks_without_segments": 0,
    }  # fmt: skip
    assert list(rows) == ["blues", "jazz", "all"]
    jazz = {"train_tracks": 1, "train_segments": 1, "left_out_tracks": 1, "left_out_segments": 1}
    assert rows["jazz"] == dict.fromkeys(table.columns, 0) | jazz | {"tracks_without_segments": 1}
    assert rows["all"] == {name: rows["blues"][name] + rows["jazz"][name] for name in table.columns}


def test_shared_between_by_hand() -> None:
    corpus, segments, assignment = _by_hand()
    # blues.00000 and .00002 are by one artist; the first stands in train and test, the second in test
    assert shared_between(segments, assignment, corpus) == {
        "tracks": 1,
        "artists": 1,
        "test_tracks": 2,
        "test_tracks_of_train_artists": 2,
        "test_tracks_without_artist": 0,
    }
