"""What was probably meant by a mistyped word."""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(word: str, known: Iterable[str], most: int = 1) -> str:
    """Return a question to end a message with, a space before it; nothing where no known word is near.

    Args:
        word: The mistyped word; upper and lower case count as one.
        known: The words there are.
        most: How many of them to name at most.

    Example:
        >>> did_you_mean("Hip-Hop", ["blues", "hiphop"]), did_you_mean("polka", ["blues", "hiphop"])
        (' Did you mean hiphop?', '')
    """
    by_lower = {name.lower(): name for name in known}
    close = [by_lower[match] for match in get_close_matches(word.lower(), by_lower, n=most)]
    return f" Did you mean {' or '.join(close)}?" if close else ""
