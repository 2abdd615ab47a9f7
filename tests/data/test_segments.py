import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musicgenre.data.audio.segments import MIN_SAMPLES, Segmenter, Short, segment_starts
from musicgenre.errors import MusicGenreError

RATE = 22050
unhurried = settings(deadline=None)  # timings on a busy machine mean nothing


def _waveform(length: int) -> npt.NDArray[np.float32]:
    return np.arange(length, dtype=np.float32)


def test_half_overlapping_3_s_of_30_s_are_19() -> None:
    segmenter = Segmenter(RATE, length=3.0, overlap=0.5)
    segments = segmenter.cut(_waveform(30 * RATE))
    assert segments.shape == (19, 3 * RATE)
    assert segmenter.starts(30 * RATE) == [1.5 * i for i in range(19)]


def test_3_s_of_661504_samples_are_10() -> None:
    assert Segmenter(RATE, length=3.0).cut(_waveform(661_504)).shape == (10, 66_150)


def test_fixed_number_a_track() -> None:
    segmenter = Segmenter(RATE, length=3.0, max_segments=10)
    counts = {length: len(segmenter.starts(length)) for length in (660_000, 661_504, 675_808, 60 * RATE)}
    assert counts == {660_000: 9, 661_504: 10, 675_808: 10, 60 * RATE: 10}


@unhurried
@given(
    n_samples=st.integers(0, 10_000),
    length=st.integers(1, 3_000),
    hop=st.integers(1, 3_000),
)
def test_starts_follow_the_formula(n_samples: int, length: int, hop: int) -> None:
    starts = segment_starts(n_samples, length=length, hop=hop, short="drop")
    expected = math.floor((n_samples - length) / hop) + 1 if n_samples >= length else 0
    assert starts == [hop * i for i in range(expected)]
    assert all(start + length <= n_samples for start in starts)
    padded = segment_starts(n_samples, length=length, hop=hop, short="pad")
    assert padded == (starts if n_samples >= length else [0] * (n_samples > 0))


@unhurried
@given(
    n_samples=st.integers(MIN_SAMPLES, 20_000),
    length=st.floats(0.01, 2),
    overlap=st.sampled_from([0.0, 0.25, 0.5, 0.9]),
    most=st.none() | st.integers(1, 5),
)
def test_cut_takes_what_starts_say(n_samples: int, length: float, overlap: float, most: int | None) -> None:
    segmenter = Segmenter(8000, length=length, overlap=overlap, max_segments=most)
    segments = segmenter.cut(_waveform(n_samples))
    starts = segmenter.starts(n_samples)
    length_in_samples = segments.shape[1]
    assert (len(segments), length_in_samples) == (len(starts), round(length * 8000))
    assert [round(start * 8000) for start in starts] == [int(segment[0]) for segment in segments]
    for segment in segments:
        n_held = min(length_in_samples, n_samples - int(segment[0]))
        assert length_in_samples - n_held <= segmenter.missing  # of zeros at the end
        np.testing.assert_array_equal(np.diff(segment[:n_held]), 1)
        assert not segment[n_held:].any()


def test_cutting_copies_nothing() -> None:
    waveform = _waveform(30 * RATE)
    assert np.shares_memory(Segmenter(RATE, overlap=0.5).cut(waveform), waveform)
    assert np.shares_memory(Segmenter(RATE, length=None).cut(waveform), waveform)


def test_whole_track() -> None:
    segmenter = Segmenter(RATE, length=None)
    np.testing.assert_array_equal(segmenter.cut(_waveform(5000)), _waveform(5000)[np.newaxis])
    assert segmenter.starts(5000) == [0.0]
    assert segmenter.n_samples is None


def test_short_track_is_dropped_or_padded() -> None:
    waveform = _waveform(2 * RATE)
    assert Segmenter(RATE, length=3.0, short="drop").cut(waveform).shape == (0, 3 * RATE)
    padded = Segmenter(RATE, length=3.0, short="pad").cut(waveform)
    assert padded.shape == (1, 3 * RATE)
    assert padded.dtype == np.float32
    np.testing.assert_array_equal(padded[0, : 2 * RATE], waveform)
    np.testing.assert_array_equal(padded[0, 2 * RATE :], 0)


@pytest.mark.parametrize("length", [MIN_SAMPLES, RATE, 2 * RATE, 3 * RATE - 1])
def test_short_track_is_repeated_until_it_fills_a_segment(length: int) -> None:
    repeated = Segmenter(RATE, length=3.0, short="repeat").cut(_waveform(length))
    np.testing.assert_array_equal(repeated, np.resize(_waveform(length), (1, 3 * RATE)))


@pytest.mark.parametrize("settings", [{"short": "pad"}, {"short": "drop"}, {"length": None}])
@pytest.mark.parametrize("length", [0, 1, MIN_SAMPLES - 1])
def test_very_short_track_gives_nothing(settings: dict[str, Any], length: int) -> None:
    segmenter = Segmenter(RATE, **settings)
    segments = segmenter.cut(_waveform(length))
    assert segments.shape == (0, segmenter.n_samples or length)
    assert segments.dtype == np.float32
    assert segmenter.starts(length) == []


@pytest.mark.parametrize(
    ("settings", "part"),
    [
        ({"length": 0.0}, "length is 0.0 s"),
        ({"length": -3.0}, "length is -3.0 s"),
        ({"length": 0.00001}, "length is 1e-05 s"),
        ({"overlap": 1.0}, "overlap is 1.0"),
        ({"overlap": -0.1}, "overlap is -0.1"),
        ({"overlap": 0.9999999}, "leaves no step"),
        ({"short": "stretch"}, "short is 'stretch'"),
        ({"max_segments": 0}, "max_segments is 0"),
        ({"sample_rate": 0}, "sample_rate is 0 Hz"),
        ({"sample_rate": "22050"}, "sample_rate is '22050' Hz"),
        ({"length": float("nan")}, "length is nan s"),
        ({"length": float("inf")}, "length is inf s"),
        ({"length": "3"}, "length is '3' s"),
        ({"overlap": "half"}, "overlap is 'half'"),
        ({"overlap": float("nan")}, "overlap is nan"),
        ({"max_segments": 1.5}, "max_segments is 1.5"),
        ({"max_segments": "3"}, "max_segments is '3'"),
        ({"length": None, "window": -1.0}, "window is -1.0 s"),
        ({"length": None, "window": float("nan")}, "window is nan s"),
    ],
)
def test_impossible_settings(settings: dict[str, Any], part: str) -> None:
    with pytest.raises(MusicGenreError, match=part):
        Segmenter(**{"sample_rate": RATE, **settings})


@pytest.mark.parametrize(("n_samples", "count"), [(66_150, 1), (66_149, 1), (66_150 - 576, 1), (66_150 - 577, 0)])
def test_a_segment_that_lacks_less_than_a_codecs_frame_is_padded(n_samples: int, count: int) -> None:
    segmenter = Segmenter(RATE, length=3.0)  # a frame is 1152 samples at 44.1 kHz, 576 at 22,050 Hz
    segments = segmenter.cut(np.ones(n_samples, np.float32))
    assert segments.shape == (count, 66_150)
    assert segments.sum() == count * n_samples


def test_clips_of_a_tenth_of_a_gtzan_track_are_segments() -> None:
    assert Segmenter(RATE, length=3.0).starts(661_494 // 10) == [0.0]
    assert len(Segmenter(RATE, length=3.0).starts(661_494)) == 10
    assert len(Segmenter(RATE, length=3.0).starts(660_000)) == 9


def test_what_is_a_little_too_short_says_by_how_much() -> None:
    segmenter = Segmenter(RATE, length=3.0)
    assert segmenter.too_short(RATE) == "too short: 1.00 s, but the run needs 3 s"
    reason = "too short: 2.9705 s (65500 samples), but the run needs 3.0000 s (66150 samples, or 65574 with padding)"
    assert segmenter.too_short(65_500) == reason


@pytest.mark.parametrize(
    ("length", "short", "needed", "enough"),
    [
        (None, "drop", 2048, 2048),
        (3.0, "pad", 2048, 2048),
        (3.0, "drop", 66_150, 65_574),
        (0.05, "drop", 1102, 1102),  # shorter than `MIN_SAMPLES`
        (0.095, "drop", 2095, 2048),
    ],
)
def test_the_least_that_is_said_to_do_does(length: float | None, short: Short, needed: int, enough: int) -> None:
    segmenter = Segmenter(RATE, length=length, short=short)
    assert segmenter.starts(enough) == [0.0]
    assert segmenter.starts(enough - 1) == []
    padded = f", or {enough} with padding" if enough < needed else ""
    assert segmenter.too_short(enough - 1).endswith(f" s ({needed} samples{padded})")
