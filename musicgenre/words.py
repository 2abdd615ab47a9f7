"""Words beside numbers, and names as they are compared."""

import re
from unicodedata import combining, normalize


def counted(count: int, what: str) -> str:
    """Return a number of things, whose plural is that of most words.

    Example:
        >>> counted(1, "run"), counted(3, "copy of a file"), counted(0, "track")
        ('1 run', '3 copies of a file', '0 tracks')
    """
    word, space, rest = what.partition(" ")
    several = f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"
    return f"{count} {word if count == 1 else several}{space}{rest}"


def artist_group(artist: str) -> str:
    """Reduce an artist's name to what its spellings have in common (merging two by mistake leaks nothing).

    Args:
        artist: A name, or the number of a group.

    Returns:
        The name without upper case, punctuation, accents, and "&" for "and".

    Example:
        >>> artist_group("Earth, Wind & Fire") == artist_group("Earth Wind and Fire")
        True
    """
    bare = "".join(letter for letter in normalize("NFKD", artist) if not combining(letter))
    words = re.sub(r"\W+", " ", bare.casefold().replace("&", " and ")).strip()
    return words or artist  # a name of signs only, such as "!!!"
