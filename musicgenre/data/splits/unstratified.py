"""Split whole tracks at random, whatever their genre."""

from collections.abc import Sequence

import pandas as pd
from sklearn.model_selection import train_test_split

from musicgenre.data.corpus.tracks import Corpus
from musicgenre.data.splits.assignment import Assignment, by_track, in_order
from musicgenre.data.splits.proportions import check_fractions
from musicgenre.errors import MusicGenreError


def random_tracks(
    corpus: Corpus, segments: pd.DataFrame, *, fractions: Sequence[float] = (0.7, 0.0, 0.3), seed: int = 42
) -> Assignment:
    """Split the tracks by scikit-learn's `train_test_split`, not stratified: genres differ in number.

    The test tracks are drawn first and do not depend on the share of validation, which is then drawn from the rest
    with the same seed. Over GTZAN's 1000 tracks in order of their names, 70 % and 30 % at seed 42 give the very rows
    that S2 tests its tables on.

    Args:
        corpus: The tracks.
        segments: One row a segment.
        fractions: Shares of train, val and test; they add up to 1. Val may be 0.
        seed: `random_state` of the draw.

    Returns:
        The subset of each segment, `(S,)`.

    Raises:
        MusicGenreError: If the fractions are impossible, or leave a subset empty.

    Example:
        >>> from pathlib import Path
        >>> from musicgenre.data.corpus.tracks import Track
        >>> tracks = tuple(Track(f"{n}.wav", "jazz", Path()) for n in range(10))
        >>> segments = pd.DataFrame({"track": [track.id for track in tracks]})
        >>> subsets = random_tracks(Corpus(Path(), ("jazz",), tracks), segments).tolist()
        >>> subsets.count("train"), subsets.count("test")
        (7, 3)
    """
    check_fractions(fractions)
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
