"""Split whole tracks at random: genre by genre, or whatever their genre."""

from collections.abc import Sequence
from zlib import crc32

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

from musicgenre.data.corpus.tracks import Corpus
from musicgenre.data.splits.assignment import (
    SUBSETS,
    Assignment,
    Split,
    by_track,
    check_fractions,
    check_seed,
    fewest_for,
    in_order,
    share_out,
)
from musicgenre.errors import MusicGenreError


def stratified(*, fractions: Sequence[float] = (0.7, 0.2, 0.1), seed: int = 0) -> Split:
    """Return a split of the tracks of each genre at random, in the same proportions.

    Each genre's tracks are shared out by largest remainder: 100 tracks at 0.7, 0.2, 0.1 give exactly 70, 20
    and 10. A genre's draw depends on the seed and its own tracks, not on which other genres are there.

    Args:
        fractions: Shares of train, val and test; they add up to 1. Val or test may be 0.
        seed: Seed of the draw.

    Raises:
        MusicGenreError: Fractions or seed are impossible; when it splits, a genre has too few tracks for one in
            each subset.

    Example:
        >>> from pathlib import Path
        >>> from musicgenre.data.corpus.tracks import Track
        >>> tracks = tuple(Track(f"{genre}/{n}.wav", genre, Path()) for genre in ("jazz", "rock") for n in range(10))
        >>> segments = pd.DataFrame({"track": [track.id for track in tracks]})
        >>> subsets = stratified(seed=1)(Corpus(Path(), ("jazz", "rock"), tracks), segments).reshape(2, 10)
        >>> [(subsets == name).sum(axis=1).tolist() for name in SUBSETS]  # of jazz, of rock
        [[7, 7], [2, 2], [1, 1]]
    """
    check_fractions(fractions)
    check_seed(seed)
    return Split("stratified", _stratified, settings={"fractions": tuple(fractions), "seed": seed})


def random_tracks(*, fractions: Sequence[float] = (0.7, 0.0, 0.3), seed: int = 0) -> Split:
    """Return a split of the tracks by scikit-learn's `train_test_split`, not stratified: genres differ in number.

    The test tracks are drawn first and do not depend on the share of validation, which is then drawn from the rest
    with the same seed. Over GTZAN's 1000 tracks in order of their names, 70 % and 30 % at seed 42 give the very rows
    that S2 tests its tables on.

    Args:
        fractions: Shares of train, val and test; they add up to 1. Val may be 0.
        seed: `random_state` of the draw.

    Raises:
        MusicGenreError: Fractions or seed are impossible; when it splits, they leave a subset empty.

    Example:
        >>> from pathlib import Path
        >>> from musicgenre.data.corpus.tracks import Track
        >>> tracks = tuple(Track(f"{n}.wav", "jazz", Path()) for n in range(10))
        >>> segments = pd.DataFrame({"track": [track.id for track in tracks]})
        >>> subsets = random_tracks(seed=42)(Corpus(Path(), ("jazz",), tracks), segments).tolist()
        >>> subsets.count("train"), subsets.count("test")
        (7, 3)
    """
    check_fractions(fractions)
    check_seed(seed)
    return Split("random_tracks", _random_tracks, settings={"fractions": tuple(fractions), "seed": seed})


def _stratified(corpus: Corpus, segments: pd.DataFrame, *, fractions: tuple[float, ...], seed: int) -> Assignment:
    subset_of: dict[str, str] = {}
    for genre in corpus.genres:
        tracks = in_order(track for track in corpus.tracks if track.genre == genre)
        counts = share_out(len(tracks), fractions)
        if any(count == 0 for count, share in zip(counts, fractions, strict=True) if share > 0):
            raise MusicGenreError(
                f"{genre} has {len(tracks)} tracks; a split in {tuple(fractions)} needs at least "
                f"{fewest_for(fractions, above=len(tracks))}, so that each subset gets one. Add tracks or "
                "change split.fractions"
            )
        order = np.random.default_rng([seed, crc32(genre.encode())]).permutation(len(tracks))
        names = np.repeat(SUBSETS, counts)
        subset_of |= {tracks[place].id: str(name) for place, name in zip(order, names, strict=True)}
    return by_track(corpus, segments, subset_of)


def _random_tracks(corpus: Corpus, segments: pd.DataFrame, *, fractions: tuple[float, ...], seed: int) -> Assignment:
    _, val_share, test_share = fractions
    tracks = [track.id for track in in_order(corpus.tracks)]
    try:
        rest, test = train_test_split(tracks, test_size=test_share, random_state=seed)
        val: list[str] = []
        if val_share:
            rest, val = train_test_split(rest, test_size=round(val_share * len(tracks)), random_state=seed)
    except ValueError as error:  # scikit-learn: too few tracks, or a share of 0 for test
        raise MusicGenreError(f"{len(tracks)} tracks cannot be split in {tuple(fractions)}: {error}") from error
    subset_of = dict.fromkeys(rest, "train") | dict.fromkeys(val, "val") | dict.fromkeys(test, "test")
    return by_track(corpus, segments, subset_of)
