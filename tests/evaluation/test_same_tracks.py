"""Comparisons on the same tracks against statsmodels and published examples."""

import gc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import mcnemar as reference
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep

from musicgenre.evaluation.same_tracks import compare_on_tracks, holm, independent_difference, mcnemar


@given(b=st.integers(0, 60), c=st.integers(0, 60))
def test_mcnemar_is_that_of_statsmodels(b: int, c: int) -> None:
    assert mcnemar(b, c) == pytest.approx(reference([[10, b], [c, 5]], exact=True).pvalue)


@pytest.mark.parametrize("n", [0, 1, 2, 5, 12])
def test_holm_is_that_of_statsmodels(n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gc, "collect", lambda: 0)  # which multipletests calls each time
    rng = np.random.default_rng(n)
    for p_values in (rng.random(n), rng.random(n) / 10, rng.integers(0, 3, n) / 20):  # spread, small, with ties
        expected = multipletests(p_values, method="holm")[1] if n else []
        assert holm(p_values.tolist()) == pytest.approx(list(expected))


def test_a_difference_by_hand() -> None:
    # Agresti and Min (2005): 53 and 16 discordant pairs of 240, interval of the adjusted counts.
    a = np.repeat([True, True, False, False], [100, 16, 53, 71])
    b = np.repeat([True, False, True, False], [100, 16, 53, 71])
    found = compare_on_tracks(a, b)
    assert (found.tracks, found.only_a, found.only_b) == (240, 16, 53)
    assert found.difference == pytest.approx(37 / 240)
    half = 1.959964 * np.sqrt(70 - 37**2 / 242) / 242
    assert (found.low, found.high) == pytest.approx((37 / 242 - half, 37 / 242 + half), abs=1e-6)


@pytest.mark.parametrize("share", [0.6, 0.8])
def test_the_interval_holds_its_level(share: float) -> None:
    """Two classifiers of equal accuracy: 95 % of the intervals contain 0."""
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(400):
        found = compare_on_tracks(rng.random(100) < share, rng.random(100) < share)
        held += found.low <= 0 <= found.high
    assert 0.92 <= held / 400 <= 0.98


def test_two_that_agree_everywhere_have_a_width_and_no_difference() -> None:
    right = np.array([True] * 20)
    found = compare_on_tracks(right, right)
    assert (found.difference, found.p_value) == (0, 1)
    assert found.low < 0 < found.high


@given(a=st.integers(0, 40), b=st.integers(0, 40))
def test_different_tracks_have_newcombes_interval(a: int, b: int) -> None:
    expected = confint_proportions_2indep(b, 40, a, 40, compare="diff", method="newcomb")
    assert independent_difference(a / 40, 40, b / 40, 40) == pytest.approx(expected, abs=1e-6)
