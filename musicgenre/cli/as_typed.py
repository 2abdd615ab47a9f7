"""Commands as the user has to type them, such as after `uv run` in a clone."""

import os
import sys

from musicgenre.quoting import quoted


def as_typed(command: str) -> str:
    """Return a command as it has to be typed where this one was: after `uv run`, or with `python -m`.

    Example:
        >>> as_typed("musicgenre report runs=multirun").endswith("musicgenre report runs=multirun")
        True
    """
    own = "--config-dir=" in command and sys.platform != "win32"
    path = os.environ.get("PYTHONPATH") if own else None  # for the user's own classes
    words = [f"PYTHONPATH={quoted(path)}"] if path else []
    words += ["uv run"] if os.environ.get("UV_RUN_RECURSION_DEPTH") else []  # set by uv for what it runs
    words += ["python -m"] if sys.orig_argv[1:3] == ["-m", "musicgenre"] else []
    return " ".join([*words, command])
