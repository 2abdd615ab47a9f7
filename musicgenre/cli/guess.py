"""What was probably meant by a name that is not there, as a sentence of its own."""

from collections.abc import Iterable

from musicgenre import suggest


def did_you_mean(word: str, known: Iterable[str], count: int = 1) -> str:
    """Ask for what comes nearest, by name; say nothing where nothing is near.

    Example:
        >>> did_you_mean("smal_cnn", ["bilstm", "cnn", "small_cnn"])
        'Did you mean small_cnn?'
    """
    return suggest.did_you_mean(word, known, count).strip()
