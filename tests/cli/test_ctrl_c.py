import pytest

from musicgenre.cli.ctrl_c import interrupted


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
