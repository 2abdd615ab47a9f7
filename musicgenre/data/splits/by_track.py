"""Split whole tracks at random, genre by genre."""

from collections.abc import Sequence
from zlib import crc32

import numpy as np
import pandas as pd

from musicgenre.data.corpus.tracks import Corpus
from musicgenre.data.splits.assignment import SUBSETS, Assignment, by_track, in_order
from musicgenre.data.splits.proportions import check_fractions, fewest_for, share_out
from musicgenre.errors import MusicGenreError


def stratified(
    corpus: Corpus,
    segments: pd.DataFrame,
    *,
    fractions: Sequence[float] = (0.7, 0.2, 0.1),
    seed: int = 0,
) -> Assignment:
    """Split the tracks of each genre at random, in the same proportions.

    Each genre's tracks are shared out by largest remainder: 100 tracks at 0.7, 0.2, 0.1 give exactly 70, 20
    and 10. A genre's draw depends on the seed and its own tracks, not on which other genres are there.

    Args:
        corpus: The tracks.
        segments: One row a segment.
        fractions: Shares of train, val and test; they add up to 1. Val or test may be 0.
        seed: Of the draw.

    Returns:
        The subset of each segment, `(S,)`.

    Raises:
        MusicGenreError: If the fractions are impossible, or a genre has too few tracks for one in each
            subset.

    Example:
        >>> from pathlib import Path
        >>> from musicgenre.data.corpus.tracks import Track
        >>> tracks = tuple(Track(f"{genre}/{n}.wav", genre, Path()) for genre in ("jazz", "rock") for n in range(10))
        >>> segments = pd.DataFrame({"track": [track.id for track in tracks]})
        >>> subsets = stratified(Corpus(Path(), ("jazz", "rock"), tracks), segments).reshape(2, 10)  # a row a genre
        >>> [(subsets == name).sum(axis=1).tolist() for name in SUBSETS]
        [[7, 7], [2, 2], [1, 1]]
    """
    check_fractions(fractions)
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
