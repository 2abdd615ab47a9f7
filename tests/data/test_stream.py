"""A track that arrives in blocks is cut as a whole one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musicgenre.data.audio.segments import Segmenter
from musicgenre.data.audio.stream import cut_stream

RNG = np.random.default_rng(0)


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(0, 30_000),
    length=st.integers(2100, 9000),
    overlap=st.sampled_from([0.0, 0.25, 0.5]),
    short=st.sampled_from(["drop", "pad", "repeat"]),
    block=st.integers(1, 12_000),
)
def test_stream_is_cut_as_a_whole_track(n: int, length: int, overlap: float, short: str, block: int) -> None:
    segmenter = Segmenter(1000, length=length / 1000, overlap=overlap, short=short)  # type: ignore[arg-type]
    wave = RNG.standard_normal(n).astype(np.float32)
    found = list(cut_stream([wave[i : i + block] for i in range(0, n, block)], segmenter))
    assert [start for start, _ in found] == pytest.approx(segmenter.starts(n))
    expected = segmenter.cut(wave)
    assert len(found) == len(expected)
    for (_, segment), other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(segment, other)


def test_whole_tracks_are_heard_in_overlapping_windows() -> None:
    segmenter = Segmenter(1000, length=None, window=4.0)
    wave = np.arange(9500, dtype=np.float32)
    found = list(cut_stream([wave], segmenter))
    assert [start for start, _ in found] == [0.0, 2.0, 4.0]
    assert [len(segment) for _, segment in found] == [4000] * 3
    short = list(cut_stream([wave[:3000]], segmenter))
    assert [(start, len(segment)) for start, segment in short] == [(0.0, 3000)]
    of_any_length = list(cut_stream([wave, wave], Segmenter(1000, length=None)))
    assert [(start, len(segment)) for start, segment in of_any_length] == [(0.0, 19000)]


def test_no_more_than_a_block_and_a_segment_is_held() -> None:
    def blocks() -> object:
        for i in range(100):
            assert len(cut) >= i - 4  # segments come out while blocks still come in
            yield np.ones(1000, np.float32)

    cut: list[float] = []
    for start, _ in cut_stream(blocks(), Segmenter(1000, length=3.0, overlap=0.5)):  # type: ignore[arg-type]
        cut += [start, start]
    assert len(cut) > 100


@pytest.mark.parametrize("lacking", [0, 1, 26, 27, 400])
def test_windows_of_a_long_track_are_those_of_its_stream(lacking: int) -> None:
    segmenter = Segmenter(1000, length=None, window=3.0)
    wave = np.random.default_rng(0).standard_normal(9000 - lacking).astype(np.float32)
    found = list(cut_stream([wave[:4000], wave[4000:]], segmenter))
    assert [start for start, _ in found] == segmenter.starts(len(wave))
    np.testing.assert_array_equal(np.stack([cut for _, cut in found]), segmenter.cut(wave))
    assert len(found) == (5 if lacking < 27 else 4)
