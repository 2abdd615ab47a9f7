"""End helper processes when their parent ends, however it ends."""

import os
import threading
import time

_EVERY = 1.0  # s


def end_with_parent() -> None:
    """Watch the parent process and end this one within seconds after it; call it in each helper.

    Linux could send a signal instead, but already when the thread that started the helper ends.
    """
    threading.Thread(target=_watch, args=(os.getppid(),), daemon=True, name="parent").start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_EVERY)
    os._exit(1)
