"""Names of genres, and spellings of one name."""

import re
from collections import defaultdict
from collections.abc import Iterable

_KNOWN = """
    blues classical country disco hiphop jazz metal pop reggae rock rap rnb soul funk electronic electronica techno
    house trance dubstep edm ambient folk punk indie alternative latin world international experimental instrumental
    soundtrack dance gospel ska salsa tango swing hardrock heavymetal newage easylistening spoken oldtimehistoric
"""


def plain_genre(name: str) -> str:
    """Return the form that a genre's spellings have in common.

    Example:
        >>> plain_genre("Hip-Hop"), plain_genre("R&B"), plain_genre("r'n'b")
        ('hiphop', 'rnb', 'rnb')
    """
    return re.sub(r"[\W_]", "", name.casefold().replace("&", "n"))


def is_genre(name: str) -> bool:
    """Return whether a folder's name is that of a common genre, so that the folder above holds genres.

    Example:
        >>> is_genre("Hip Hop"), is_genre("genres_original")
        (True, False)
    """
    return plain_genre(name) in _KNOWN.split()


def spelt_twice(genres: Iterable[str]) -> list[list[str]]:
    """List genres that differ only in case, spaces and punctuation.

    Example:
        >>> spelt_twice(["Hip-Hop", "hiphop", "jazz"])
        [['Hip-Hop', 'hiphop']]
    """
    spellings: defaultdict[str, list[str]] = defaultdict(list)
    for genre in genres:
        spellings[plain_genre(genre)].append(genre)
    return [names for names in spellings.values() if len(names) > 1]
