"""Differences between two ways of training, over runs that share a seed."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from musicgenre.evaluation.intervals import NO_WIDTH


class PairedDifference(NamedTuple):
    """The difference `b - a` over pairs.

    Attributes:
        pairs: Number of independent pairs.
        mean: Mean difference.
        low: Lower bound of its interval, NaN for a single pair or equal differences.
        high: Upper bound of its interval, NaN where the lower one is.
        p_value: p-value of the paired t-test against no difference, NaN where the bounds are.
    """

    pairs: int
    mean: float
    low: float
    high: float
    p_value: float


def paired_difference(
    a: ArrayLike, b: ArrayLike, *, repeats: ArrayLike | None = None, confidence: float = 0.95
) -> PairedDifference:
    """Return the mean of `b - a` with Student's t-interval over the pairs.

    The runs of a pair share their seed, and so their split, initial weights and order of batches: a seed's effect on
    both cancels. The interval says how much the mean varies with other seeds, and assumes normal differences. Where all
    pairs differ by the same, but for rounding, there is none: accuracies on few tracks have few values, so a spread of
    zero over a few seeds does not say that other seeds would give none.

    Pairs that test the same tracks again are not independent. Where a cross-validation was repeated with other folds,
    only the pairs of one repeat are, so the interval is that of one repeat, from the mean variance within repeats. It
    is rather too wide, as repeats steady the mean.

    Args:
        a: One side's values `(N,)`.
        b: The other side's values, in the same order `(N,)`.
        repeats: The repeat of a cross-validation that each pair belongs to `(N,)`; None if all are independent.
        confidence: Confidence level of the interval.

    Example:
        >>> found = paired_difference([0.60, 0.62, 0.58], [0.63, 0.64, 0.62])
        >>> found.pairs, round(found.mean, 3), round(found.low, 3), round(found.high, 3)
        (3, 0.03, 0.005, 0.055)
    """
    one, other = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    difference = other - one
    mean, repeat = float(difference.mean()), np.zeros(len(difference)) if repeats is None else np.asarray(repeats)
    each = [difference[repeat == name] for name in np.unique(repeat)]
    n = len(difference) // len(each)
    if n < 2:
        return PairedDifference(n, mean, np.nan, np.nan, np.nan)
    error = math.sqrt(np.mean([those.var(ddof=1) for those in each if len(those) > 1]) / n)
    if error <= NO_WIDTH * max(np.abs(one).max(), np.abs(other).max()):
        return PairedDifference(n, mean, np.nan, np.nan, np.nan)
    reach = float(stats.t.ppf((1 + confidence) / 2, n - 1)) * error
    p_value = 2 * float(stats.t.sf(abs(mean) / error, n - 1))
    return PairedDifference(n, mean, mean - reach, mean + reach, p_value)
