"""End helper processes when their parent ends, however it ends."""

import os
import threading
import time
from collections.abc import Callable

from musicgenre.files import is_running

_EVERY = 1.0  # s


def end_with_parent() -> None:
    """Watch the parent process and end this one within seconds after it; call it in each helper.

    Linux could send a signal instead, but already when the thread that started the helper ends.
    """
    parent = os.getppid()
    _end_once(lambda: os.getppid() != parent)


def end_with(process: int) -> None:
    """Watch a process of this machine that is not the parent, and end this one within seconds after it."""
    _end_once(lambda: not is_running(process))


def _end_once(gone: Callable[[], bool]) -> None:
    threading.Thread(target=_watch, args=(gone,), daemon=True, name="parent").start()


def _watch(gone: Callable[[], bool]) -> None:
    while not gone():
        time.sleep(_EVERY)
    os._exit(1)
