"""What was probably meant by a name that is not there."""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(word: str, known: Iterable[str], count: int = 1) -> str:
    """Ask for what comes nearest, by name; say nothing where nothing is near.

    Example:
        >>> did_you_mean("smal_cnn", ["bilstm", "cnn", "small_cnn"])
        'Did you mean small_cnn?'
    """
    close = get_close_matches(word, [*known], n=count)
    return f"Did you mean {' or '.join(close)}?" if close else ""
