"""Exceptions for what a user did: their message is all that the command line shows."""

from collections.abc import Callable


class MusicGenreError(Exception):
    """Something the user can mend: the message says what was found, where, and what to do."""


class InterruptedRunError(MusicGenreError):
    """The user stopped the work (Ctrl-C); the message says how to go on."""


class UntrustedError(MusicGenreError):
    """A file names a class that is neither musicgenre's own nor trusted by the user."""


class MissingFileError(MusicGenreError):
    """A published file is needed and not here; `musicgenre prepare` gets it by `fetch`."""

    def __init__(self, message: str, fetch: Callable[[], object]) -> None:
        super().__init__(message)
        self.fetch = fetch
