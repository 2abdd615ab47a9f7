"""The split that leaks, and its warning."""

from collections.abc import Sequence
from zlib import crc32

import numpy as np
import pandas as pd

from musicgenre.data.corpus.tracks import Corpus
from musicgenre.data.splits.assignment import SUBSETS, Assignment, Split, check_fractions, check_seed, share_out

_LEAKS = (
    "split=segment_random LEAKS: segments of one track are in both training and test. Its accuracy says how well "
    "tracks are recognised again, not genres; use it only to compare with figures published that way"
)


def segment_random(*, fractions: Sequence[float] = (0.64, 0.16, 0.20), seed: int = 0) -> Split:
    """Return a random split of the segments themselves: segments of one track are on both sides.

    This leaks, and inflates accuracy: it is here to reproduce figures that were published with it, and `Split.leaks`
    has the warning to show wherever it is used. The default is 80 % and 20 % for test, then 20 % of the 80 % for
    validation.

    Args:
        fractions: Shares of train, val and test in each genre; they add up to 1.
        seed: Seed of the draw.

    Raises:
        MusicGenreError: Fractions or seed are invalid.

    Example:
        >>> from pathlib import Path
        >>> segments = pd.DataFrame({"track": "a.wav", "genre": "jazz", "start": [0.0, 3.0, 6.0, 9.0, 12.0]})
        >>> sorted(segment_random(seed=1)(Corpus(Path(), ("jazz",), ()), segments).tolist())
        ['test', 'train', 'train', 'train', 'val']
    """
    shares, seed = check_fractions(fractions), check_seed(seed)
    return Split("segment_random", _segment_random, leaks=_LEAKS, settings={"fractions": shares, "seed": seed})


def _segment_random(corpus: Corpus, segments: pd.DataFrame, *, fractions: tuple[float, ...], seed: int) -> Assignment:
    assignment = np.full(len(segments), "", dtype="<U5")
    table = segments.reset_index(drop=True).sort_values(["track", "start"], kind="stable")
    for genre in corpus.genres:
        rows = table.index[table["genre"] == genre].to_numpy()
        order = np.random.default_rng([seed, crc32(genre.encode())]).permutation(len(rows))
        assignment[rows[order]] = np.repeat(SUBSETS, share_out(len(rows), fractions))
    return assignment
