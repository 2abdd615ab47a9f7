"""Exceptions for user errors: the command line shows only their message."""

from collections.abc import Callable, Sequence
from typing import Any


class MusicGenreError(Exception):
    """An error that the user can fix: the message says what was found, where, and what to do."""


class InterruptedRunError(MusicGenreError):
    """The user stopped the work (Ctrl-C); the message says how to resume it.

    Args:
        where: A sentence on what was stopped.
        how: A sentence on how to resume it, for a single run.
    """

    def __init__(self, where: str, how: str = "") -> None:
        super().__init__(f"{where} {how}".rstrip())
        self.where, self.how = where, how


class OccupiedError(MusicGenreError):
    """A folder holds another run, or foreign files: nothing is done there, and what it holds has not failed."""


class UntrustedError(MusicGenreError):
    """A file names classes that are neither musicgenre's own nor trusted by the user.

    Args:
        message: The message.
        names: Their full names, if it is about names.
    """

    def __init__(self, message: str, names: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.names = tuple(names)


class NotThereError(MusicGenreError, AttributeError):
    """An object has no such attribute, or not yet: code that inspects all attributes does not take it for a failure."""


class SaysWhy:
    """A module whose properties may raise `NotThereError`, which torch's modules would replace by their own error."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # whatever a module has
        """Return an attribute that normal lookup did not find, or raise the property's own error again."""
        found = getattr(type(self), name, None)
        if isinstance(found, property) and found.fget is not None:
            return found.fget(self)
        return super().__getattr__(name)  # type: ignore[misc]


class MissingFileError(MusicGenreError):
    """A published file is needed but missing; `musicgenre prepare` downloads it with `fetch`."""

    def __init__(self, message: str, fetch: Callable[[], object]) -> None:
        super().__init__(message)
        self.fetch = fetch
