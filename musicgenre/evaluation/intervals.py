"""How much an accuracy would vary with other tracks: Wilson's interval for tracks, the bootstrap for segments."""

import math
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

from musicgenre.evaluation.metrics import probabilities_of, track_probabilities
from musicgenre.words import same_artists

RESAMPLES = 5000  # bounds are then reproducible to a few tenths of a point on 100 tracks
KEPT_GROUPS = 2000  # draws of up to this many groups are cached for other accuracies of as many: 40 MB
NO_WIDTH = 1e-9  # an interval or spread no wider than this, of values up to 1, is rounding error
ARTIST = "artist"  # column of a predictions table; empty or absent if the artist is unknown


class Interval(NamedTuple):
    """Bounds of a proportion, from 0 to 1.

    Attributes:
        low: Lower bound.
        high: Upper bound.
    """

    low: float
    high: float


def wilson(share: float, n: float, *, confidence: float = 0.95) -> Interval:
    """Return Wilson's score interval of a proportion of n independent answers; its width is not 0 at 0 or 1.

    Wilson (1927), "Probable inference, the law of succession, and statistical inference".

    Args:
        share: Proportion of right answers, from 0 to 1.
        n: Number of answers, at least 1.
        confidence: Confidence level of the interval.

    Example:
        >>> [round(bound, 3) for bound in wilson(0.75, 100)], [round(bound, 3) for bound in wilson(1.0, 20)]
        ([0.657, 0.825], [0.839, 1.0])
    """
    z = float(norm.ppf((1 + confidence) / 2))
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return Interval(max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half)))  # rounding: at 0 and 1


def bootstrap_accuracy(
    correct: NDArray[np.bool_],
    groups: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    confidence: float = 0.95,
    seed: int = 0,
) -> Interval:
    """Return the percentile bootstrap interval of an accuracy, drawing whole groups with replacement.

    Segments of one track, and tracks of one artist, are right or wrong together, so whole tracks or artists are drawn.
    If all draws agree (everything is right, or there is one group), the bootstrap interval has no width: the result is
    then Wilson's interval for as many answers as there are groups. Efron and Tibshirani (1993), *An Introduction to the
    Bootstrap*, chapter 13.

    Args:
        correct: Whether each prediction was right `(N,)`.
        groups: The track or artist of each `(N,)`.
        weights: Weight of each `(N,)`; None weights all equally.
        confidence: Share of the resampled accuracies inside the interval.
        seed: Seed of the draws; the global generator is not used.

    Example:
        >>> low, high = bootstrap_accuracy(np.arange(100) < 75, np.arange(100))
        >>> 0.65 <= low <= 0.68 and 0.82 <= high <= 0.85
        True
    """
    names, place = np.unique(np.asarray(groups), return_inverse=True)
    weight = np.ones(len(place)) if weights is None else np.asarray(weights, dtype=np.float64)
    right = np.bincount(place, weights=weight * correct)
    rows = np.bincount(place, weights=weight)
    low, high = _bounds(right, rows, confidence, seed)
    if high - low > NO_WIDTH:
        return Interval(low, high)
    return wilson(min(1.0, float(right.sum() / rows.sum())), len(names), confidence=confidence)


def bootstrap_mean(values: ArrayLike, groups: ArrayLike, *, confidence: float = 0.95, seed: int = 0) -> Interval:
    """Return the percentile bootstrap interval of a mean, drawing whole groups; of width 0 if all draws agree.

    Args:
        values: Value of each row `(N,)`.
        groups: Group of each row `(N,)`.
        confidence: Share of the resampled means inside the interval.
        seed: Seed of the draws.

    Example:
        >>> low, high = bootstrap_mean([-1, -1, 0, 0, 0, 0, 0, 0], list("aabbccdd"))
        >>> low, high
        (-0.75, 0.0)
    """
    place = np.unique(np.asarray(groups), return_inverse=True)[1]
    sums = np.bincount(place, weights=np.asarray(values, dtype=np.float64))
    return _bounds(sums, np.bincount(place), confidence, seed)


def _bounds(sums: NDArray[Any], rows: NDArray[Any], confidence: float, seed: int) -> Interval:
    """Return the interval of a mean from each group's sum and weight."""
    blocks = [_kept_draws(len(rows), seed)] if len(rows) <= KEPT_GROUPS else _draws(len(rows), seed)
    means = np.concatenate([(draws @ sums) / (draws @ rows) for draws in blocks])
    low, high = np.quantile(means, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(float(low), float(high))


@lru_cache(maxsize=2)  # the validation and test tracks of successive runs
def _kept_draws(groups: int, seed: int) -> NDArray[np.int32]:
    return next(_draws(groups, seed))  # all in one block


def _draws(groups: int, seed: int) -> Iterator[NDArray[np.int32]]:
    """Yield how often each group is drawn `(R, groups)`, in blocks of at most about 80 MB, `RESAMPLES` rows in all.

    The draws do not depend on the blocks, and block sizes that are multiples of 8 give the same means bit for bit.
    """
    rng = np.random.default_rng(seed)
    block = max(8, KEPT_GROUPS * RESAMPLES // groups // 8 * 8)
    for start in range(0, RESAMPLES, block):
        size = min(block, RESAMPLES - start)
        yield rng.multinomial(groups, np.full(groups, 1 / groups), size=size).astype(np.int32)


def groups_of(predictions: pd.DataFrame) -> pd.Series:
    """Return each row's group in a bootstrap: its artist if known, otherwise its recording or track.

    Spellings of an artist are merged, as in a split by artist. If a recording's parts name different artists, or some
    none, the first known one counts.

    Example:
        >>> table = pd.DataFrame({"track": ["a", "b", "c", "d"], "artist": ["Nina Simone", None, "", "NINA SIMONE!"]})
        >>> groups_of(table).tolist()
        ['artist nina simone', 'track b', 'track c', 'artist nina simone']
    """
    recordings = predictions["recording" if "recording" in predictions else "track"].astype(str)
    tracks = "track " + recordings
    if ARTIST not in predictions:
        return tracks
    said = predictions[ARTIST].astype(object).mask(predictions[ARTIST].astype(str) == "")
    artists = said.groupby(recordings).transform("first")
    same = same_artists(map(str, artists.dropna().unique()))
    return tracks.where(artists.isna(), artists.map(lambda artist: f"artist {same[str(artist)]}", na_action="ignore"))


def accuracy_intervals(predictions: pd.DataFrame) -> dict[str, float]:
    """Return 95 % bounds: `{split}/{level}/accuracy_low` and `{split}/{level}/accuracy_high`.

    Those of tracks are Wilson's; those of segments are bootstrapped over tracks, or over artists if known.

    Example:
        >>> rows = {"split": "test", "track": range(100), "label": 0, "p_jazz": [0.9] * 75 + [0.1] * 25}
        >>> bounds = accuracy_intervals(pd.DataFrame(rows).assign(p_rock=lambda table: 1 - table.p_jazz))
        >>> round(bounds["test/track/accuracy_low"], 3), round(bounds["test/track/accuracy_high"], 3)
        (0.657, 0.825)
    """
    bounds: dict[str, float] = {}
    tracks_of = dict(iter(track_probabilities(predictions).groupby("split", sort=False)))
    for split, rows in predictions.groupby("split", sort=False):
        tracks = tracks_of[split]
        by_track = wilson(float(is_right(tracks).mean()), len(tracks))
        by_segment = bootstrap_accuracy(is_right(rows), groups_of(rows))
        for level, (low, high) in (("segment", by_segment), ("track", by_track)):
            bounds |= {f"{split}/{level}/accuracy_low": low, f"{split}/{level}/accuracy_high": high}
    return bounds


def is_right(predictions: pd.DataFrame) -> NDArray[np.bool_]:
    """Return whether each row's likeliest genre is the true one `(N,)`.

    Example:
        >>> is_right(pd.DataFrame({"label": [0, 1], "p_jazz": [0.9, 0.8], "p_rock": [0.1, 0.2]})).tolist()
        [True, False]
    """
    right: NDArray[np.bool_] = probabilities_of(predictions).argmax(axis=1) == predictions["label"].to_numpy()
    return right
