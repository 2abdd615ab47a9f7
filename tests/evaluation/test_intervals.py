"""Bootstrap intervals against the binomial's and a cluster's known spread."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from musicgenre.evaluation import accuracy_intervals, bootstrap_accuracy


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


def test_a_long_track_weighs_by_its_segments() -> None:
    correct = np.array([True] * 9 + [False])
    low, high = bootstrap_accuracy(correct, ["long"] * 9 + ["short"], confidence=0.4)
    assert (low, high) == (0.9, 0.9)  # half of all draws hold one of each


def test_the_interval_repeats_and_leaves_the_global_generator_alone() -> None:
    correct, tracks = np.arange(50) < 30, np.arange(50)
    np.random.seed(3)
    before = np.random.random()
    np.random.seed(3)
    assert bootstrap_accuracy(correct, tracks) == bootstrap_accuracy(correct, tracks)
    assert np.random.random() == before
    narrow, wide = bootstrap_accuracy(correct, tracks, confidence=0.5), bootstrap_accuracy(correct, tracks)
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


def test_all_right_has_no_width() -> None:
    assert bootstrap_accuracy(np.ones(5, dtype=bool), np.arange(5)) == (1.0, 1.0)


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
    assert bounds["test/track/accuracy_low"] < 2 / 3 < bounds["test/track/accuracy_high"]
