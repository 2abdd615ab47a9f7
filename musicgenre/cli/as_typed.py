"""Commands as they have to be typed: in a clone behind `uv run`."""

import os
import sys

from musicgenre.quoting import quoted


def as_typed(command: str) -> str:
    """Return a command as it has to be typed where this one was: behind `uv run`, or as Python's `-m`.

    Example:
        >>> as_typed("musicgenre report runs=multirun").endswith("musicgenre report runs=multirun")
        True
    """
    own = "--config-dir=" in command and sys.platform != "win32"
    path = os.environ.get("PYTHONPATH") if own else None  # where its classes are
    words = [f"PYTHONPATH={quoted(path)}"] if path else []
    words += ["uv run"] if os.environ.get("UV_RUN_RECURSION_DEPTH") else []  # which uv sets for what it runs
    words += ["python -m"] if sys.orig_argv[1:3] == ["-m", "musicgenre"] else []
    return " ".join([*words, command])
