"""Modules whose numbers are never halved, whatever the module is cast to that they are part of."""

from collections.abc import Callable
from typing import Self

import torch
from torch import Tensor, nn

_HALVES = (torch.float16, torch.bfloat16, torch.complex32)


class KeepsPrecision(nn.Module):
    """Moves and is cast as any module is, but stays as precise as it was where others are cast to half precision.

    That holds neither a spectrum nor the statistics of one, and a Trainer that trains in it casts all that a model
    holds.

    Example:
        >>> class Table(KeepsPrecision):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.register_buffer("hertz", torch.tensor([661643.0]))
        >>> Table().to(torch.bfloat16).hertz
        tensor([661643.])
    """

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        def kept(value: Tensor) -> Tensor:
            found = fn(value)
            halved = found.dtype in _HALVES and value.dtype not in _HALVES
            return value.to(found.device) if halved else found

        super()._apply(kept, recurse)  # type: ignore[no-untyped-call]
        return self
