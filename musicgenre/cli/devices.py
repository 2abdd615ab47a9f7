"""Whether an accelerator can be here, found out without loading PyTorch."""

import ctypes
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

from musicgenre.errors import MusicGenreError

_DRIVER = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"


def check_accelerator(wanted: object) -> None:
    """Make sure that `trainer.accelerator` is none that this machine cannot have.

    What may be there is left to PyTorch, which finds out when the work begins.

    Raises:
        MusicGenreError: It has no such device.
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
    """Tell whether the driver shows a device; asking it for more would forbid the process to fork later."""
    if "rocm" in version("torch") or Path("/dev/kfd").exists():  # AMD's, which PyTorch calls cuda too
        return True
    if os.environ.get("CUDA_VISIBLE_DEVICES", "0") in ("", "-1"):
        return False
    try:
        ctypes.CDLL(_DRIVER)
    except OSError:
        return False
    return True
