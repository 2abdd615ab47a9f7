"""What every front end has in common: waveforms in, features out, a shape known beforehand."""

from abc import ABC, abstractmethod
from typing import Literal

import torch
from torch import Tensor, nn

from musicgenre.errors import MusicGenreError
from musicgenre.parts import Remembers


class FrontEnd(Remembers, nn.Module, ABC):
    """A module from waveforms `(B, T)` to features `(B, C, F, frames)`, on the waveforms' device.

    What a front end is like is said by attributes of its class, and nothing asks for a class by its name.

    Attributes:
        reads: The kinds of corpus it takes: "audio", "picture" (files in place of its features) or "table".
        one_size: Whether waveforms of any length give features of one size.
        slow: Whether its features are worth computing in several processes, and keeping file by file.
        top_is_high: Whether row 0 of the features is the highest frequency, as in a picture.
        bins: What the F axis counts, as a figure's label.
        sample_rate: The rate its waveforms must have, in Hz.

    Example:
        >>> class Power(FrontEnd):
        ...     def forward(self, waveform):
        ...         return waveform.square().mean(-1)[:, None, None, None]
        ...     def output_shape(self, n_samples):
        ...         return 1, 1, 1
        >>> Power(22050)(torch.ones(2, 100)).shape
        torch.Size([2, 1, 1, 1])
    """

    reads: tuple[str, ...] = ("audio",)
    one_size: bool = False
    slow: bool = False
    top_is_high: bool = False
    bins: str = "mel bin"
    picture_mode: Literal["L", "RGB"] = "L"

    def __init__(self, sample_rate: int = 22050) -> None:
        super().__init__()
        if sample_rate <= 0:
            raise MusicGenreError(f"sample_rate is {sample_rate} Hz: give the waveforms' rate, e.g. 22050.")
        self.sample_rate = sample_rate

    @property
    def picture_size(self) -> tuple[int, int]:
        """Height and width in pixels of the pictures that it takes in place of waveforms.

        Raises:
            MusicGenreError: It takes none.
        """
        raise MusicGenreError(f"{type(self).__name__} takes no pictures: choose features=picture or mel_image.")

    @abstractmethod
    def forward(self, waveform: Tensor) -> Tensor:
        """Turn waveforms `(B, T)` into features `(B, C, F, frames)`, without writing to them: segments overlap."""

    @abstractmethod
    def output_shape(self, n_samples: int) -> tuple[int, int, int]:
        """Return the shape `(C, F, frames)` that a waveform of `n_samples` gives, without running it."""


def bins_of(front_end: nn.Module | None, kind: str = "picture") -> str:
    """Say what the F axis of a net's input counts, for a figure's label.

    Args:
        front_end: What makes features of waveforms; None where the features come from files.
        kind: Of those files: "picture" or "table".

    Example:
        >>> bins_of(None, "table")
        'feature'
    """
    if front_end is None:
        return "feature" if kind == "table" else "row from below"
    return str(getattr(front_end, "bins", "bin"))


def require_waveform(waveform: Tensor) -> None:
    """Raise a `MusicGenreError` unless `waveform` is a float32 batch `(B, T)`.

    Example:
        >>> require_waveform(torch.zeros(22050))
        Traceback (most recent call last):
        ...
        musicgenre.errors.MusicGenreError: a front end takes float32 waveforms (B, T), not torch.float32 (22050,); ...
    """
    if waveform.ndim != 2 or waveform.dtype != torch.float32:
        raise MusicGenreError(
            f"a front end takes float32 waveforms (B, T), not {waveform.dtype} {tuple(waveform.shape)}; "
            "give a mono batch in full precision: waveform[None].float() for a single track."
        )
