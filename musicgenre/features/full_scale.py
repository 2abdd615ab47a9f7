"""Convert samples of any type to floats in which 1 is full scale, as in audio libraries."""

import torch
from torch import Tensor

from musicgenre.errors import MusicGenreError

LOUDEST = 2.0**32  # unscaled 32-bit integers in floats stay below; squares and their sums stay finite


def full_scale(samples: Tensor) -> Tensor:
    """Return samples of any shape as float32; float32 is returned unchanged.

    Floats keep their values. Integers are divided by half of their range, so that int16 becomes [-1, 1); unsigned ones
    have their zero in the middle of it.

    Raises:
        MusicGenreError: They are bool, complex or quantized.

    Example:
        >>> full_scale(torch.tensor([0, 64, 128, 255], dtype=torch.uint8))
        tensor([-1.0000, -0.5000,  0.0000,  0.9922])
        >>> full_scale(torch.tensor([-32768, 16384], dtype=torch.int16))
        tensor([-1.0000,  0.5000])
    """
    kind = samples.dtype
    if kind == torch.float32:
        return samples
    if kind.is_floating_point:
        return samples.float()
    if kind == torch.bool or kind.is_complex or samples.is_quantized:
        name = str(kind).removeprefix("torch.")
        raise MusicGenreError(
            f"A waveform cannot be {name}: give real samples, as floats in [-1, 1] or integers of their full range."
        )
    half = 2.0 ** (8 * kind.itemsize - 1)
    wide = samples.float() if samples.device.type == "mps" else samples.double()  # MPS has no float64
    return ((wide if kind.is_signed else wide - half) / half).float()


def require_finite(samples: Tensor) -> None:
    """Raise an error if samples `(B, T)` hold NaN or infinity, or are so loud that their spectrum would.

    Nothing is checked while a graph is traced, since it cannot branch on a tensor's values.

    Raises:
        MusicGenreError: They do; the message names the first.

    Example:
        >>> require_finite(torch.tensor([[0.0, 0.5], [0.0, float("nan")]]))
        Traceback (most recent call last):
        ...
        musicgenre.errors.MusicGenreError: Waveform 1 of the batch holds nan at sample 1 (1 of 2 samples are ...
    """
    if not samples.numel() or samples.is_meta or torch.compiler.is_compiling() or torch.compiler.is_exporting():
        return
    low, high = samples.detach().aminmax()
    if float(torch.maximum(-low, high)) <= LOUDEST:  # false for NaN
        return
    item = int((~(samples.detach().abs().amax(dim=1) <= LOUDEST)).nonzero()[0])
    wrong = (~(samples[item].detach().abs() <= LOUDEST)).nonzero().flatten()
    found, place = float(samples[item, wrong[0]]), int(wrong[0])
    raise MusicGenreError(
        f"Waveform {item} of the batch holds {found:.3g} at sample {place} ({len(wrong)} of {samples.shape[1]} samples "
        "are NaN, infinite or louder than any audio, whose full scale is 1): repair it, or leave it out."
    )
