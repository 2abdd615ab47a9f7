"""From one file to the features of its segments."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
import torch
from torch import nn

from musicgenre.data.audio.decode import AudioError, read_audio
from musicgenre.data.audio.segments import Segmenter
from musicgenre.data.pictures import read_picture
from musicgenre.data.store.fingerprint import hash_module
from musicgenre.features.picture import Mode, check_picture


class Extracted(NamedTuple):
    """Features of one track's segments.

    Attributes:
        features: float32 `(S, C, F, T)`.
        starts: Start of each segment in s.
        seconds: Length of a segment in s (0 for a picture).
    """

    features: np.ndarray
    starts: list[float]
    seconds: float


class Extractor(Protocol):
    """What turns a file into features; `settings` names everything that the result depends on.

    One that holds the interpreter's lock, so that only processes run side by side, says `in_processes = True`.
    """

    @property
    def settings(self) -> str:
        """Everything but the file that the features depend on."""

    def __call__(self, path: Path) -> Extracted:
        """Compute features of the file's segments; a file that gives none raises `MusicGenreError` with the reason."""


@dataclass(frozen=True)
class AudioExtractor:
    """Decode, cut, and run the front end over a track's segments."""

    front_end: nn.Module
    segmenter: Segmenter
    sample_rate: int

    @property
    def settings(self) -> str:
        """The front end's and the cutting's settings."""
        return f"{hash_module(self.front_end)} {self.segmenter!r} {self.sample_rate}"

    def __call__(self, path: Path) -> Extracted:
        """Compute features of one audio file.

        Raises:
            AudioError: The file cannot be used; the message is the reason.
        """
        waveform = read_audio(path, self.sample_rate)  # (T,)
        segments = self.segmenter.cut(waveform)  # (S, length)
        if not len(segments):
            seconds = len(waveform) / self.sample_rate
            raise AudioError(f"too short: {seconds:.2f} s gives no segment (see segments.length and segments.short)")
        with torch.inference_mode():
            features = self.front_end(torch.from_numpy(segments)).numpy()  # (S, 1, F, T)
        return Extracted(features, self.segmenter.starts(len(waveform)), segments.shape[1] / self.sample_rate)


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
        """Refuse a size that no picture has.

        Raises:
            MusicGenreError: The size or the mode is impossible.
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
        return Extracted(read_picture(path, (height, width), self.mode)[None], [0.0], 0.0)  # (1, C, H, W)
