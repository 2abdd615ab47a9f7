"""The line of the user's own code where an error arose, for a message without a traceback."""

import sys
import traceback
from pathlib import Path
from types import FrameType

_INSTALLED = {"site-packages", "dist-packages"}
_NOT_OWN = {"musicgenre", *sys.stdlib_module_names}


def at_own_line(error: BaseException) -> str:
    """Return the innermost line of the user's own code that led to an error, such as ", in own/net.py:12".

    The files of musicgenre, of Python itself and of installed packages are not the user's. It is empty if no line is.

    Example:
        >>> at_own_line(ValueError("never raised"))
        ''
    """
    lines = [(frame, number) for frame, number in traceback.walk_tb(error.__traceback__) if _is_own(frame)]
    if not lines:
        return ""
    code, number = lines[-1][0].f_code, lines[-1][1]
    there = Path(code.co_filename).is_file()  # not so for a notebook's cell
    return f", in {code.co_filename}:{number}" if there else f", in line {number} of {code.co_qualname}"


def _is_own(frame: FrameType) -> bool:
    package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
    return package not in _NOT_OWN and _INSTALLED.isdisjoint(Path(frame.f_code.co_filename).parts)
