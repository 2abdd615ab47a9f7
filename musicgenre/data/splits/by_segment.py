"""The split that leaks, and what to say about it."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd

from musicgenre.data.corpus.tracks import Corpus
from musicgenre.data.splits.assignment import SUBSETS, Assignment
from musicgenre.data.splits.proportions import check_fractions, share_out


def segment_random(
    corpus: Corpus,
    segments: pd.DataFrame,
    *,
    fractions: Sequence[float] = (0.64, 0.16, 0.20),
    seed: int = 0,
) -> Assignment:
    """Split the segments themselves at random: segments of one track stand on both sides.

    This leaks, and inflates accuracy: it is here to reproduce figures that were published with it, and
    `leak_warning` has what to say wherever it is used. The default is 80 % and 20 % for test, then 20 % of
    the 80 % for validation.

    Args:
        corpus: The tracks.
        segments: One row a segment.
        fractions: Shares of train, val and test in each genre; they add up to 1.
        seed: Of the draw.

    Returns:
        The subset of each segment, `(S,)`.

    Raises:
        MusicGenreError: If the fractions are impossible.

    Example:
        >>> from pathlib import Path
        >>> segments = pd.DataFrame({"track": "a.wav", "genre": "jazz", "start": [0.0, 3.0, 6.0, 9.0, 12.0]})
        >>> sorted(segment_random(Corpus(Path(), ("jazz",), ()), segments).tolist())
        ['test', 'train', 'train', 'train', 'val']
    """
    check_fractions(fractions)
    assignment = np.full(len(segments), "", dtype="<U5")
    table = segments.reset_index(drop=True).sort_values(["track", "start"], kind="stable")
    for genre in corpus.genres:
        rows = table.index[table["genre"] == genre].to_numpy()
        order = np.random.default_rng([seed, crc32(genre.encode())]).permutation(len(rows))
        assignment[rows[order]] = np.repeat(SUBSETS, share_out(len(rows), fractions))
    return assignment


LEAKY: Mapping[Callable[..., Assignment], str] = {
    segment_random: "split=segment_random LEAKS: segments of one track stand in training and in test. Its "
    "accuracy says how well tracks are recognised again, not genres; it is there to "
    "compare with figures published that way"
}


def leak_warning(split: Callable[..., Any]) -> str | None:
    """Look up what has to be announced wherever a split is used.

    Args:
        split: A split function, or a `functools.partial` of one.

    Returns:
        The warning, or None if the split does not leak.

    Example:
        >>> leak_warning(partial(segment_random, seed=1)).partition(":")[0]
        'split=segment_random LEAKS'
    """
    while isinstance(split, partial):
        split = split.func
    return LEAKY.get(split)
