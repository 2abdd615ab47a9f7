"""Compare two classifiers on the same test tracks: the difference in accuracy, and whether it is due to chance."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binomtest, norm

from musicgenre.evaluation.intervals import NO_WIDTH, Interval, bootstrap_mean, wilson


class SameTracks(NamedTuple):
    """How many more of the same tracks `b` gets right than `a`.

    Attributes:
        tracks: Number of tracks.
        only_a: How many `a` alone gets right.
        only_b: How many `b` alone gets right.
        difference: Accuracy of `b` minus that of `a`, from -1 to 1.
        low: Lower bound of its interval.
        high: Upper bound of its interval.
        p_value: p-value of McNemar's exact test against no difference.
    """

    tracks: int
    only_a: int
    only_b: int
    difference: float
    low: float
    high: float
    p_value: float


def compare_on_tracks(a: NDArray[np.bool_], b: NDArray[np.bool_], *, confidence: float = 0.95) -> SameTracks:
    """Return the paired difference of two accuracies with its interval and McNemar's exact p-value.

    The interval is Wald's with half a track added to each of the four counts, which keeps its level in small samples
    and has a width even if the two agree on every track: Agresti and Min (2005), "Simple improved confidence intervals
    for comparing matched proportions". The test is McNemar's (1947) in its exact form, a sign test on the tracks that
    only one gets right.

    Args:
        a: Whether one classifier is right on each track `(N,)`.
        b: Whether the other is, in the same order `(N,)`.
        confidence: Confidence level of the interval.

    Example:
        >>> a, b = np.arange(100) < 60, np.arange(100) < 72
        >>> found = compare_on_tracks(a, b)
        >>> round(found.difference, 2), round(found.low, 3), round(found.high, 3), round(found.p_value, 4)
        (0.12, 0.052, 0.183, 0.0005)
    """
    n, only_a, only_b = len(a), int((a & ~b).sum()), int((b & ~a).sum())
    centre = (only_b - only_a) / (n + 2)
    half = float(norm.ppf((1 + confidence) / 2)) * math.sqrt(only_a + only_b + 1 - (only_b - only_a) ** 2 / (n + 2))
    half /= n + 2
    low, high = max(-1.0, centre - half), min(1.0, centre + half)
    return SameTracks(n, only_a, only_b, (only_b - only_a) / n, low, high, mcnemar(only_a, only_b))


def difference_by_groups(
    a: NDArray[np.bool_], b: NDArray[np.bool_], groups: ArrayLike, *, confidence: float = 0.95
) -> Interval:
    """Return the interval of the paired difference of two accuracies, if answers depend on each other in groups.

    It is a bootstrap of the differences that draws whole groups; if all draws agree, for example because nothing
    changed, it is that of `compare_on_tracks` with one track of each group.

    Args:
        a: Whether one classifier is right on each track `(N,)`.
        b: Whether the other is, in the same order `(N,)`.
        groups: Group of each track, such as the recording that it is a part of `(N,)`.
        confidence: Confidence level of the interval.

    Example:
        >>> a, b, groups = np.ones(20, bool), np.arange(20) >= 10, np.repeat(list("abcd"), 5)
        >>> difference_by_groups(a, b, groups)
        Interval(low=-1.0, high=0.0)
    """
    low, high = bootstrap_mean(b.astype(float) - a, groups, confidence=confidence)
    if high - low > NO_WIDTH:
        return Interval(low, high)
    firsts = np.unique(np.asarray(groups), return_index=True)[1]
    found = compare_on_tracks(a[firsts], b[firsts], confidence=confidence)
    return Interval(min(low, found.low), max(high, found.high))


def mcnemar(only_a: int, only_b: int) -> float:
    """Return the exact two-sided p-value of McNemar's test; 1 if the two never differ.

    Args:
        only_a: How many one classifier alone gets right.
        only_b: How many the other alone gets right.

    Example:
        >>> round(mcnemar(2, 9), 4)
        0.0654
    """
    return float(binomtest(only_a, only_a + only_b).pvalue) if only_a + only_b else 1.0


def holm(p_values: Sequence[float]) -> list[float]:
    """Return Holm's adjusted p-values: those below 0.05 are significant, whatever the number of comparisons.

    Holm (1979), "A simple sequentially rejective multiple test procedure".

    Example:
        >>> [round(p, 3) for p in holm([0.01, 0.04, 0.03])]
        [0.03, 0.06, 0.06]
    """
    order = np.argsort(p_values, kind="stable")
    steps = np.asarray(p_values, dtype=np.float64)[order] * np.arange(len(p_values), 0, -1)
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1) if len(steps) else steps
    return [float(p) for p in adjusted]


def independent_difference(a: float, n_a: int, b: float, n_b: int, *, confidence: float = 0.95) -> Interval:
    """Return the interval of the difference b - a of two accuracies on different tracks.

    Newcombe (1998), "Interval estimation for the difference between independent proportions", method 10, from the two
    Wilson intervals.

    Args:
        a: One accuracy, from 0 to 1.
        n_a: Its number of tracks.
        b: The other accuracy.
        n_b: Its number of tracks.
        confidence: Confidence level of the interval.

    Example:
        >>> [round(bound, 3) for bound in independent_difference(48 / 80, 80, 56 / 70, 70)]
        [0.052, 0.334]
    """
    low_a, high_a = wilson(a, n_a, confidence=confidence)
    low_b, high_b = wilson(b, n_b, confidence=confidence)
    return Interval(b - a - math.hypot(b - low_b, high_a - a), b - a + math.hypot(high_b - b, a - low_a))
