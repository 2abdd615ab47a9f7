import contextlib
import signal
import time

import pytest

from musicgenre.__main__ import main
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
    inner.__context__, outer.__cause__ = outer, inner  # as when an error's cause is raised in its place
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


def test_ctrl_c_of_which_a_library_makes_another_error_is_answered(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def half_there() -> int:
        with contextlib.suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        raise AttributeError("'NoneType' object has no attribute 'flags'")

    monkeypatch.setattr("musicgenre.__main__._main", half_there)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        assert main() == 130
        assert capsys.readouterr().err == "Interrupted.\n"
        monkeypatch.setattr("musicgenre.__main__._main", lambda: 1 // 0)
        with pytest.raises(ZeroDivisionError):  # the command was not interrupted
            main()
    finally:
        signal.signal(signal.SIGINT, before)
