"""The memory that freed arrays and tensors leave behind."""

import ctypes
import sys
from contextlib import suppress

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # as in glibc's malloc.h
_KEPT = 128 << 20  # bytes: of more, large networks take a third more memory than they need
_OLD_LIMIT = 32 << 20  # older versions of glibc take no more


def keep_freed_memory() -> None:
    """Make glibc reuse freed blocks of up to 128 MiB (32 in older versions) instead of returning them to the system.

    The system clears every page that it gives out again, which costs a tenth of the time of features or of training on
    the CPU. The C libraries of other systems decide this themselves: nothing happens there.
    """
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # not glibc
            library = ctypes.CDLL(None)
            if library.mallopt(_MMAP_THRESHOLD, _KEPT) or library.mallopt(_MMAP_THRESHOLD, _OLD_LIMIT):
                library.mallopt(_TRIM_THRESHOLD, _KEPT)  # alone, it would stop glibc from raising the other by itself
