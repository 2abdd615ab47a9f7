"""Words beside numbers."""


def counted(count: int, what: str) -> str:
    """Return a number of things, whose plural is that of most words.

    Example:
        >>> counted(1, "run"), counted(3, "copy of a file"), counted(0, "track")
        ('1 run', '3 copies of a file', '0 tracks')
    """
    word, space, rest = what.partition(" ")
    several = f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"
    return f"{count} {word if count == 1 else several}{space}{rest}"
