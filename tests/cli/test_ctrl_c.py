import contextlib
import signal
import time
from typing import Any

import pytest

from musicgenre.__main__ import main
from musicgenre.cli.ctrl_c import heeded, interrupted
from musicgenre.signals import ended_as_by_ctrl_c


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
    inner.__context__, outer.__cause__ = outer, inner  # as when an error's cause is raised in its place
    assert not interrupted(inner)


SENT = pytest.mark.parametrize(
    ("number", "ctrl_c"),
    [
        (signal.SIGINT, signal.default_int_handler),
        (signal.SIGTERM, signal.default_int_handler),
        (signal.SIGTERM, signal.SIG_IGN),  # as in a job in the background of a script
    ],
)


class Deaf:
    def __init__(self, number: int) -> None:
        self.number = number

    def __del__(self) -> None:
        signal.raise_signal(self.number)


@SENT
def test_ctrl_c_that_a_library_swallows_comes_again(number: int, ctrl_c: Any) -> None:
    before = signal.signal(signal.SIGINT, ctrl_c)
    try:
        with pytest.raises(KeyboardInterrupt), heeded(), ended_as_by_ctrl_c():
            deaf = Deaf(number)
            del deaf  # Python only prints what is raised here
            time.sleep(5)
        assert signal.getsignal(signal.SIGINT) == ctrl_c
    finally:
        signal.signal(signal.SIGINT, before)


@SENT
def test_ctrl_c_of_which_a_library_makes_another_error_is_answered(
    number: int, ctrl_c: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def half_there() -> int:
        with ended_as_by_ctrl_c(), contextlib.suppress(KeyboardInterrupt):
            signal.raise_signal(number)
        raise AttributeError("'NoneType' object has no attribute 'flags'")

    monkeypatch.setattr("musicgenre.__main__._main", half_there)
    before = signal.signal(signal.SIGINT, ctrl_c)
    try:
        assert main() == 130
        assert capsys.readouterr().err == "Interrupted.\n"
        monkeypatch.setattr("musicgenre.__main__._main", lambda: 1 // 0)
        with pytest.raises(ZeroDivisionError):  # the command was not interrupted
            main()
    finally:
        signal.signal(signal.SIGINT, before)
