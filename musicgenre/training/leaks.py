"""What a run does as published although it leaks, and what is said about it."""

import logging
from typing import Any

from musicgenre.data.splits import leak_warning
from musicgenre.errors import MusicGenreError

log = logging.getLogger(__name__)

LEAKING_PROTOCOLS = {
    "as_published": "protocol=as_published fits scaling and principal components on ALL rows, test rows included, as "
    "the source document did. It is there to reproduce a published figure: do not compare it with others",
}
PROTOCOLS = ("honest", *LEAKING_PROTOCOLS)


def check_protocol(name: str) -> None:
    """Stop where there is no protocol of that name.

    Raises:
        MusicGenreError: There is none.
    """
    if name not in PROTOCOLS:
        raise MusicGenreError(f"protocol is {name!r}: choose {' or '.join(PROTOCOLS)}.")


def leaks_of(split: Any, protocol_leaks: str) -> str | None:  # noqa: ANN401  # a Split, or any function
    """Say what has to stand beside a run's results: what its split and its protocol leak; None if nothing."""
    found = [text for text in (leak_warning(split), protocol_leaks) if text]
    return ". ".join(found) or None
