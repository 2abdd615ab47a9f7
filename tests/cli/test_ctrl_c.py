import signal
import time

import pytest

from musicgenre.cli.ctrl_c import heeded, interrupted


def test_ctrl_c_is_found_behind_what_it_caused() -> None:
    with pytest.raises(ValueError, match="half there") as raised:
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt as stop:
            raise ValueError("half there") from stop
    assert interrupted(raised.value)
    assert not interrupted(ValueError("whole"))


def test_an_error_that_comes_from_itself_has_an_end() -> None:
    inner, outer = ValueError("inner"), ValueError("outer")
    inner.__context__, outer.__cause__ = outer, inner  # as where the cause of an error is raised in its place
    assert not interrupted(inner)


class Deaf:
    def __del__(self) -> None:
        signal.raise_signal(signal.SIGINT)


def test_ctrl_c_that_a_library_swallows_comes_again() -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt), heeded():
            deaf = Deaf()
            del deaf  # Python only prints what is raised here
            time.sleep(5)
    finally:
        signal.signal(signal.SIGINT, before)
