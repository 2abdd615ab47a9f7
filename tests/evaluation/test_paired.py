"""Differences over pairs, against Student's t worked out by hand."""

import math

import numpy as np
import pytest
from scipy import stats

from musicgenre.evaluation.paired import paired_difference


@pytest.mark.parametrize("confidence", [0.8, 0.95])
@pytest.mark.parametrize("pairs", [2, 3, 10])
def test_interval_is_students(pairs: int, confidence: float) -> None:
    rng = np.random.default_rng(pairs)
    a, b = rng.normal(0.6, 0.02, pairs), rng.normal(0.63, 0.02, pairs)
    found = paired_difference(a, b, confidence=confidence)
    error = (b - a).std(ddof=1) / math.sqrt(pairs)
    reach = stats.t.ppf((1 + confidence) / 2, pairs - 1) * error
    assert found.pairs == pairs
    assert found.mean == pytest.approx((b - a).mean())
    assert [found.low, found.high] == pytest.approx([found.mean - reach, found.mean + reach])
    assert found.p_value == pytest.approx(2 * stats.t.sf(abs(found.mean) / error, pairs - 1))


def test_one_pair_has_no_interval() -> None:
    found = paired_difference([0.5], [0.75])
    assert (found.pairs, found.mean) == (1, 0.25)
    assert np.isnan([found.low, found.high, found.p_value]).all()


@pytest.mark.parametrize("difference", [0.0, 0.25])
def test_equal_differences_have_an_interval_of_no_width(difference: float) -> None:
    found = paired_difference([0.5, 0.25, 0.125], [value + difference for value in (0.5, 0.25, 0.125)])
    assert found[:4] == (3, difference, difference, difference)
    assert math.isnan(found.p_value)


def test_nearly_equal_differences_give_no_warning() -> None:
    found = paired_difference([0.1, 0.2, 0.3], [0.2, 0.3, 0.4])  # equal but for rounding
    assert found.low == pytest.approx(0.1) == found.high


def test_folds_drawn_again_are_as_uncertain_as_those_of_one_repeat() -> None:
    """Two equal systems, whose tracks have differences of their own: more repeats test the same tracks again."""
    rng, repeats = np.random.default_rng(0), np.repeat(range(5), 5)
    wrong = {"within": 0, "all": 0}
    for _ in range(300):
        tracks = rng.normal(size=100)
        folds = [rng.permutation(tracks).reshape(5, 20).mean(axis=1) for _ in range(5)]
        difference = np.concatenate(folds)
        wrong["within"] += paired_difference(np.zeros(25), difference, repeats=repeats).p_value < 0.05
        wrong["all"] += paired_difference(np.zeros(25), difference).p_value < 0.05
    assert wrong["within"] < 0.07 * 300 < 0.3 * 300 < wrong["all"]
    one = paired_difference(np.zeros(5), folds[0])
    assert paired_difference(np.zeros(5), folds[0], repeats=[3] * 5) == one and one.pairs == 5
    uneven = paired_difference(np.zeros(6), [*folds[0], 0.1], repeats=[1] * 5 + [2])
    assert uneven.pairs == 3 and uneven.high - uneven.mean > one.high - one.mean
