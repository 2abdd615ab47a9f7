"""From one file to the features of its segments."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
import torch

from musicgenre.data.audio.decode import Waveform, hear
from musicgenre.data.audio.downmix import SILENT_PEAK
from musicgenre.data.audio.facts import AudioError, Facts
from musicgenre.data.audio.segments import Segmenter
from musicgenre.data.audio.stream import Stream, cut_stream
from musicgenre.data.pictures import read_picture
from musicgenre.data.store.fingerprint import hash_module
from musicgenre.errors import MusicGenreError
from musicgenre.features import FrontEnd
from musicgenre.features.picture import Mode, check_picture

_AT_A_TIME = 64  # segments of a long recording
LONGEST_WHOLE = 1800.0  # s; the spectrogram of a longer recording takes gigabytes


class FeaturesError(MusicGenreError):
    """What a front end gives is not features: its code is wrong, not the file."""


class Extracted(NamedTuple):
    """Features of one track's segments.

    Attributes:
        features: float32 `(S, C, F, T)`.
        starts: Start of each segment in s.
        seconds: Length of a segment in s (0 for a picture).
        facts: What the file is, and how much of it was heard.
    """

    features: np.ndarray
    starts: list[float]
    seconds: float
    facts: Facts = Facts()


class Extractor(Protocol):
    """Turns a file into features; `settings` names everything that the result depends on.

    One that holds the interpreter's lock, so that only processes run in parallel, sets `in_processes = True`.
    """

    @property
    def settings(self) -> str:
        """Everything that the features depend on, except the file."""

    def __call__(self, path: Path) -> Extracted:
        """Compute features of the file's segments; raise `MusicGenreError` with the reason if there are none."""


@dataclass(frozen=True)
class AudioExtractor:
    """Decode, cut, and run the front end over a track's segments."""

    front_end: FrontEnd
    segmenter: Segmenter
    sample_rate: int

    @property
    def settings(self) -> str:
        """The settings of the front end and the segmenter."""
        return f"{hash_module(self.front_end)} {self.segmenter!r} {self.sample_rate}"

    def __call__(self, path: Path) -> Extracted:
        """Compute features of one audio file.

        Raises:
            AudioError: The file cannot be used; the message is the reason.
            FeaturesError: The front end does not return features.
        """
        if self.segmenter.length is None:
            waveform, facts = hear(path, self.sample_rate, self.segmenter.downmix, LONGEST_WHOLE)
            return self.of_waveform(waveform, facts)
        with Stream(path, self.sample_rate, self.segmenter.downmix, block_seconds=None) as stream:
            blocks = iter(stream)
            first, second = next(blocks, np.empty(0, np.float32)), next(blocks, None)
            if second is None:
                return self.of_waveform(first, stream.facts)
            return self._long(stream, chain((first, second), blocks))

    def of_waveform(self, waveform: Waveform, facts: Facts) -> Extracted:
        """Compute features of a waveform `(T,)`, all at once; `facts` say what it is."""
        segments = self.segmenter.cut(waveform)  # (S, length)
        if not len(segments):
            raise AudioError(self._too_short(len(waveform)), facts)
        starts = self.segmenter.starts(len(waveform))
        facts = replace(facts, silent=_n_silent(segments))
        return Extracted(self._features(segments), starts, segments.shape[1] / self.sample_rate, facts)

    def _long(self, stream: Stream, blocks: Iterable[Waveform]) -> Extracted:
        """Compute features of a recording too long for memory, some segments at a time, reading it to its end."""
        cut = cut_stream(blocks, self.segmenter)
        wanted = islice(cut, self.segmenter.max_segments)
        starts, found, silent = list[float](), [], 0
        while batch := list(islice(wanted, _AT_A_TIME)):
            starts += [start for start, _ in batch]
            segments = np.stack([wave for _, wave in batch])
            silent += _n_silent(segments)
            found.append(self._features(segments))
        for _ in cut:  # truncation is detected only at the end
            pass
        if not found:
            raise AudioError(self._too_short(round(stream.facts.heard * self.sample_rate)), stream.facts)
        length = self.segmenter.n_samples or 0
        facts = replace(stream.facts, silent=silent)
        return Extracted(np.concatenate(found), starts, length / self.sample_rate, facts)

    def _too_short(self, n_samples: int) -> str:
        return f"{self.segmenter.too_short(n_samples)}: see segments.length and segments.short (length, short)"

    def _features(self, segments: Waveform) -> np.ndarray:
        with torch.inference_mode():
            found = self.front_end(torch.from_numpy(segments))
            _require_features(found, self.front_end, *segments.shape)
            features: np.ndarray = found.float().numpy()  # (S, C, F, T)
        return features


def _n_silent(segments: Waveform) -> int:
    """Count the segments `(S, length)` that `predict` leaves out as silent."""
    few = np.ptp(segments[:, ::64], axis=1) <= 2 * SILENT_PEAK  # nearly all others are told by these samples alone
    return int((np.ptp(segments[few], axis=1) <= 2 * SILENT_PEAK).sum()) if few.any() else 0


def _require_features(found: object, front_end: FrontEnd, n_segments: int, n_samples: int) -> None:
    """Raise an error unless a front end has returned real features of the shape that it states."""
    name = type(front_end).__name__
    if not isinstance(found, torch.Tensor):
        raise FeaturesError(
            f"{name} returns an object of class {type(found).__name__}: return a torch.Tensor (B, C, F, frames)."
        )
    if found.is_complex():
        raise FeaturesError(
            f"{name} returns complex numbers ({found.dtype}), but features are real: take their magnitude, .abs(), or "
            "real and imaginary part as two channels."
        )
    stated = (n_segments, *front_end.output_shape(n_samples))
    if found.shape != stated:
        raise FeaturesError(
            f"{name} returns {tuple(found.shape)} for {n_segments} waveforms of {n_samples} samples, but by its "
            f"output_shape they give (B, C, F, frames) = {stated}: correct forward or output_shape."
        )


@dataclass(frozen=True)
class PictureExtractor:
    """Read a picture at one size, grey or in colour.

    Attributes:
        size: Height and width in pixels, whatever the file's own.
        mode: "L" for one grey channel, "RGB" for three; a grey file gives three equal ones.
    """

    size: tuple[int, int]
    mode: Mode = "L"

    def __post_init__(self) -> None:
        """Check the settings.

        Raises:
            MusicGenreError: The size or the mode is invalid.
        """
        check_picture(self.size, self.mode)

    @property
    def settings(self) -> str:
        """The pictures' size and colours."""
        return f"{type(self).__name__} {self.size[0]} {self.size[1]} {self.mode}"

    def __call__(self, path: Path) -> Extracted:
        """Read one picture as the single segment of its track.

        Raises:
            PictureError: The file cannot be used; the message is the reason.
        """
        height, width = self.size
        pixels = read_picture(path, (height, width), self.mode)[None]  # (1, C, H, W)
        return Extracted(pixels, [0.0], 0.0, Facts(path.suffix.lstrip(".").upper()))
