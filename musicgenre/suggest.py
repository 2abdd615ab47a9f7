"""Suggestions for mistyped words."""

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher, get_close_matches
from pathlib import Path

from musicgenre.quoting import quoted

_FEW = 6
_LOOKED_AT = 3  # closest words, of which one with the same letters comes first
_BARE = re.compile(r"[a-z_][\w/.-]*( +[\w/.-]+)*", re.ASCII | re.IGNORECASE)
_NO_TEXT = ("null", "true", "false", "inf", "nan")
_BEHIND = 0.15  # words whose similarity is lower than the best by more are not suggested


def did_you_mean(word: str, known: Iterable[str], most: int = 1) -> str:
    """Return a question to append to a message, starting with a space; empty if no known word is similar.

    Args:
        word: The mistyped word; case is ignored.
        known: The known words.
        most: Most of them to name.

    Example:
        >>> did_you_mean("Hip-Hop", ["blues", "hiphop"]), did_you_mean("polka", ["blues", "hiphop"])
        (' Did you mean hiphop?', '')
        >>> did_you_mean("net5", ["net4_cnn", "net5_bilstm"])
        ' Did you mean net5_bilstm?'
        >>> did_you_mean("CNN", ["cnn", "cnn_bn"]), did_you_mean("modle", ["mode", "model"])
        (' Did you mean cnn?', ' Did you mean model?')
    """
    by_lower = {name.lower(): name for name in known}
    close = (
        [word.lower()]
        if word.lower() in by_lower
        else _begun(word.lower(), by_lower) or _like(word.lower(), by_lower, most)
    )
    return f" Did you mean {' or '.join(by_lower[match] for match in close)}?" if close else ""


def similar_beside(path: Path) -> str:
    """Return a question to append to a message on a path that does not exist: whether one beside it was meant.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Path(folder, "genres_original").mkdir()
        ...     Path(folder, "007900.mp3").touch()
        ...     [similar_beside(Path(folder, name)) for name in ("genres_orginal", "009000.mp3", "none/genres")]
        [' Did you mean genres_original?', '', '']
    """
    try:
        there = [each.name for each in path.absolute().parent.iterdir() if each.exists()]
    except OSError:
        return ""
    letters = re.sub(r"\d+", "", path.name)  # another number is another file
    return did_you_mean(path.name, [name for name in there if re.sub(r"\d+", "", name) != letters])


def typed(key: str, value: Sequence[str] | Mapping[str, str]) -> str:
    """Return a setting to type in a shell for Hydra, with quotes where it needs them.

    Args:
        key: The setting's key.
        value: A list of texts; or texts by names that are `bare`, since Hydra takes no quotes around these.

    Example:
        >>> print(typed("data.genres", ["r&b", "rock"]), typed("data.aliases", {"RnB": "r&b"}))
        'data.genres=["r&b",rock]' 'data.aliases={RnB: "r&b"}'
    """
    if isinstance(value, Mapping):
        return quoted(f"{key}={{{', '.join(f'{name}: {_in_quotes(text)}' for name, text in value.items())}}}")
    return quoted(f"{key}=[{','.join(map(_in_quotes, value))}]")


def bare(text: str) -> bool:
    """Return whether Hydra reads a text unchanged without quotes.

    Example:
        >>> [bare(text) for text in ("Hip-Hop", "hip hop", "r&b", "forró", "1960", "null")]
        [True, True, False, False, False, False]
    """
    return _BARE.fullmatch(text) is not None and text.lower() not in _NO_TEXT


def _in_quotes(text: str) -> str:
    escaped = re.sub(r'(\\*)("|\$\{|$)', lambda found: found[1] * 2 + (found[2] and f"\\{found[2]}"), text)
    return text if bare(text) else f'"{escaped}"'


def _begun(word: str, known: Iterable[str]) -> list[str]:
    """Return the known words that start with a word, if there are few."""
    found = sorted(name for name in known if name.startswith(word) and name != word)
    return found if len(word) > 2 and len(found) <= _FEW else []


def _like(word: str, known: Iterable[str], most: int) -> list[str]:
    close = get_close_matches(word, known, n=max(most, _LOOKED_AT))
    ratios = [SequenceMatcher(None, name, word).ratio() for name in close]
    near = [name for name, ratio in zip(close, ratios, strict=True) if ratio > ratios[0] - _BEHIND]
    return sorted(near, key=lambda name: sorted(name) != sorted(word))[:most]  # swapped letters are the likeliest
