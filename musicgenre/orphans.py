"""Helper processes that end when their parent does, however it ended."""

import os
import threading
import time

_EVERY = 1.0  # s


def end_with_parent() -> None:
    """Watch the parent process from now on, and end this one within seconds after it: called in each helper.

    Linux could send a signal instead, but at the end of the thread that started the helper.
    """
    threading.Thread(target=_watch, args=(os.getppid(),), daemon=True, name="parent").start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_EVERY)
    os._exit(1)
