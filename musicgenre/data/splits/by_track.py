"""Split whole tracks at random: genre by genre, or regardless of genre."""

from collections.abc import Sequence
from typing import Literal, get_args
from zlib import crc32

import numpy as np
import pandas as pd

from musicgenre.data.corpus.copies import without_copies
from musicgenre.data.corpus.tracks import Corpus, Track
from musicgenre.data.splits.assignment import (
    SUBSETS,
    Assignment,
    Split,
    by_genre,
    by_track,
    check_fractions,
    check_seed,
    in_groups,
    share_out_few,
)
from musicgenre.errors import MusicGenreError
from musicgenre.words import counted

Copies = Literal["together", "apart"]


def stratified(*, fractions: Sequence[float] = (0.7, 0.2, 0.1), seed: int = 0) -> Split:
    """Return a random split of the tracks of each genre, in the same proportions.

    Each genre's tracks are divided by largest remainder: 100 tracks at 0.7, 0.2, 0.1 give exactly 70, 20 and 10; with
    few tracks each subset gets one, with one or two, train and then test. A genre's draw depends on the seed and its
    own tracks, not on the other genres.

    Args:
        fractions: Shares of train, val and test; they add up to 1. Val or test may be 0.
        seed: Seed of the draw.

    Raises:
        MusicGenreError: Fractions or seed are invalid.

    Example:
        >>> from pathlib import Path
        >>> from musicgenre.data.corpus.tracks import Track
        >>> tracks = tuple(Track(f"{genre}/{n}.wav", genre, Path()) for genre in ("jazz", "rock") for n in range(10))
        >>> segments = pd.DataFrame({"track": [track.id for track in tracks]})
        >>> subsets = stratified(seed=1)(Corpus(Path(), ("jazz", "rock"), tracks), segments).reshape(2, 10)
        >>> [(subsets == name).sum(axis=1).tolist() for name in SUBSETS]  # of jazz, of rock
        [[7, 7], [2, 2], [1, 1]]
    """
    shares, seed = check_fractions(fractions), check_seed(seed)
    return Split("stratified", _stratified, settings={"fractions": shares, "seed": seed})


def random_tracks(*, fractions: Sequence[float] = (0.7, 0.0, 0.3), seed: int = 0, copies: Copies = "together") -> Split:
    """Return a split of the tracks by scikit-learn's `train_test_split`, not stratified: numbers per genre vary.

    The test tracks are drawn first and do not depend on the share of validation, which is then drawn from the rest with
    the same seed. For GTZAN's 1000 tracks in order of their names, with copies apart, 70 % and 30 % at seed 42 give
    exactly the rows that S2 tests its tables on.

    Args:
        fractions: Shares of train, val and test; they add up to 1. Val may be 0.
        seed: `random_state` of the draw.
        copies: "together" keeps tracks of equal content on one side; "apart" draws each separately, as published, so
            that a run counts those on two sides as a leak. Parts of a recording always stay together.

    Raises:
        MusicGenreError: Fractions, seed or copies are invalid; when splitting, they leave a subset empty.

    Example:
        >>> from pathlib import Path
        >>> from musicgenre.data.corpus.tracks import Track
        >>> tracks = tuple(Track(f"{n}.wav", "jazz", Path()) for n in range(10))
        >>> segments = pd.DataFrame({"track": [track.id for track in tracks]})
        >>> subsets = random_tracks(seed=42)(Corpus(Path(), ("jazz",), tracks), segments).tolist()
        >>> subsets.count("train"), subsets.count("test")
        (7, 3)
    """
    shares, seed = check_fractions(fractions), check_seed(seed)
    if copies not in get_args(Copies):
        raise MusicGenreError(f"split.copies is {copies!r}: choose one of {', '.join(get_args(Copies))}")
    settings = {"fractions": shares, "seed": seed, "copies": copies}
    return Split("random_tracks", _random_tracks, settings=settings, copies_apart=copies == "apart")


def _stratified(corpus: Corpus, segments: pd.DataFrame, *, fractions: tuple[float, ...], seed: int) -> Assignment:
    subset_of: dict[str, str] = {}
    for genre, groups in by_genre(corpus).items():
        counts = share_out_few(len(groups), fractions)
        order = np.random.default_rng([seed, crc32(genre.encode())]).permutation(len(groups))
        names = np.repeat(SUBSETS, counts)
        subset_of |= {track.id: str(name) for place, name in zip(order, names, strict=True) for track in groups[place]}
    return by_track(corpus, segments, subset_of)


def _random_tracks(
    corpus: Corpus, segments: pd.DataFrame, *, fractions: tuple[float, ...], seed: int, copies: Copies
) -> Assignment:
    from sklearn.model_selection import train_test_split  # imported here to keep the start of training fast

    _, val_share, test_share = fractions
    groups = in_groups((corpus if copies == "together" else without_copies(corpus)).tracks)
    try:
        rest, test = train_test_split(groups, test_size=test_share, random_state=seed)
        val: list[list[Track]] = []
        if val_share:
            rest, val = train_test_split(rest, test_size=round(val_share * len(groups)), random_state=seed)
    except ValueError as error:  # scikit-learn: too few tracks, or a share of 0 for test
        raise MusicGenreError(
            f"{counted(len(groups), 'track')} cannot be split into {tuple(fractions)}: {error}"
        ) from error
    subset_of = {
        track.id: name
        for name, subset in (("train", rest), ("val", val), ("test", test))
        for group in subset
        for track in group
    }
    return by_track(corpus, segments, subset_of)
