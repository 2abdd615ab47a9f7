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


@pytest.mark.parametrize(
    ("a", "b", "mean"),
    [
        ((0.5, 0.25, 0.125), (0.5, 0.25, 0.125), 0),
        ((0.5, 0.75, 1.0), (0.25, 0.5, 0.75), -0.25),
        ((0.9, 0.8, 0.7), (0.8, 0.7, 0.6), -0.1),  # equal but for rounding
        ((3 / 7, 4 / 7, 6 / 7), (4 / 7, 5 / 7, 1.0), 1 / 7),  # one track of seven under each seed
        ((1e-6, 2e-6, 3e-6), (2e-6, 3e-6, 4e-6), 1e-6),
    ],
)
def test_equal_differences_have_no_interval_and_no_p(a: tuple[float, ...], b: tuple[float, ...], mean: float) -> None:
    for scale in (1, 1e4):
        found = paired_difference(np.multiply(a, scale), np.multiply(b, scale))
        assert found.pairs == 3 and found.mean == pytest.approx(mean * scale)
        assert np.isnan([found.low, found.high, found.p_value]).all()


def test_small_values_have_a_spread_of_their_own_size() -> None:
    a, b = np.array([1e-12, 2e-12, 3e-12]), np.array([2e-12, 3e-12, 5e-12])
    found = paired_difference(a, b)
    assert found.p_value == pytest.approx(stats.ttest_rel(b, a).pvalue) and found.low < found.mean < found.high


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
