"""Ctrl-C at any time: some libraries swallow it while they are loaded, and then fail as they are only half loaded."""

import _thread
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from musicgenre.errors import InterruptedRunError
from musicgenre.signals import ENDING, answers

_pressed = threading.Event()
_AGAIN = 0.05  # s


@contextmanager
def heeded() -> Iterator[None]:
    """Record in the block whether Ctrl-C was pressed, or a signal like it came; it raises `KeyboardInterrupt` as usual.

    Where Ctrl-C is ignored, as by a job in the background of a script, only those signals come.
    """
    _pressed.clear()
    before = signal.getsignal(signal.SIGINT)
    elsewhere = before not in (signal.default_int_handler, signal.SIG_IGN)
    if elsewhere or threading.current_thread() is not threading.main_thread():
        yield
        return

    def press(number: int, frame: FrameType | None) -> None:
        _pressed.set()
        signal.default_int_handler(number, frame)

    def unraisable(lost: "sys.UnraisableHookArgs") -> None:
        """Interrupt again if the interrupt was lost: in a call from C, or while an object was deleted."""
        if issubclass(lost.exc_type, KeyboardInterrupt):
            threading.Timer(_AGAIN, _press_again).start()
        else:
            hook(lost)

    if before != signal.SIG_IGN:
        signal.signal(signal.SIGINT, press)
    answers.append(press)
    hook, sys.unraisablehook = sys.unraisablehook, unraisable
    try:
        yield
    finally:
        sys.unraisablehook = hook
        answers.pop()
        signal.signal(signal.SIGINT, before)


def _press_again() -> None:
    """Interrupt the main thread; where the system supports it, even while it sleeps or waits."""
    main = threading.main_thread().ident
    signals = signal.SIGINT, *ENDING
    heard = next((number for number in signals if signal.getsignal(number) is answers[-1]), signal.SIGINT)
    if hasattr(signal, "pthread_kill") and main is not None:
        signal.pthread_kill(main, heard)
    else:
        _thread.interrupt_main(heard)


def interrupted(error: BaseException) -> bool:
    """Return whether Ctrl-C caused an exception, such as the SystemExit that Lightning raises then."""
    return _pressed.is_set() or any(isinstance(one, KeyboardInterrupt | InterruptedRunError) for one in _behind(error))


def _behind(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and its causes, each once: one that was raised twice can be its own cause."""
    found: BaseException | None = error
    seen = set[int]()
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        yield found
        found = found.__cause__ or found.__context__


def forget() -> None:
    """Make Python exit with the given exit status.

    If an `exec` of a text was interrupted, Python would otherwise send itself the signal again when it exits.
    """
    exec("")
