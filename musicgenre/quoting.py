"""Words of a command, as the shell of this system reads them."""

import re
import shlex
import sys

_PLAIN = re.compile(r"[\w@%+=:./\\~-]+")  # what needs no quotes on Windows


def quoted(word: str) -> str:
    """Return a word with quotes around it where a shell would read something else in it; on Windows double ones.

    Example:
        >>> quoted("run=outputs/mine"), len(quoted("run=my run"))
        ('run=outputs/mine', 12)
    """
    if sys.platform != "win32":
        return shlex.quote(word)
    escaped = word.replace('"', '\\"')
    return word if _PLAIN.fullmatch(word) else f'"{escaped}"'
