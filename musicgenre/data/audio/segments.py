"""Cut a track's waveform into windows of one length."""

import math
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from musicgenre.arguments import is_number, is_whole, plain
from musicgenre.data.audio.downmix import require_downmix
from musicgenre.errors import MusicGenreError

Waveform = npt.NDArray[np.float32]
Short = Literal["pad", "repeat", "drop"]

# One n_fft (93 ms at 22,050 Hz): a shorter track is of no use to any front end, padded or not.
MIN_SAMPLES = 2048
# How far codecs and cutting tools round a length: an MP3 frame of 1152 samples at 44.1 kHz, in s. A segment that lacks
# no more is padded with zeros.
_FRAME = 1152 / 44100


def segment_starts(n_samples: int, *, length: int, hop: int, short: Short) -> list[int]:
    """Place windows over a track.

    A track of at least one window gives floor((n_samples - length) / hop) + 1 of them; a shorter remainder at its
    end belongs to none. A shorter track gives one window (to be padded with zeros, or repeated) or none.

    Args:
        n_samples: Length of the track in samples.
        length: Length of a window in samples.
        hop: Step from one window's start to the next in samples.
        short: "pad" and "repeat" keep a track shorter than a window, "drop" leaves it out.

    Returns:
        First sample of each window.

    Example:
        >>> segment_starts(10, length=4, hop=2, short="drop")
        [0, 2, 4, 6]
        >>> segment_starts(3, length=4, hop=2, short="pad"), segment_starts(3, length=4, hop=2, short="drop")
        ([0], [])
    """
    if n_samples >= length:
        return list(range(0, n_samples - length + 1, hop))
    return [0] if short != "drop" and n_samples > 0 else []


@dataclass(frozen=True)
class Segmenter:
    """Cuts waveforms into segments.

    Attributes:
        sample_rate: Sample rate of the waveforms, Hz.
        length: Length of a segment, s; None takes each track whole, as one segment.
        overlap: Share of a segment that the next one repeats, in [0, 1).
        short: What to do with a track shorter than `length`: "pad" with zeros to one segment, "repeat" until it fills
            one, or "drop".
        max_segments: Keep only this many segments of each track, from its start; None keeps all.
        downmix: How several channels become one: "mean", "left", "right" or "power", see `Mixer`.
        window: If tracks are taken whole, the length (s) of those that a run was trained on: longer ones are cut into
            half-overlapping windows of it. None takes tracks of any length whole.

    A segment that lacks less than a codec's frame (26 ms) at its end counts as one and is padded with zeros.

    Example:
        >>> segmenter = Segmenter(22050, length=3.0, overlap=0.5)
        >>> segmenter.starts(30 * 22050)[:3], segmenter.cut(np.zeros(30 * 22050, np.float32)).shape
        ([0.0, 1.5, 3.0], (19, 66150))
    """

    sample_rate: int
    length: float | None = 3.0
    overlap: float = 0.0
    short: Short = "drop"
    max_segments: int | None = None
    downmix: str = "mean"
    window: float | None = None

    def __post_init__(self) -> None:
        """Check the settings; keep lengths and shares as floats.

        Raises:
            MusicGenreError: If a setting is invalid.
        """
        if not is_number(self.sample_rate) or self.sample_rate <= 0:
            raise MusicGenreError(f"sample_rate is {self.sample_rate!r} Hz: give a positive number")
        if self.length is not None and not self._is_length(self.length):
            raise MusicGenreError(
                f"segment length is {self.length!r} s: give a positive length, or none for whole tracks"
            )
        if self.window is not None and not self._is_length(self.window):
            raise MusicGenreError(f"window is {self.window!r} s: give a positive length, or none for whole tracks")
        if not is_number(self.overlap) or not 0 <= self.overlap < 1:
            raise MusicGenreError(f"segment overlap is {self.overlap!r}: give a share from 0 to below 1 (0.5 is half)")
        if self.length is not None and self.hop == 0:
            raise MusicGenreError(f"segment overlap {self.overlap} leaves no step between segments: lower it")
        if self.short not in get_args(Short):
            raise MusicGenreError(f"short is {self.short!r}: give 'pad', 'repeat' or 'drop'")
        if self.max_segments is not None and (not is_whole(self.max_segments) or self.max_segments < 1):
            raise MusicGenreError(f"max_segments is {self.max_segments!r}: give at least 1, or none for all")
        require_downmix(self.downmix)
        for name in ("length", "overlap", "window"):  # 3 and 3.0 give the same features: the same key
            if (value := getattr(self, name)) is not None:
                object.__setattr__(self, name, float(value))
        for name in ("sample_rate", "max_segments"):  # numpy's would give another key, too
            object.__setattr__(self, name, plain(getattr(self, name)))

    def _is_length(self, seconds: float) -> bool:
        return is_number(seconds) and round(seconds * self.sample_rate) >= 1

    @property
    def n_samples(self) -> int | None:
        """Length of a segment in samples; None if each track is taken whole."""
        return None if self.length is None else round(self.length * self.sample_rate)

    @property
    def hop(self) -> int:
        """Step from one segment's start to the next in samples; 0 if each track is taken whole."""
        return round((self.length or 0) * self.sample_rate * (1 - self.overlap))

    @property
    def missing(self) -> int:
        """Samples that the last segment of a track may lack: those of a codec's frame, or fewer if it is short."""
        if self.n_samples is None:
            return 0
        return max(0, min(round(_FRAME * self.sample_rate), self.n_samples // 20, self.hop - 1))

    def whole(self, window: float | None = None) -> "Segmenter":
        """Return the segmenter that takes each track whole, or in windows (s) if it is longer, at the same rate."""
        return replace(self, length=None, window=window)

    @property
    def longest_whole(self) -> float:
        """Length in samples of the longest track that is taken whole: a window, and a twentieth of it."""
        return math.inf if self.window is None else self.window * self.sample_rate * 1.05

    def _steps(self, n_samples: int) -> tuple[int, int]:
        """Return the length of a segment, and the step to the next, in a track of `n_samples` samples."""
        if self.n_samples is not None:
            return self.n_samples, self.hop
        if n_samples <= self.longest_whole:
            return n_samples, n_samples
        return self.windows.n_samples or 1, self.windows.hop

    @property
    def windows(self) -> "Segmenter":
        """The segmenter for a track that is too long to be taken whole: itself, if no track is."""
        return replace(self, length=self.window, overlap=0.5) if self.length is None else self

    @property
    def _least(self) -> int:
        """Minimum samples of a track that gives a segment, whatever the settings."""
        return min(MIN_SAMPLES, self.n_samples or MIN_SAMPLES)

    def _starts(self, n_samples: int) -> list[int]:
        if self.n_samples is None and n_samples > self.longest_whole:
            return self.windows._starts(n_samples)
        length, hop = self._steps(n_samples)
        if n_samples < self._least:
            return []
        starts = segment_starts(n_samples + self.missing, length=length, hop=hop, short=self.short)
        return starts[: self.max_segments]

    def starts(self, n_samples: int) -> list[float]:
        """Return when the segments of a track begin.

        Args:
            n_samples: Length of the track in samples.

        Returns:
            The start of each segment in s, in the order of `cut`.
        """
        return [start / self.sample_rate for start in self._starts(n_samples)]

    def too_short(self, n_samples: int) -> str:
        """Say by how much a track of `n_samples` samples is too short, in a few words."""
        needed = self.n_samples or MIN_SAMPLES if self.short == "drop" else self._least
        held, wanted = n_samples / self.sample_rate, needed / self.sample_rate
        if wanted - held > 0.05:
            return f"too short: {held:.2f} s, but the run needs {wanted:.3g} s"
        enough = max(needed - self.missing, self._least)
        least = f"{wanted:.4f} s ({needed} samples{f', or {enough} with padding' if enough < needed else ''})"
        return f"too short: {held:.4f} s ({n_samples} samples), but the run needs {least}"

    def cut(self, waveform: Waveform) -> Waveform:
        """Cut a track into segments.

        Args:
            waveform: `(T,)`.

        Returns:
            The segments `(S, length)`, a view of `waveform` if nothing is padded. S is 0 for a track that is dropped,
            and for one shorter than both `MIN_SAMPLES` and a segment, whatever the settings.
        """
        starts = self._starts(len(waveform))
        length, hop = self._steps(len(waveform))
        if not starts:
            return np.empty((0, length), dtype=np.float32)
        end = round(starts[-1]) + length
        if len(waveform) < end:
            repeated = self.short == "repeat" and len(waveform) < length
            waveform = np.pad(waveform, (0, end - len(waveform)), mode="wrap" if repeated else "constant")
        windows = np.lib.stride_tricks.sliding_window_view(waveform, length, writeable=True)  # (T - length + 1, length)
        return windows[::hop][: len(starts)]  # (S, length)
