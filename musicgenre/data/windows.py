"""Windows of a segment's features: drawn at random in training, side by side and overlapping in tests."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from musicgenre.arguments import plain
from musicgenre.errors import MusicGenreError


@dataclass(frozen=True)
class Windows:
    """How segments `(C, F, T)` (pictures, whole tracks) are divided into windows along time.

    Attributes:
        share: Length of a window, as a share of a segment's frames, above 0 and below 1.
        overlap: Minimum share of a window that the next one repeats when a whole segment is covered, in [0, 1).
        drawn: Windows drawn from each training segment per epoch.

    Raises:
        MusicGenreError: A setting is invalid.

    Example:
        >>> windows = Windows(0.4, overlap=0.5)
        >>> windows.frames(180), window_starts(180, windows.frames(180), windows.overlap)
        (72, [0, 36, 72, 108])
    """

    share: float
    overlap: float = 0.5
    drawn: int = 1

    def __post_init__(self) -> None:
        if not 0 < self.share < 1:
            raise MusicGenreError(
                f"segments.window is {self.share}: give a share of a segment above 0 and below 1, such as 0.3, or null "
                "(None) for whole segments."
            )
        if not 0 <= self.overlap < 1:
            raise MusicGenreError(f"segments.window_overlap is {self.overlap}: give a share from 0 to below 1.")
        if self.drawn < 1:
            raise MusicGenreError(f"segments.windows is {self.drawn}: give a whole number of at least 1.")
        for name in ("share", "overlap", "drawn"):
            object.__setattr__(self, name, plain(getattr(self, name)))

    def frames(self, n_frames: int) -> int:
        """Return the length of a window of a segment of `n_frames` frames.

        Raises:
            MusicGenreError: The segment has too few frames for a window.
        """
        frames = max(1, round(self.share * n_frames))
        if frames >= n_frames:
            raise MusicGenreError(
                f"segments.window={self.share} takes a part of a segment's frames, but these features have only "
                f"{n_frames}: give segments.window=null (None)."
            )
        return frames

    def draw(self, x: Tensor) -> Tensor:
        """Cut a window `(B, C, F, frames)` out of each of `(B, C, F, T)`, at random positions."""
        n, channels, bins, n_frames = x.shape
        frames = self.frames(n_frames)
        first = torch.randint(n_frames - frames + 1, (n, 1), device=x.device)
        at = first + torch.arange(frames, device=x.device)  # (B, frames)
        return x.gather(3, at[:, None, None, :].expand(n, channels, bins, frames))


def cover(x: Tensor, frames: int, overlap: float) -> Tensor:
    """Cut inputs `(B, C, F, T)` into the windows `(B, S, C, F, frames)` that cover them; see `window_starts`."""
    return torch.stack([x[..., at : at + frames] for at in window_starts(x.shape[-1], frames, overlap)], dim=1)


def window_starts(n_frames: int, frames: int, overlap: float) -> list[int]:
    """Place as few windows as cover a whole segment with at least this overlap, evenly.

    Example:
        >>> window_starts(10, 4, 0.5), window_starts(10, 4, 0.0), window_starts(4, 4, 0.5)
        ([0, 2, 4, 6], [0, 3, 6], [0])
    """
    step = max(1.0, round(frames * (1 - overlap), 9))  # 10 * (1 - 0.8) is 1.9999999999999996
    steps = math.ceil((n_frames - frames) / step)
    return [round(place * (n_frames - frames) / steps) for place in range(steps + 1)] if steps > 0 else [0]
