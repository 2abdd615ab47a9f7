from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from made_corpus import make_corpus, make_segments

from musicgenre.data.splits import (
    SUBSETS,
    artist_kfold,
    filtered,
    leak_warning,
    random_tracks,
    segment_random,
    shared_between,
    stratified,
)
from musicgenre.data.splits.assignment import share_out

some = settings(max_examples=25, deadline=None)


@some
@given(
    jazz=st.integers(1, 40),
    seed=st.integers(0, 2**32 - 1),
    fractions=st.sampled_from([(0.64, 0.16, 0.2), (0.7, 0.2, 0.1), (0.8, 0.0, 0.2)]),
)
def test_random_segments_are_shared_out_in_every_genre(jazz: int, seed: int, fractions: tuple[float, ...]) -> None:
    sizes = {"blues": 20, "jazz": jazz}
    corpus = make_corpus(sizes)
    segments = make_segments(corpus)
    assignment = segment_random(fractions=fractions, seed=seed)(corpus, segments)
    for genre in sizes:
        counts = Counter(assignment[segments["genre"] == genre])
        expected = share_out(3 * sizes[genre], fractions)
        assert [counts[subset] for subset in SUBSETS] == expected


def test_only_the_split_of_segments_warns_of_a_leak() -> None:
    assert str(leak_warning(segment_random(seed=3))).startswith("split=segment_random LEAKS: segments of one track")
    assert [leak_warning(split()) for split in (stratified, random_tracks, filtered, artist_kfold)] == [None] * 4
    assert leak_warning(lambda corpus, segments: np.full(len(segments), "train")) is None


def test_random_segments_do_leak_and_the_others_do_not() -> None:
    corpus = make_corpus({"blues": 40, "jazz": 40}, artists=8)
    segments = make_segments(corpus, each=10)
    leaked = shared_between(segments, segment_random()(corpus, segments), corpus)
    assert leaked["tracks"] > 70
    assert leaked["artists"] == 16
    assert shared_between(segments, stratified()(corpus, segments), corpus)["tracks"] == 0
    clean = shared_between(segments, artist_kfold()(corpus, segments), corpus)
    assert (clean["tracks"], clean["artists"], clean["test_tracks_of_train_artists"]) == (0, 0, 0)
