"""The base class of front ends: waveforms in, features out, a shape known in advance."""

from abc import ABC, abstractmethod
from typing import Literal

import torch
from torch import Tensor, nn

from musicgenre.arguments import is_number, plain
from musicgenre.errors import MusicGenreError, NotThereError, SaysWhy
from musicgenre.features.full_scale import full_scale, require_finite
from musicgenre.features.precision import KeepsPrecision
from musicgenre.parts import Remembers


class FrontEnd(Remembers, SaysWhy, KeepsPrecision, ABC):
    """A module from waveforms `(B, T)` to features `(B, C, F, frames)`, on the waveforms' device.

    Called with samples of any type, it passes `forward` float32 in which 1 is full scale, see `as_waveform`: integers
    are scaled; NaN, waveforms without samples, and anything but a batch are refused. An empty batch gives no features.
    Its own numbers keep their precision when the model that contains it is cast to half.

    Attributes of its class describe a front end; nothing checks for a class by name.

    Attributes:
        reads: The kinds of corpus it takes: "audio", "picture" (files in place of its features) or "table".
        one_size: Whether waveforms of any length give features of one size.
        slow: Whether its features are worth computing in several processes, and caching file by file.
        traceable: Whether torch can write it into the graph of an exported file.
        top_is_high: Whether row 0 of the features is the highest frequency, as in a picture.
        bins: What the F axis counts, for a figure's label.
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
    traceable: bool = True
    top_is_high: bool = False
    bins: str = "mel bin"
    picture_mode: Literal["L", "RGB"] = "L"

    def __init__(self, sample_rate: int = 22050) -> None:
        super().__init__()
        self.sample_rate = plain(sample_rate)
        if not is_number(sample_rate) or sample_rate <= 0:
            raise MusicGenreError(f"sample_rate is {self.sample_rate!r} Hz: give the waveforms' rate, e.g. 22050.")

    @property
    def picture_size(self) -> tuple[int, int]:
        """Height and width in pixels of the pictures that it takes in place of waveforms.

        Raises:
            NotThereError: It takes none.
        """
        fitting = "features=picture or mel_image (Picture, MelImage)"
        raise NotThereError(f"{type(self).__name__} takes no pictures: choose {fitting}.")

    def __call__(self, waveform: Tensor) -> Tensor:
        """Check waveforms `(B, T)`, then turn them into features, as `forward` does.

        Raises:
            MusicGenreError: They are not waveforms.
        """
        samples = as_waveform(waveform)
        if not torch.compiler.is_exporting() and "audio" in self.reads and not len(samples):
            return samples.new_zeros(0, *self.output_shape(samples.shape[1]))
        features: Tensor = super().__call__(samples)
        return features

    @abstractmethod
    def forward(self, waveform: Tensor) -> Tensor:
        """Turn waveforms `(B, T)` into features `(B, C, F, frames)`, without modifying them: segments overlap."""

    def expecting(self, n_samples: int) -> "FrontEnd":
        """Return the front end for a model whose training rows each cover this many samples: by default, itself.

        It matters for features that include a waveform's length, which depends on how it was cut, not on the music.
        """
        return self

    @abstractmethod
    def output_shape(self, n_samples: int) -> tuple[int, int, int]:
        """Return the shape `(C, F, frames)` that a waveform of `n_samples` gives, without running it."""


def bins_of(front_end: nn.Module | None, kind: str = "picture") -> str:
    """Return what the F axis of a net's input counts, for a figure's label.

    Args:
        front_end: The front end; None if the features come from files.
        kind: Kind of those files: "picture" or "table".

    Example:
        >>> bins_of(None, "table")
        'feature'
    """
    if front_end is None:
        return "feature" if kind == "table" else "row from the bottom"
    return str(getattr(front_end, "bins", "bin"))


def hertz_of(front_end: nn.Module | None) -> list[float] | None:
    """Return the centre of each bin of a net's input in Hz, for a figure's axis; None if bins are not frequencies.

    Example:
        >>> from musicgenre.features import LogMel
        >>> [round(hertz) for hertz in hertz_of(LogMel(22050, n_mels=4))]
        [665, 1407, 2794, 5550]
        >>> hertz_of(None) is None
        True
    """
    return getattr(front_end, "hertz", None)


def as_waveform(waveform: Tensor) -> Tensor:
    """Return a batch of waveforms `(B, T)` of any sample type as float32, full scale 1; `B` may be 0.

    Raises:
        MusicGenreError: It is not such a batch, has no samples, or one that is invalid.

    Example:
        >>> as_waveform(torch.tensor([[16384, -32768]], dtype=torch.int16))
        tensor([[ 0.5000, -1.0000]])
        >>> as_waveform(torch.zeros(22050))
        Traceback (most recent call last):
        ...
        musicgenre.errors.MusicGenreError: A front end takes waveforms (B, T) in a torch tensor, not a Tensor ...: ...
    """
    if not isinstance(waveform, Tensor) or waveform.ndim != 2:
        raise _no_waveforms(waveform)
    if waveform.layout != torch.strided:
        raise MusicGenreError("A front end takes dense waveforms, not sparse ones: give waveform.to_dense().")
    require_samples(waveform.shape[1])
    samples = full_scale(waveform)
    require_finite(samples)
    return samples


def _no_waveforms(given: object) -> MusicGenreError:
    """Return the error for what is no batch of waveforms, with what to write instead."""
    shape = tuple(getattr(given, "shape", ()))
    pandas = ".to_numpy()" if hasattr(given, "to_numpy") else ""
    tensor = "waveform" if isinstance(given, Tensor) else f"torch.tensor(waveform{pandas})"
    mends = {1: f"{tensor}[None] for a single track", 2: tensor, 3: f"{tensor}.mean(1) if it is (B, channels, T)"}
    mend = mends.get(getattr(given, "ndim", 1), "a row for each mono track")
    what = f"{type(given).__name__} {shape or ''}".rstrip()
    return MusicGenreError(f"A front end takes waveforms (B, T) in a torch tensor, not a {what}: give {mend}.")


def require_samples(n_samples: int, least: int = 1, why: str = "at least one sample") -> None:
    """Raise a `MusicGenreError` unless waveforms of `n_samples` are long enough for the features.

    Example:
        >>> require_samples(0)
        Traceback (most recent call last):
        ...
        musicgenre.errors.MusicGenreError: A waveform of 0 samples gives no features: they need at least one sample.
    """
    if n_samples < least:
        raise MusicGenreError(f"A waveform of {n_samples} samples gives no features: they need {why}.")
