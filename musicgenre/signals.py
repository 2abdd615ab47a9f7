"""One way to handle all signals that end a program."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

ENDING = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))  # besides Ctrl-C
Answer = Callable[[int, FrameType | None], object]
answers: list[Answer] = [signal.default_int_handler]  # to Ctrl-C: the last one is that of the running command


@contextmanager
def ended_as_by_ctrl_c() -> Iterator[None]:
    """Treat other signals that end a program, such as at closing its terminal, like Ctrl-C, so that it cleans up.

    Ray, once it is loaded, makes SIGTERM a `SystemExit` with its number: in the block, this is the same.
    """
    there = threading.current_thread() is threading.main_thread()  # only it can set handlers
    before = {number: signal.getsignal(number) for number in ENDING if there}
    ours = {number: found for number, found in before.items() if found == signal.SIG_DFL}
    for number in ours:
        signal.signal(number, answers[-1])
    try:
        yield
    except SystemExit as stop:
        if stop.code == signal.SIGTERM:
            raise KeyboardInterrupt from stop
        raise
    finally:
        for number, found in before.items():
            if found is not None:  # None: not set by Python
                signal.signal(number, found)
