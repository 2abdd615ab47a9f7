"""Calls as plain values: class, arguments -> by_name -> {"in_shape": [1, 13, 130], "hidden": 16} -> call -> object."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np

from musicgenre.arguments import plain

_KEPT = "_made_with"  # attribute of an object that `built` made, whose class keeps no arguments itself


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
    return {name: _plain(value) for name, value in settings.items()}


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
    """Return what a factory makes; if it is a class, or a partial of one, `kept` knows the arguments from the object.

    A partial gets numpy's numbers, which torch's layers refuse, as Python's.

    Example:
        >>> class Layer:
        ...     def __init__(self, shape, width=8):
        ...         self.width = width
        >>> kept(built(partial(Layer, width=np.int64(4)), (1, 2))), kept(Layer((1, 2), 4))
        ({'shape': [1, 2], 'width': 4}, None)
    """
    of = getattr(factory, "partial", factory)  # that of a factory which names the config group in its errors
    kind = of.func if isinstance(of, partial) else of
    first, named = (of.args, of.keywords) if isinstance(of, partial) else ((), {})
    taken = (*map(plain, first), *args), {**{name: plain(value) for name, value in named.items()}, **kwargs}
    made = kind(*taken[0], **taken[1]) if of is factory else factory(*args, **kwargs)
    if type(made) is kind and hasattr(made, "__dict__") and not hasattr(made, "made_with"):
        with suppress(ValueError):  # it has no signature, as some implemented in C
            made.__dict__[_KEPT] = by_name(kind, *taken)
    return made


def kept(made: object) -> dict[str, Any] | None:
    """Return the arguments by name that `built` made an object with; None for any other object."""
    found: dict[str, Any] | None = getattr(made, _KEPT, None)
    return found


def _plain(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_plain(each) for each in value]
    return value.tolist() if isinstance(value, np.ndarray) else plain(value)
