"""Intervals against statsmodels, the binomial's and a cluster's known spread."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom
from statsmodels.stats.proportion import proportion_confint

from musicgenre.evaluation import accuracy_intervals, bootstrap_accuracy
from musicgenre.evaluation.intervals import groups_of, wilson


@pytest.mark.parametrize(("k", "n"), [(0, 10), (10, 10), (75, 100), (1, 1), (203, 290)])
@pytest.mark.parametrize("confidence", [0.95, 0.9])
def test_wilson_is_that_of_statsmodels(k: int, n: int, confidence: float) -> None:
    expected = proportion_confint(k, n, alpha=1 - confidence, method="wilson")
    found = wilson(k / n, n, confidence=confidence)
    assert found == pytest.approx(expected, abs=1e-9)
    assert found.low < found.high


def test_wilson_holds_its_share_whatever_is_rounded() -> None:
    assert all(wilson(1.0, n).high == 1 and wilson(0.0, n).low == 0 for n in range(1, 1001))


@pytest.mark.parametrize(("n", "k"), [(100, 75), (290, 150), (40, 10)])
def test_one_row_a_track_gives_the_quantiles_of_a_binomial(n: int, k: int) -> None:
    low, high = bootstrap_accuracy(np.arange(n) < k, np.arange(n))
    expected = binom.ppf([0.025, 0.975], n, k / n) / n
    assert [low, high] == pytest.approx(expected, abs=1.5 / n)  # within a track and a half
    assert low < k / n < high


def test_segments_that_agree_within_a_track_add_no_certainty() -> None:
    correct = np.arange(60) < 40
    tracks = np.array([f"t{i:02}" for i in range(60)])
    assert bootstrap_accuracy(np.repeat(correct, 10), np.repeat(tracks, 10)) == bootstrap_accuracy(correct, tracks)


def test_a_long_track_weighs_by_its_segments_and_a_row_by_its_weight() -> None:
    correct = np.array([True] * 9 + [False])
    found = bootstrap_accuracy(correct, ["long"] * 9 + ["short"], confidence=0.4)
    assert found == pytest.approx(wilson(0.9, 2, confidence=0.4))  # half of all draws hold one of each
    doubled = bootstrap_accuracy(np.array([True, False]), ["a", "b"], [3.0, 1.0], confidence=0.4)
    assert doubled == pytest.approx(wilson(0.75, 2, confidence=0.4))


def test_the_interval_repeats_and_leaves_the_global_generator_alone() -> None:
    correct, tracks = np.arange(50) < 30, np.arange(50)
    np.random.seed(3)
    before = np.random.random()
    np.random.seed(3)
    assert bootstrap_accuracy(correct, tracks) == bootstrap_accuracy(correct, tracks)
    assert np.random.random() == before
    narrow, wide = bootstrap_accuracy(correct, tracks, confidence=0.5), bootstrap_accuracy(correct, tracks)
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


def test_draws_of_many_groups_take_little_memory_and_change_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("musicgenre.evaluation.intervals.RESAMPLES", 1000)  # a fifth of the time and memory
    rng, n = np.random.default_rng(0), 5000
    correct, weights = rng.random(n) < 0.6, rng.random(n) + 0.5
    draws = np.random.default_rng(0).multinomial(n, np.full(n, 1 / n), size=1000).astype(np.int32)
    expected = np.quantile((draws @ (weights * correct)) / (draws @ weights), [0.025, 0.975])
    del draws
    tracemalloc.start()
    assert bootstrap_accuracy(correct, np.arange(n), weights) == pytest.approx(expected, abs=1e-15)
    assert tracemalloc.get_traced_memory()[1] < 36e6
    tracemalloc.stop()


@pytest.mark.parametrize("right", [0, 5])
def test_all_or_nothing_right_is_as_sure_as_so_many_tracks(right: int) -> None:
    correct, tracks = np.repeat(np.arange(5) < right, 10), np.repeat(np.arange(5), 10)
    assert bootstrap_accuracy(correct, tracks) == pytest.approx(wilson(right / 5, 5))


def test_one_track_has_a_width() -> None:
    assert bootstrap_accuracy(np.array([True, False]), ["a", "a"]) == pytest.approx(wilson(0.5, 1))


def test_artists_are_drawn_where_they_are_known() -> None:
    table = pd.DataFrame({"track": ["a", "b", "c", "d"], "artist": ["x", "x", None, ""]})
    assert groups_of(table).tolist() == ["artist x", "artist x", "track c", "track d"]
    assert groups_of(table.drop(columns="artist")).nunique() == 4


def test_intervals_hold_the_accuracy_of_each_split_and_level() -> None:
    n = 60
    table = pd.DataFrame(
        {
            "split": ["val"] * n + ["test"] * n,
            "track": [f"t{i // 2:03}" for i in range(2 * n)],
            "start": [0.0, 3.0] * n,
            "genre": "blues",
            "label": 0,
            "p_blues": np.tile([0.9, 0.3, 0.9, 0.9, 0.2, 0.4], n // 3),
        }
    )
    table["p_jazz"] = 1 - table["p_blues"]
    bounds = accuracy_intervals(table)
    assert set(bounds) == {
        f"{split}/{level}/accuracy_{side}"
        for split in ("val", "test") for level in ("segment", "track") for side in ("low", "high")
    }  # fmt: skip
    assert bounds["test/segment/accuracy_low"] < 3 / 6 < bounds["test/segment/accuracy_high"]
    by_track = bounds["test/track/accuracy_low"], bounds["test/track/accuracy_high"]
    assert by_track == pytest.approx(proportion_confint(20, 30, method="wilson"))
    by_artist = accuracy_intervals(table.assign(artist=[f"a{i // 12}" for i in range(2 * n)]))
    width = "test/segment/accuracy_high", "test/segment/accuracy_low"
    assert by_artist[width[0]] - by_artist[width[1]] != bounds[width[0]] - bounds[width[1]]
    assert by_artist["test/track/accuracy_low"] == by_track[0]
