"""Names of genres, and spellings of one name."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from musicgenre.data.corpus.numbering import is_year
from musicgenre.words import in_words, without_accents

_KNOWN = """
    blues classical country disco hiphop jazz metal pop reggae rock rap rnb soul funk electronic electronica techno
    house trance dubstep edm ambient folk punk indie alternative latin world international experimental instrumental
    soundtrack dance gospel ska salsa tango swing hardrock heavymetal newage easylistening spoken oldtimehistoric
"""

_A_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
_LIST = re.compile(r"\[([^][]*)]|\(([^()]*)\)|{([^{}]*)}")  # one pair of brackets around all
_ONE = re.compile(r"""\s*(?P<quote>['"]?)(?P<label>[^,;|'"]*)(?P=quote)\s*,?\s*""")


def plain_genre(name: str) -> str:
    """Return the form that a genre's spellings have in common.

    Example:
        >>> plain_genre("Hip-Hop"), plain_genre("R&B"), plain_genre("r'n'b"), plain_genre("R and B")
        ('hiphop', 'rnb', 'rnb', 'rnb')
        >>> plain_genre("Électro"), plain_genre("Sandpit")
        ('electro', 'sandpit')
    """
    name = re.sub(r"(?<![^\W_])and(?![^\W_])", "n", without_accents(name).casefold().replace("&", "n"))
    return in_words(name).replace(" ", "")


def is_genre(name: str) -> bool:
    """Return whether a folder's name is that of a common genre, so that the folder above holds genres.

    Example:
        >>> is_genre("Hip Hop"), is_genre("genres_original")
        (True, False)
    """
    return plain_genre(name) in _KNOWN.split()


def are_numbers(names: Sequence[str]) -> bool:
    """Return whether nearly all names of folders are numbers, and not decades or years: no genres, most likely.

    Example:
        >>> are_numbers(["000", "001", "155"]), are_numbers(["1970", "1980"]), are_numbers(["jazz", "2"])
        (True, False, False)
    """
    numbers = [name for name in names if name.isdecimal()]
    return len(numbers) > max(1, 0.9 * len(names)) and not all(is_year(name) for name in numbers)


def one_label(text: str) -> str:
    """Return the only element of a list, as programs write it; any other label as it is.

    Example:
        >>> one_label("['Rock']"), one_label("['Rock', 'Pop']"), one_label("Rock"), one_label("[]")
        ('Rock', "['Rock', 'Pop']", 'Rock', '')
        >>> one_label("['Rock (live)']"), one_label("[Rock] [Pop]")
        ('Rock (live)', '[Rock] [Pop]')
    """
    found = _ONE.fullmatch(_inside(text)) if _LIST.fullmatch(text) else None
    return found["label"] if found else text


def lists_several(genre: str, genres: Collection[str]) -> bool:
    """Return whether a label lists several genres: Rock;Pop, ['Rock', 'Pop'], or Rock, Pop if there are Rock and Pop.

    Args:
        genre: The label.
        genres: All labels; words before and after a comma are genres if they are among them, or common ones.

    Example:
        >>> [lists_several(genre, ()) for genre in ("Rock;Pop", "Rock, Pop", "Folk, World, & Country", "Pop/Rock")]
        [True, True, False, False]
    """
    inner = _inside(genre)
    several = [part.strip(" '\"") for part in re.split("[,;|]", inner)]
    if len(several) < 2 or not all(several):
        return False
    marked = inner != genre.strip() or re.search("[;|]", inner) is not None
    return marked or all(is_genre(part) or part in genres for part in several)


def _inside(text: str) -> str:
    """Return what is in the brackets around a text, or the text itself, without spaces at its ends."""
    found = _LIST.fullmatch(text.strip())
    return next(inner for inner in found.groups() if inner is not None).strip() if found else text.strip()


def spelt_twice(genres: Iterable[str]) -> list[list[str]]:
    """List genres that are equal as `plain_genre` writes them, without numbers and lists of several genres.

    Example:
        >>> spelt_twice(["Hip-Hop", "hiphop", "jazz", "1", "-1", "Rock;Pop", "Rock, Pop", "Electro", "Électro"])
        [['Hip-Hop', 'hiphop'], ['Electro', 'Électro']]
        >>> spelt_twice(["राम", "रम"])
        []
    """
    spellings: defaultdict[str, list[str]] = defaultdict(list)
    names = list(genres)
    for genre in names:
        if not _A_NUMBER.fullmatch(genre) and not lists_several(genre, names):
            spellings[plain_genre(genre)].append(genre)
    return [those for those in spellings.values() if len(those) > 1]
