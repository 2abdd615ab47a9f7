"""Random spans along an axis, different for each item of a batch."""

import math

import torch
from torch import Tensor


def share_of(fraction: float, size: int) -> int:
    """Return the number of places in a fraction of an axis, rounded down; 0.29 of 100 is 29, not floats' 28.999.

    Example:
        >>> share_of(0.29, 100), share_of(0.2, 128)
        (29, 25)
    """
    return math.floor(fraction * size + 1e-9)


def random_spans(widths: Tensor, size: int) -> Tensor:
    """Draw masks `(..., size)` of one span each, `widths` long, anywhere along an axis of `size`.

    Args:
        widths: Whole numbers from 0 to `size`, of any shape and float dtype.
        size: Length of the axis.

    Example:
        >>> random_spans(torch.tensor([2.0, 0.0, 5.0]), 5).sum(-1)
        tensor([2, 0, 5])
    """
    # Widths and starts in float32 whatever the features' dtype: bfloat16 cannot count beyond 256.
    starts = torch.floor(torch.rand_like(widths) * (size - widths + 1)).unsqueeze(-1)
    index = torch.arange(size, device=widths.device)
    return (index >= starts) & (index < starts + widths.unsqueeze(-1))
