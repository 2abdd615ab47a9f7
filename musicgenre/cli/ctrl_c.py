"""Ctrl-C, wherever it comes: while libraries are loaded, some swallow it and fail over what is half there."""

import _thread
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from musicgenre.errors import InterruptedRunError

_pressed = threading.Event()
_AGAIN = 0.05  # s


@contextmanager
def heeded() -> Iterator[None]:
    """Remember in the block that Ctrl-C was pressed; it raises `KeyboardInterrupt` as ever."""
    _pressed.clear()
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.default_int_handler or threading.current_thread() is not threading.main_thread():
        yield  # somebody else answers it, or nobody shall
        return

    def press(number: int, frame: FrameType | None) -> None:
        _pressed.set()
        signal.default_int_handler(number, frame)

    def unraisable(lost: "sys.UnraisableHookArgs") -> None:
        """Press once more where the interrupt was lost: called from C, or while an object was deleted."""
        if issubclass(lost.exc_type, KeyboardInterrupt):
            threading.Timer(_AGAIN, _press_again).start()
        else:
            hook(lost)

    signal.signal(signal.SIGINT, press)
    hook, sys.unraisablehook = sys.unraisablehook, unraisable
    try:
        yield
    finally:
        sys.unraisablehook = hook
        signal.signal(signal.SIGINT, before)


def _press_again() -> None:
    """Interrupt the main thread, where the system can while it sleeps or waits, too."""
    main = threading.main_thread().ident
    if hasattr(signal, "pthread_kill") and main is not None:
        signal.pthread_kill(main, signal.SIGINT)
    else:
        _thread.interrupt_main()


def interrupted(error: BaseException) -> bool:
    """Return whether Ctrl-C is what an exception comes from: Lightning leaves with SystemExit then."""
    return _pressed.is_set() or any(isinstance(one, KeyboardInterrupt | InterruptedRunError) for one in _behind(error))


def _behind(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and those it comes from, each once: one that was raised twice can come from itself."""
    found: BaseException | None = error
    seen = set[int]()
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        yield found
        found = found.__cause__ or found.__context__


def forget() -> None:
    """Let Python leave with the exit status that it is given.

    Where `exec` of a text was interrupted, it would send itself the signal again at its end.
    """
    exec("")
