"""Modules that are never cast to half precision, even if the module that contains them is."""

from collections.abc import Callable
from typing import Self

import torch
from torch import Tensor, nn

_HALVES = (torch.float16, torch.bfloat16, torch.complex32)


class KeepsPrecision(nn.Module):
    """Moves and is cast like any module, but keeps its precision when others are cast to half precision.

    Half precision is too coarse for spectra and their statistics, and a Trainer that uses it casts the whole model.

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
