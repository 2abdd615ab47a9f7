import dataclasses
import pickle
from collections import Counter
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_corpus import make_corpus, make_segments
from torchaudio.datasets import gtzan

from musicgenre.data.splits import (
    SUBSETS,
    Assignment,
    artist_kfold,
    filtered,
    folders,
    random_tracks,
    segment_random,
    stratified,
)
from musicgenre.data.splits.assignment import share_out, share_out_few
from musicgenre.errors import MusicGenreError


def _sides(segments: pd.DataFrame, assignment: Assignment) -> dict[str, set[str]]:
    sides: dict[str, set[str]] = {}
    for track, subset in zip(segments["track"], assignment, strict=True):
        sides.setdefault(track, set()).add(str(subset))
    return sides


some = settings(max_examples=25, deadline=None)  # each example makes corpora; no deadline on a busy machine

SIZES = st.dictionaries(st.sampled_from(["blues", "jazz", "pop", "rock"]), st.integers(10, 40), min_size=2)
SEEDS = st.integers(0, 2**32 - 1)
FRACTIONS = st.sampled_from([(0.7, 0.2, 0.1), (0.6, 0.2, 0.2), (0.5, 0.25, 0.25), (0.8, 0.0, 0.2), (0.64, 0.16, 0.2)])


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
def test_stratified_is_exact_in_every_genre(sizes: dict[str, int], seed: int, fractions: tuple[float, ...]) -> None:
    corpus = make_corpus(sizes)
    segments = make_segments(corpus)
    assignment = stratified(fractions=fractions, seed=seed)(corpus, segments)
    sides = _sides(segments, assignment)
    assert all(len(side) == 1 and side <= set(SUBSETS) for side in sides.values())
    for genre, size in sizes.items():
        counts = Counter(next(iter(sides[t.id])) for t in corpus.tracks if t.genre == genre)
        for subset, fraction in zip(SUBSETS, fractions, strict=True):
            assert abs(counts[subset] - fraction * size) < 1
            assert (counts[subset] > 0) == (fraction > 0)


def test_stratified_gives_gtzan_700_200_100() -> None:
    corpus = make_corpus(dict.fromkeys(gtzan.gtzan_genres, 100))
    segments = make_segments(corpus, each=1)
    table = pd.crosstab(segments["genre"], stratified()(corpus, segments))
    assert (table["train"] == 70).all()
    assert (table["val"] == 20).all()
    assert (table["test"] == 10).all()


def test_validation_taken_from_training_leaves_the_test_tracks() -> None:
    corpus = make_corpus({"blues": 40, "jazz": 40})
    segments = make_segments(corpus, each=1)
    without = stratified(fractions=(0.8, 0.0, 0.2), seed=42)(corpus, segments)
    found = stratified(fractions=(0.7, 0.1, 0.2), seed=42)(corpus, segments)
    np.testing.assert_array_equal(found == "test", without == "test")
    assert ((found == "val").sum(), (without == "val").sum()) == (8, 0)


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
    corpus = make_corpus({"blues": 12, "jazz": 15, "pop": 20}, artists=6)
    segments = make_segments(corpus)
    expected = split(seed=seed)(corpus, segments)
    assert expected.dtype.kind == "U"
    tracks, rows = list(corpus.tracks), list(range(len(segments)))
    shuffle.shuffle(tracks)
    shuffle.shuffle(rows)
    shuffled = dataclasses.replace(corpus, tracks=tuple(tracks))
    other = split(seed=seed)(shuffled, segments.iloc[rows].reset_index(drop=True))
    np.testing.assert_array_equal(other, expected[rows])


@pytest.mark.parametrize("split", SPLITS)
def test_another_seed_is_another_split(split: Any) -> None:
    corpus = make_corpus({"blues": 30, "jazz": 30}, artists=10)
    segments = make_segments(corpus)
    assert (split(seed=0)(corpus, segments) != split(seed=1)(corpus, segments)).any()


@pytest.mark.parametrize("split", SPLITS[:-1])
@some
@given(data=st.data())
def test_split_of_tracks_does_not_depend_on_the_segments(split: Any, data: st.DataObject) -> None:
    corpus = make_corpus({"blues": 12, "jazz": 15}, artists=5)
    segments = make_segments(corpus)
    kept = sorted(data.draw(st.sets(st.integers(0, len(segments) - 1))))
    few = segments.iloc[kept].reset_index(drop=True)
    np.testing.assert_array_equal(split()(corpus, few), split()(corpus, segments)[kept])


@pytest.mark.parametrize("split", SPLITS[:-1])
def test_formats_of_one_corpus_are_split_alike(split: Any) -> None:
    sizes = {"blues": 20, "jazz": 20}
    results = [
        split()(corpus, make_segments(corpus))
        for corpus in (make_corpus(sizes, 8, suffix) for suffix in (".wav", ".au", ".png"))
    ]
    np.testing.assert_array_equal(results[0], results[1])
    np.testing.assert_array_equal(results[0], results[2])


def test_upper_case_in_names_changes_nothing() -> None:
    corpus = make_corpus({"blues": 20, "jazz": 20})
    mixed = tuple(
        dataclasses.replace(t, id=t.id.replace("/b", "/B")) if i % 3 else t for i, t in enumerate(corpus.tracks)
    )
    renamed = dataclasses.replace(corpus, tracks=tuple(sorted(mixed, key=lambda track: track.id)))
    before = dict(zip((t.key for t in corpus.tracks), stratified()(corpus, make_segments(corpus, 1)), strict=True))
    after = dict(zip((t.key for t in renamed.tracks), stratified()(renamed, make_segments(renamed, 1)), strict=True))
    assert after == before


def test_other_genres_do_not_change_a_genre() -> None:
    small, large = make_corpus({"blues": 20, "jazz": 20}), make_corpus({"blues": 20, "disco": 9, "jazz": 20})
    rows = make_segments(large)
    np.testing.assert_array_equal(
        stratified()(small, make_segments(small)), stratified()(large, rows)[rows["genre"] != "disco"]
    )


@pytest.mark.parametrize("fractions", [(0.5, 0.5), (0.7, 0.2, 0.2), (0.7, 0.4, -0.1), (0.0, 0.5, 0.5), (70, 20, 10)])
@pytest.mark.parametrize("split", [stratified, segment_random, random_tracks])
def test_impossible_fractions(split: Any, fractions: tuple[float, ...]) -> None:
    with pytest.raises(MusicGenreError, match="fractions are"):
        split(fractions=fractions)


@pytest.mark.parametrize("fractions", ["0.7,0.2,0.1", "abc", ("0.7", "0.2", "0.1"), 0.7, None, (0.7, 0.3, None)])
@pytest.mark.parametrize("split", [stratified, segment_random, random_tracks])
def test_fractions_that_are_no_numbers(split: Any, fractions: Any) -> None:
    with pytest.raises(MusicGenreError, match=r"fractions are .+: give three numbers"):
        split(fractions=fractions)


@pytest.mark.parametrize("split", [stratified, segment_random, random_tracks])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_numbers_of_numpy_are_as_good_as_pythons(split: Any, kind: Any) -> None:
    corpus = make_corpus({"blues": 20, "jazz": 20})
    segments = make_segments(corpus)
    given = (0.7, 0.2, 0.1)
    plain, numpys = split(fractions=given, seed=3), split(fractions=np.array(given, kind), seed=np.int64(3))
    assert repr(numpys) == repr(plain)
    np.testing.assert_array_equal(numpys(corpus, segments), plain(corpus, segments))


@pytest.mark.parametrize(
    ("n_tracks", "held"),
    [(1, ["train"]), (2, ["test", "train"]), (3, sorted(SUBSETS)), (4, sorted(SUBSETS))],
)
def test_few_tracks_of_a_genre_go_round_as_far_as_they_do(n_tracks: int, held: list[str]) -> None:
    corpus = make_corpus({"blues": 20, "jazz": n_tracks})
    segments = make_segments(corpus)
    assert sorted(set(stratified()(corpus, segments)[segments["genre"] == "jazz"])) == held


@pytest.mark.parametrize("n", range(1, 40))
@pytest.mark.parametrize("fractions", [(0.7, 0.2, 0.1), (0.98, 0.01, 0.01), (0.8, 0.0, 0.2), (1.0, 0.0, 0.0)])
def test_shares_of_few_add_up_and_leave_none_without(n: int, fractions: tuple[float, ...]) -> None:
    counts = share_out_few(n, fractions)
    wanted = [share > 0 for share in fractions]
    assert sum(counts) == n
    assert counts[0] > 0
    assert [count > 0 for count in counts] == wanted or n < sum(wanted)
    assert not any(count for count, share in zip(counts, wanted, strict=True) if not share)


def test_segments_of_a_track_that_the_corpus_lacks() -> None:
    corpus = make_corpus({"blues": 20, "jazz": 20})
    larger = make_corpus({"blues": 21, "jazz": 20})
    with pytest.raises(MusicGenreError, match=r"segments of tracks that root does not hold: blues/blues\.00020\.wav"):
        stratified()(corpus, make_segments(larger))


@pytest.mark.parametrize("split", [stratified, segment_random, random_tracks, artist_kfold])
@pytest.mark.parametrize("seed", [-1, 2**32])
def test_impossible_seeds(split: Any, seed: int) -> None:
    with pytest.raises(MusicGenreError, match=f"split.seed is {seed}: give a whole number from 0"):
        split(seed=seed)


@pytest.mark.parametrize("split", [stratified, segment_random, random_tracks, artist_kfold, folders])
@pytest.mark.parametrize("seed", ["a", 1.5, None, True])
def test_seeds_that_are_no_whole_numbers(split: Any, seed: Any) -> None:
    with pytest.raises(MusicGenreError, match=f"split.seed is {seed!r}: give a whole number from 0"):
        split(seed=seed)


@pytest.mark.parametrize("val", ["0.2", None, float("nan"), -0.1, 1])
def test_impossible_shares_of_validation(val: Any) -> None:
    with pytest.raises(MusicGenreError, match=f"split.val is {val!r}: give the share"):
        folders(val=val)


def test_a_split_says_what_it_is() -> None:
    split = stratified(fractions=[0.8, 0.0, 0.2], seed=3)
    assert repr(split) == "stratified(fractions=(0.8, 0.0, 0.2), seed=3)"
    assert (split.name, dict(split.settings)) == ("stratified", {"fractions": (0.8, 0.0, 0.2), "seed": 3})
    assert repr(artist_kfold(fold=2)) == "artist_kfold(folds=5, fold=2, seed=0)"
    assert repr(filtered()) == "filtered()"


def test_a_split_goes_to_another_process() -> None:
    corpus = make_corpus({"blues": 20, "jazz": 20})
    segments = make_segments(corpus)
    split = stratified(seed=3)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(split))(corpus, segments), split(corpus, segments))
