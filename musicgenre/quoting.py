"""Quoting of a command's words for this system's shell."""

import re
import shlex
import sys

_PLAIN = re.compile(r"[\w@%+=:./\\~-]+")  # needs no quotes on Windows


def quoted(word: str) -> str:
    """Return a word with quotes around it if the shell needs them; double quotes on Windows.

    Example:
        >>> quoted("run=outputs/mine"), len(quoted("run=my run"))
        ('run=outputs/mine', 12)
    """
    if sys.platform != "win32":
        return shlex.quote(word)
    escaped = word.replace('"', '\\"')
    return word if _PLAIN.fullmatch(word) else f'"{escaped}"'
