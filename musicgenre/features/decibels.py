"""Power to decibels, for each item of a batch separately."""

import math
from numbers import Real
from typing import Literal

import torch
from torch import Tensor

from musicgenre.arguments import is_number
from musicgenre.errors import MusicGenreError

AMIN = 1e-10


def power_to_db(power: Tensor, *, ref: Literal["max"] | float = 1.0, top_db: float | None = 80.0) -> Tensor:
    """Convert to decibels relative to `ref`: `librosa.power_to_db`'s values for each item of a batch.

    Power below 1e-10 counts as 1e-10, so silence is finite.

    Args:
        power: Power spectrograms `(B, F, T)`.
        ref: The power that is 0 dB, or "max" for each item's own maximum.
        top_db: Values further than this below an item's maximum are raised to it; None to keep them.

    Example:
        >>> power_to_db(torch.tensor([[[1.0, 0.1, 0.0]]]), ref="max", top_db=80.0)
        tensor([[[  0., -10., -80.]]])
    """
    # In place where possible: allocating memory costs more than the arithmetic.
    db = power.clamp(min=AMIN).contiguous().log10_().mul_(10)
    peak = db.amax(dim=(-2, -1), keepdim=True)  # (B, 1, 1)
    if top_db is not None:
        db = torch.maximum(db, peak - top_db)
    return db - (peak if ref == "max" else 10 * math.log10(max(AMIN, ref)))


def check_decibels(ref: Literal["max"] | float, top_db: float | None) -> None:
    """Raise a `MusicGenreError` unless `ref` and `top_db` are settings that `power_to_db` can use.

    Example:
        >>> check_decibels(ref="max", top_db=-80.0)
        Traceback (most recent call last):
        ...
        musicgenre.errors.MusicGenreError: top_db is -80.0: give more than 0 dB, such as 80, or null (None) to keep all.
    """
    if ref != "max" and (not is_number(ref) or ref <= 0):
        raise MusicGenreError(f'ref is {ref!r}: set it to "max" or to a power above 0, such as 1.0.')
    if top_db is not None and not (isinstance(top_db, Real) and top_db > 0):
        raise MusicGenreError(f"top_db is {top_db!r}: give more than 0 dB, such as 80, or null (None) to keep all.")
