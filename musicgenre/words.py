"""Counted nouns and their verbs, p-values, and artists' names: which are known, and a form for comparison."""

import re
from unicodedata import combining, normalize

_NOBODY = {"compilation", "compilations", "n a", "nan", "none", "null", "unknown", "unknown artist", "unknown artists"}
_NOBODY |= {"v a", "va", "various", "various artist", "various artists"}
_GUEST_WORD = r"(?:feat|ft|featuring)(?:\.\s*|\s+)"
_GUEST_IN_BRACKETS = rf"\s*[(\[]\s*{_GUEST_WORD}[^)\]]*[)\]]?"
_GUEST = re.compile(rf"{_GUEST_IN_BRACKETS}|\s{_GUEST_WORD}(?!{_GUEST_WORD}|&|and\b)\S.*")  # Little Feat has none
_NO_NAME = re.compile(r"[-\u2013\u2014?._/\s]*|<NA>")  # and not !!!, which is a band


def counted(count: int, what: str) -> str:
    """Return a number with its noun, in the regular plural if needed.

    Example:
        >>> counted(1, "run"), counted(3, "copy of a file"), counted(0, "track")
        ('1 run', '3 copies of a file', '0 tracks')
    """
    word, space, rest = what.partition(" ")
    several = f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"
    return f"{count} {word if count == 1 else several}{space}{rest}"


def are(count: int) -> str:
    """Return the verb that follows a number of things.

    Example:
        >>> f"1 {are(1)} missing, and 2 {are(2)} there twice"
        '1 is missing, and 2 are there twice'
    """
    return "is" if count == 1 else "are"


def p_text(value: float) -> str:
    """Return a p-value as text, which is never 0.

    Example:
        >>> p_text(0.0312), p_text(1e-9)
        ('0.031', '< 0.001')
    """
    return f"{value:.3f}" if value >= 0.0005 else "< 0.001"


def known_artist(name: object) -> str | None:
    """Return an artist's name with single spaces; None for one that stands for nobody, or for several.

    Args:
        name: A name or number, or what a table has in place of one: None, NaN, "unknown".

    Example:
        >>> known_artist("Miles  Davis "), known_artist("Unknown Artist"), known_artist("V/A"), known_artist("!!!")
        ('Miles Davis', None, None, '!!!')
        >>> known_artist(float("nan")), known_artist(17)
        (None, '17')
    """
    clean = " ".join(str(name).split())
    words = re.sub(r"[\W_]+", " ", clean.casefold()).strip()
    return None if words in _NOBODY or _NO_NAME.fullmatch(clean) else clean


def artist_group(artist: str) -> str:
    """Reduce an artist's name to what its spellings have in common (merging two artists by mistake leaks nothing).

    Args:
        artist: A name, or the number of a group.

    Returns:
        The name in lower case, without punctuation, accents and a guest (after feat., ft. or featuring), and with "and"
        for "&".

    Example:
        >>> artist_group("Earth, Wind & Fire") == artist_group("Earth Wind and Fire")
        True
        >>> artist_group("Anna feat. Ben"), artist_group("Little Feat")
        ('anna', 'little feat')
    """
    bare = "".join(letter for letter in normalize("NFKD", artist) if not combining(letter))
    folded = bare.casefold()
    own = _GUEST.sub("", folded).strip() or folded
    words = re.sub(r"\W+", " ", own.replace("&", " and ")).strip()
    return words or own  # a name of punctuation only, such as "!!!"
