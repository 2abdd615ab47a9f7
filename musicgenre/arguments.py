"""Arguments of the public constructors, looked at before anything is made of them."""

import inspect
import math
from collections.abc import Callable, Iterable, Mapping
from numbers import Integral, Real
from typing import Any, NamedTuple

import numpy as np

from musicgenre.errors import MusicGenreError


class Argument(NamedTuple):
    """What an argument may be.

    Attributes:
        fits: Tells whether a value may be given.
        give: What to give, as the end of a sentence.
        optional: Whether None may be given too.
    """

    fits: Callable[[Any], bool]
    give: str
    optional: bool = True


def require_arguments(given: Mapping[str, Any], arguments: Mapping[str, Argument]) -> None:
    """Look at the arguments of a call.

    Args:
        given: Values by name; names that `arguments` lacks are left alone.
        arguments: What they may be.

    Raises:
        MusicGenreError: One is of another kind.

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
    """Tell whether a value is a finite number."""
    return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)


def is_whole(value: object) -> bool:
    """Tell whether a value is a whole number."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def plain(value: Any) -> Any:  # noqa: ANN401
    """Return a number of numpy's as Python's own, which a checkpoint can hold; anything else as it is.

    Example:
        >>> plain(np.float64(0.5)), plain("0.5")
        (0.5, '0.5')
    """
    return value.item() if isinstance(value, np.generic) else value


def are_names(value: object) -> bool:
    """Tell whether a value holds texts, and is none itself: its letters would be the names."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        return False
    return all(isinstance(name, str) for name in value)


def is_made(value: object) -> bool:
    """Tell whether a value can be called and is no class, which would make an object of its first argument."""
    return callable(value) and not isinstance(value, type)


def takes_two(value: object) -> bool:
    """Tell whether a value can be called with two arguments by position, as far as it says."""
    if not is_made(value):
        return False
    try:
        inspect.signature(value).bind(None, None)  # type: ignore[arg-type]  # it can be called
    except TypeError:
        return False
    except ValueError:  # it does not say
        return True
    return True


GENRES_ARGUMENT = {"genres": Argument(are_names, "a list of names, such as ['jazz', 'rock']")}


def _said(value: object) -> str:
    """Say what was given.

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
    """Return what an optimizer or a schedule remembers with numpy's numbers as Python's, wherever they are in it.

    Example:
        >>> without_numpy({"betas": (np.float64(0.5), 0.9), "steps": [np.int64(3)]})
        {'betas': (0.5, 0.9), 'steps': [3]}
    """
    if type(state) is dict:
        return {key: without_numpy(value) for key, value in state.items()}
    if type(state) in (list, tuple):
        return type(state)(without_numpy(value) for value in state)
    return plain(state)
