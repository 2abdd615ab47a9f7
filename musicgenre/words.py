"""Counted nouns and their verbs, p-values, and names: artists and genres that are known, a form for comparison."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from unicodedata import category, combining, normalize

_NAMED = 5  # most texts that a list in a sentence names
_NOTHING = {"n a", "nan", "none", "null", "unknown", "unbekannt", "inconnu", "desconocido", "sconosciuto", "неизвестно"}
_NO_GENRE = _NOTHING | {"unknown genre", "no genre", "undefined", "unbekanntes genre", "genre inconnu"}
_NO_GENRE |= {"genero desconocido", "genere sconosciuto", "неизвестныи жанр"}
_NOBODY = _NOTHING | {"compilation", "compilations", "unknown artist", "unknown artists"}
_NOBODY |= {"v a", "va", "various", "various artist", "various artists"}
_NOBODY |= {
    f"{one} {who}" for one in ("unbekannter", "verschiedene", "diverse") for who in ("interpret", "interpreten")
}
_NOBODY |= {f"{one} {who}" for one in ("unbekannter", "verschiedene", "diverse") for who in ("kunstler", "kuenstler")}
_NOBODY |= {f"{who} {one}" for who in ("artiste", "interprete") for one in ("inconnu", "inconnue")}
_NOBODY |= {"artistes divers", "divers artistes", "artistes varies", "interpretes divers"}
_NOBODY |= {"artista desconocido", "interprete desconocido", "varios artistas", "artistas varios", "varios interpretes"}
_NOBODY |= {"artista sconosciuto", "interprete sconosciuto", "artisti vari", "vari artisti", "autori vari", "aa vv"}
_NOBODY |= {"неизвестныи исполнитель", "неизвестныи артист", "разные исполнители"}  # without the breve
_GUEST_WORD = r"(?:feat|ft|featuring)(?:\.\s*|\s+)"
_GUEST_IN_BRACKETS = rf"\s*[(\[]\s*{_GUEST_WORD}[^)\]]*[)\]]?"
_GUEST = re.compile(rf"{_GUEST_IN_BRACKETS}|\s{_GUEST_WORD}(?!{_GUEST_WORD}|&|and\b)\S.*")  # Little Feat has none
_OF_LETTERS = (0, 7, 8, 9, *range(84, 133))  # combining classes of marks that tell letters apart, such as Thai's
_SELECTORS = {*map(chr, range(0xFE00, 0xFE10))}  # of a symbol's form
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


def some(texts: Sequence[str]) -> str:
    """Return texts as a list in a sentence, which names at most five.

    Example:
        >>> some(["a"]), some(["a", "b", "c"]), some("abcdefg")
        ('a', 'a, b and c', 'a, b, c, d, e and 2 others')
    """
    more = [counted(len(texts) - _NAMED, "other")] if len(texts) > _NAMED else []
    *first, last = [*texts[:_NAMED], *more]
    return f"{', '.join(first)} and {last}" if first else last


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
        >>> known_artist("Verschiedene Interpreten"), known_artist("Artiste inconnu")
        (None, None)
        >>> known_artist(float("nan")), known_artist(17)
        (None, '17')
    """
    clean = " ".join(str(name).split())
    return None if _plain(clean) in _NOBODY or _NO_NAME.fullmatch(clean) else clean


def is_genre_known(label: str) -> bool:
    """Return whether a label names a genre, and does not stand for a missing one.

    Example:
        >>> is_genre_known("jazz"), is_genre_known("N/A"), is_genre_known("nan"), is_genre_known("Genre inconnu")
        (True, False, False, False)
    """
    return _plain(label) not in _NO_GENRE and not _NO_NAME.fullmatch(label.strip())


def stands_for_nothing(text: str) -> bool:
    """Return whether a table has a text in place of a value that is not there.

    Example:
        >>> [stands_for_nothing(text) for text in ("", "nan", "N/A", "-", "train")]
        [True, True, True, True, False]
    """
    return _plain(text) in _NOTHING or _NO_NAME.fullmatch(text.strip()) is not None


def _plain(name: str) -> str:
    """Return a name's words in lower case, without accents and punctuation."""
    return in_words(without_accents(name).casefold())


def without_accents(name: str) -> str:
    """Return a name without accents and the like; marks that make another letter of one, as in Thai, stay.

    Example:
        >>> without_accents("Électro"), without_accents("forró")
        ('Electro', 'forro')
        >>> without_accents("แม่"), without_accents("शक्ति")
        ('แม่', 'शक्ति')
    """
    if name.isascii():
        return name
    return "".join(letter for letter in normalize("NFKD", name) if combining(letter) in _OF_LETTERS)


def in_words(name: str, between: str = r"[\W_]") -> str:
    """Return a name with single spaces for what is between words; the signs of Indic and Thai letters belong to them.

    Example:
        >>> in_words("AC/DC"), in_words(" राम, रम")
        ('AC DC', 'राम रम')
    """

    def instead(found: re.Match[str]) -> str:
        is_sign = category(found[0]) in ("Mn", "Mc") and found[0] not in _SELECTORS
        return found[0] if is_sign else " "

    return " ".join(re.sub(between, instead, name).split())


def same_artists(names: Iterable[str]) -> dict[str, str]:
    """Find what the spellings of each artist have in common (merging two artists by mistake leaks nothing).

    Case, accents, punctuation, spaces, "&" for "and", "the" at either end, and a guest (after feat., ft. or featuring)
    do not count; "Last, First" is "First Last" if that is there, too, or "de Last, First" for "Last, First de".

    Args:
        names: Names, or numbers of groups, as text.

    Returns:
        The artist's words by name: in lower case, those of the first spelling by the alphabet.

    Example:
        >>> same_artists(["Earth, Wind & Fire", "Anna feat. Ben", "Little Feat"])
        {'Earth, Wind & Fire': 'earth wind and fire', 'Anna feat. Ben': 'anna', 'Little Feat': 'little feat'}
        >>> {*same_artists(["John Coltrane", "Coltrane, John", "john_coltrane", "JohnColtrane"]).values()}
        {'coltrane john'}
    """
    own = {name: _without_guest(name) for name in names}
    keys = {name: _artist_key(text) for name, text in own.items()}
    joined = _turned_alike(own, keys)
    groups = {name: joined.get(key, key) for name, key in keys.items()}
    words: dict[str, str] = {}
    for name, group in groups.items():
        words[group] = min(words.get(group, said := _artist_words(own[name])), said)
    return {name: words[group] for name, group in groups.items()}


def _without_guest(artist: str) -> str:
    folded = without_accents(artist).casefold()
    return _GUEST.sub("", folded).strip() or folded


def _turned_alike(own: Mapping[str, str], keys: Mapping[str, str]) -> dict[str, str]:
    """Return the group of each key of "Last, First" that is "First Last", or becomes what another one does."""
    plain = {key for name, key in keys.items() if "," not in own[name]}
    turned = {(keys[name], _turned(text)) for name, text in own.items() if "," in text}
    met = Counter(other for _, other in turned)
    joined: dict[str, str] = {}

    def root(key: str) -> str:
        while key in joined:
            key = joined[key]
        return key

    for key, other in sorted(turned):
        if (other in plain or met[other] > 1) and root(key) != root(other):
            joined[root(key)] = root(other)
    return {key: root(key) for key in joined}


def _turned(own: str) -> str:
    last, _, first = own.partition(",")
    return _artist_key(f"{first} {last}")


def _artist_words(own: str) -> str:
    words = in_words(own.replace("&", " and "), r"\W")
    return words or own  # a name of punctuation only, such as "!!!"


def _artist_key(own: str) -> str:
    """Return a name without spaces, except between two digits: 1.0 is not 10."""
    words = in_words(own.replace("&", " and "))
    words = re.sub("^the (?=.)|(?<=.) the$", "", words)
    return re.sub(r"(?<!\d) | (?!\d)", "", words) or own
