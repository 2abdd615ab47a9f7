"""Checks of the public constructors' arguments before they are used."""

import inspect
import math
from collections.abc import Callable, Iterable, Mapping
from numbers import Integral, Real
from os import PathLike
from typing import Any, NamedTuple

import numpy as np

from musicgenre.errors import MusicGenreError


class Argument(NamedTuple):
    """The values that an argument accepts.

    Attributes:
        fits: Returns whether a value is accepted.
        give: What to give, as the end of a sentence.
        optional: Whether None is accepted too.
    """

    fits: Callable[[Any], bool]
    give: str
    optional: bool = True


def require_arguments(given: Mapping[str, Any], arguments: Mapping[str, Argument]) -> None:
    """Check the arguments of a call.

    Args:
        given: Values by name; names that `arguments` lacks are not checked.
        arguments: The values that they accept.

    Raises:
        MusicGenreError: A value is not accepted.

    Example:
        >>> require_arguments({"lr": "1e-3"}, {"lr": Argument(is_number, "a number, such as 1e-3")})
        Traceback (most recent call last):
        ...
        musicgenre.errors.MusicGenreError: lr is '1e-3': give a number, such as 1e-3.
    """
    for name, argument in arguments.items():
        if name not in given or (given[name] is None and argument.optional):
            continue
        if not argument.fits(given[name]):
            raise MusicGenreError(f"{name} is {_said(given[name])}: give {argument.give}.")


def is_number(value: object) -> bool:
    """Return whether a value is a finite number."""
    return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)


def is_whole(value: object) -> bool:
    """Return whether a value is a whole number."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def plain(value: Any) -> Any:  # noqa: ANN401
    """Return a numpy number as a Python number, which a checkpoint can hold; anything else unchanged.

    Example:
        >>> plain(np.float64(0.5)), plain("0.5")
        (0.5, '0.5')
    """
    return value.item() if isinstance(value, np.generic) else value


def are_names(value: object) -> bool:
    """Return whether a value is an iterable of strings, and not a string, whose letters would be the names."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        return False
    return all(isinstance(name, str) for name in value)


def is_path(value: object) -> bool:
    """Return whether a value is a path, or its text."""
    return isinstance(value, str | PathLike)


def is_made(value: object) -> bool:
    """Return whether a value is callable and not a class, which would build an object from its first argument."""
    return callable(value) and not isinstance(value, type)


def takes_two(value: object) -> bool:
    """Return whether a value can be called with two positional arguments, as far as its signature tells."""
    if not is_made(value):
        return False
    try:
        inspect.signature(value).bind(None, None)  # type: ignore[arg-type]  # it is callable
    except TypeError:
        return False
    except ValueError:  # no signature
        return True
    return True


def name_of(value: object) -> str:
    """Return the name of a function or class, also with settings in a partial, or of an object's class.

    Example:
        >>> from functools import partial
        >>> name_of(plain), name_of(partial(plain, 3)), name_of(dict), name_of({})
        ('plain', 'plain', 'dict', 'dict')
    """
    named = getattr(value, "func", value)
    return str(getattr(named, "__name__", type(named).__name__))


GENRES_ARGUMENT = {"genres": Argument(are_names, "a list of names, such as ['jazz', 'rock']")}


def _said(value: object) -> str:
    """Describe a given value.

    Example:
        >>> _said(2.5), _said("adam"), _said(dict), _said(_said), _said([1])
        ('2.5', "'adam'", 'the class dict', 'the function _said', 'an object of class list')
    """
    if value is None or isinstance(value, str | bool | int | float):
        return repr(value)
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if inspect.isroutine(value):
        return f"the function {value.__name__}"
    return f"an object of class {type(value).__name__}"


def without_numpy(state: Any) -> Any:  # noqa: ANN401
    """Return the state of an optimizer or schedule with all numpy numbers in it as Python numbers.

    Example:
        >>> without_numpy({"betas": (np.float64(0.5), 0.9), "steps": [np.int64(3)]})
        {'betas': (0.5, 0.9), 'steps': [3]}
    """
    if type(state) is dict:
        return {key: without_numpy(value) for key, value in state.items()}
    if type(state) in (list, tuple):
        return type(state)(without_numpy(value) for value in state)
    return plain(state)
