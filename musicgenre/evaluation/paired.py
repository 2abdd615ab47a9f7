"""Differences between two ways of training, over runs that share a seed."""

import warnings
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats


class PairedDifference(NamedTuple):
    """The difference `b - a` over pairs.

    Attributes:
        pairs: Number of pairs.
        mean: Mean difference.
        low: Lower bound of its interval, NaN for a single pair.
        high: Upper bound of its interval, NaN for a single pair.
        p_value: p-value of the paired t-test against no difference, NaN for a single pair or equal differences.
    """

    pairs: int
    mean: float
    low: float
    high: float
    p_value: float


def paired_difference(a: ArrayLike, b: ArrayLike, *, confidence: float = 0.95) -> PairedDifference:
    """Return the mean of `b - a` with Student's t-interval over the pairs.

    The runs of a pair share their seed, and so their split, initial weights and order of batches: a seed's effect on
    both cancels. The interval says how much the mean varies with other seeds, and assumes normal differences.

    Args:
        a: One side's values `(N,)`.
        b: The other side's values, in the same order `(N,)`.
        confidence: Confidence level of the interval.

    Example:
        >>> found = paired_difference([0.60, 0.62, 0.58], [0.63, 0.64, 0.62])
        >>> found.pairs, round(found.mean, 3), round(found.low, 3), round(found.high, 3)
        (3, 0.03, 0.005, 0.055)
    """
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    n, mean = len(first), float((second - first).mean())
    if n < 2:
        return PairedDifference(n, mean, np.nan, np.nan, np.nan)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Precision loss")  # (nearly) equal differences
        found = stats.ttest_rel(second, first)
    low, high = found.confidence_interval(confidence)
    p_value = float(found.pvalue) if np.ptp(second - first) > 0 else np.nan
    return PairedDifference(n, mean, float(low), float(high), p_value)
