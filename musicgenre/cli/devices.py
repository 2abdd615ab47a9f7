"""Whether this machine can have an accelerator, found out without loading PyTorch."""

import ctypes
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

from musicgenre.errors import MusicGenreError

_DRIVER = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"


def check_accelerator(wanted: object) -> None:
    """Make sure that `trainer.accelerator` is possible on this machine.

    Whether a possible device exists is left to PyTorch, which finds out when the work begins.

    Raises:
        MusicGenreError: This machine has no such device.
    """
    there = {"cuda": _may_have_cuda(), "mps": sys.platform == "darwin" and platform.machine() == "arm64"}
    there["gpu"] = any(there.values())
    if isinstance(wanted, str) and not there.get(wanted, True):
        found = ["cpu", *(name for name in ("cuda", "mps") if there[name])]
        raise MusicGenreError(
            f"This machine has no {wanted} device that PyTorch {version('torch')} can use (it has "
            f"{', '.join(found)}): choose trainer=auto or trainer=cpu."
        )


def _may_have_cuda() -> bool:
    """Return whether there may be a CUDA device, by its driver; asking it for devices would prevent forking later."""
    if "rocm" in version("torch") or Path("/dev/kfd").exists():  # AMD's devices, which PyTorch also calls cuda
        return True
    if os.environ.get("CUDA_VISIBLE_DEVICES", "0") in ("", "-1"):
        return False
    try:
        ctypes.CDLL(_DRIVER)
    except OSError:
        return False
    return True
