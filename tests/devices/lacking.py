"""A device that lacks what Apple's GPUs lack, simulated on the CPU."""

import functools
from collections.abc import Callable, Iterable
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

_WIDE = (torch.float64, torch.complex128)
# Operations without a kernel for MPS in torch 2.11, or with one only through the CPU.
_LACKING = (
    "linalg_eig", "linalg_eigh", "_linalg_eigh", "_linalg_svd", "linalg_qr", "linalg_lstsq", "geqrf", "nanmedian",
    "histogram", "_histogramdd", "mode", "logcumsumexp", "igamma",
    "fractional_max_pool2d", "_ctc_loss",
)  # fmt: skip


class LackingDevice(TorchDispatchMode):
    """Refuses tensors of 64-bit floats and missing operations."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def __torch_dispatch__(
        self, func: Any, types: Iterable[type], args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run the operation, if the device can."""
        call: Callable[..., Any] = func
        name = func.overloadpacket.__name__
        found = call(*args, **(kwargs or {}))
        wide = [leaf for leaf in tree_leaves(found) if isinstance(leaf, torch.Tensor) and leaf.dtype in _WIDE]
        if wide or name in _LACKING:
            raise TypeError(f"{name} gives {wide[0].dtype if wide else 'nothing'}: the device has no such thing")
        return found


def put_on(patch: pytest.MonkeyPatch, *methods: tuple[type, str]) -> set[str]:
    """Let methods run on such a device; return the set of those called, which fills as they are."""
    called: set[str] = set()
    for owner, name in methods:
        patch.setattr(owner, name, _on_device(f"{owner.__name__}.{name}", getattr(owner, name), called))
    return called


def _on_device(name: str, method: Callable[..., Any], called: set[str]) -> Callable[..., Any]:
    @functools.wraps(method)
    def run(*args: Any, **kwargs: Any) -> Any:
        called.add(name)
        with LackingDevice():
            return method(*args, **kwargs)

    return run
