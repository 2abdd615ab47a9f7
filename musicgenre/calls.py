"""Calls as plain values: class, arguments -> by_name -> {"in_shape": [1, 13, 130], "hidden": 16} -> call -> object."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pkgutil import resolve_name
from typing import Any

import numpy as np

from musicgenre.arguments import plain

_KEPT = "_made_with"  # attribute of an object that `built` made, whose class keeps no arguments itself
_BY = "_made_by"  # the function that it came from


def by_name(kind: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a call by name; variadic positional ones under a name with a star.

    Example:
        >>> by_name(lambda shape, *sizes, deep=False: None, [(1, 2), 3, 4], {"deep": True})
        {'shape': [1, 2], '*sizes': [3, 4], 'deep': True}
    """
    signature = inspect.signature(kind)
    try:
        bound = signature.bind_partial(*args, **kwargs)
    except TypeError:  # the call itself will say what is wrong
        return {}
    settings: dict[str, Any] = {}
    for name, value in bound.arguments.items():
        how = signature.parameters[name].kind
        if how is inspect.Parameter.VAR_KEYWORD:
            settings |= value
        else:
            settings["*" + name if how is inspect.Parameter.VAR_POSITIONAL else name] = value
    return {name: as_plain(value) for name, value in settings.items()}


def call(kind: Callable[..., Any], settings: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """Return what a class, or a partial of one, makes of arguments as `by_name` returns them.

    Example:
        >>> call(lambda shape, *sizes, deep: (shape, sizes, deep), {"shape": [1, 2], "*sizes": [3, 4], "deep": True})
        ([1, 2], (3, 4), True)
    """
    left, first = dict(settings), []
    starred = any(name.startswith("*") for name in left)
    for each in inspect.signature(kind).parameters.values():
        by_place = each.kind is each.POSITIONAL_ONLY or (starred and each.kind is each.POSITIONAL_OR_KEYWORD)
        if each.kind is each.VAR_POSITIONAL:
            first += left.pop(f"*{each.name}", ())
        elif by_place and each.name in left:
            first.append(left.pop(each.name))
    return built(kind, *first, **left)


def built(factory: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
    """Return what a factory makes; if Python can import it, or what a partial calls, `kept` knows its arguments.

    A class is known of objects of that class; a partial gets numpy's numbers, which torch's layers refuse, as Python's.

    Example:
        >>> class Layer:
        ...     def __init__(self, shape, width=8):
        ...         self.width = width
        >>> kept(built(partial(Layer, width=np.int64(4)), (1, 2))), kept(Layer((1, 2), 4))
        ({'shape': [1, 2], 'width': 4}, None)
    """
    of = factory if isinstance(factory, partial) else partial(factory)
    taken = (*map(plain, of.args), *args), {**{name: plain(value) for name, value in of.keywords.items()}, **kwargs}
    # one that a config makes has plain settings, and its own way to call
    made = of.func(*taken[0], **taken[1]) if type(factory) is partial else factory(*args, **kwargs)
    keep(made, of.func, *taken)
    return made


def keep(made: object, kind: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
    """Let `kept` know what a class or function made an object with, unless the object knows it itself."""
    by_class = type(made) is kind
    if not (by_class or _can_be_imported(kind)) or not hasattr(made, "__dict__") or hasattr(made, "made_with"):
        return
    with suppress(ValueError):  # it has no signature, as some implemented in C
        made.__dict__[_KEPT] = by_name(kind, args, kwargs)
        if not by_class:
            made.__dict__[_BY] = kind


def _can_be_imported(function: object) -> bool:
    """Return whether a function is found by its name: not one within another function, nor a lambda."""
    if isinstance(function, type):  # which made an object of another class
        return False
    try:
        return bool(resolve_name(f"{function.__module__}:{function.__qualname__}") == function)  # type: ignore[attr-defined]
    except (ImportError, AttributeError, ValueError):
        return False


def maker(made: object) -> Any:  # noqa: ANN401  # a class or function
    """Return the function that `built` got an object from, or else its class."""
    return getattr(made, _BY, None) or type(made)


def kept(made: object) -> dict[str, Any] | None:
    """Return the arguments by name that `built` made an object with; None for any other object."""
    found: dict[str, Any] | None = getattr(made, _KEPT, None)
    return found


def as_plain(value: Any) -> Any:  # noqa: ANN401
    """Return sequences as lists, mappings as dicts, and numpy's numbers as Python's, at any depth."""
    if isinstance(value, Mapping):
        return {key: as_plain(each) for key, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [as_plain(each) for each in value]
    return value.tolist() if isinstance(value, np.ndarray) else plain(value)
