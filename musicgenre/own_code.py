"""The code behind a class or function that a user wrote, so that results of edited code get a new key."""

import inspect
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property, partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np
import xxhash
from torch import Tensor

_INSTALLED = {"site-packages", "dist-packages"}
_COUNTED_ELSEWHERE = {"musicgenre", "torch", *sys.stdlib_module_names}  # by files and versions, for all features
_PLAIN = (bool, int, float, complex, str, bytes, type(None), type(...), Path, np.generic)
_OF_EVERY_CLASS = {"__module__", "__doc__", "__dict__", "__weakref__", "__annotations__", "_abc_impl"}
_OF_EVERY_CLASS |= {"__firstlineno__", "__static_attributes__", "__abstractmethods__"}


def own_code(part: object) -> list[str]:
    """Describe what a class or function computes: its bytecode, and the functions and values that it names.

    The bytecode is that which runs, in a notebook too, even if the file has been edited since it was loaded. Code of
    musicgenre and of installed packages is not followed.

    Args:
        part: A class or a function.

    Example:
        >>> own_code(type("Louder", (), {"__module__": "own.loudness", "factor": 2.0})), own_code(dict)
        (['factor', '2.0'], [])
    """
    return list(_lines(part, {}))


def package_of(kind: type) -> str:
    """Return the name and version of the installed package that a class is part of; for others, an empty string."""
    package = kind.__module__.partition(".")[0]
    with suppress(PackageNotFoundError, ValueError):  # its distribution has another name
        return "" if package in _COUNTED_ELSEWHERE else f"{package} {version(package)}"
    return ""


def _lines(value: Any, seen: dict[int, Any]) -> Iterator[str]:  # noqa: ANN401  # whatever a name stands for
    """Yield lines that change if a value changes, or code that it runs."""
    if isinstance(value, _PLAIN):
        yield repr(value)
    elif id(value) not in seen:
        seen[id(value)] = value
        yield from _lines_of_object(value, seen)


def _lines_of_object(value: Any, seen: dict[int, Any]) -> Iterator[str]:  # noqa: ANN401
    if isinstance(value, property):
        value = (value.fget, value.fset)
    elif isinstance(value, partial):
        value = (value.func, value.args, value.keywords)
    elif isinstance(value, cached_property):
        value = (value.func,)
    elif isinstance(value, set | frozenset):
        value = sorted(map(repr, value))
    elif isinstance(value, dict):
        value = [each for item in value.items() for each in item]
    function = inspect.unwrap(getattr(value, "__func__", value))
    if isinstance(value, tuple | list):
        for each in value:
            yield from _lines(each, seen)
    elif isinstance(value, Tensor | np.ndarray):
        array = value.detach().cpu().numpy() if isinstance(value, Tensor) else value
        yield f"{array.shape} {array.dtype} {xxhash.xxh3_128_hexdigest(array.tobytes())}"
    elif isinstance(value, type):
        yield from _lines_of_class(value, seen)
    elif isinstance(function, FunctionType):
        yield from _lines_of_function(function, seen)
    elif not isinstance(value, ModuleType):
        yield from _lines(type(value), seen)
        yield from _lines(vars(value) if _is_own(type(value).__module__) and hasattr(value, "__dict__") else None, seen)


def _lines_of_class(kind: type, seen: dict[int, Any]) -> Iterator[str]:
    for base in kind.__mro__:
        if not _is_own(base.__module__):
            continue
        for name, value in sorted(vars(base).items()):
            if name not in _OF_EVERY_CLASS:
                yield name
                yield from _lines(value, seen)


def _lines_of_function(function: FunctionType, seen: dict[int, Any]) -> Iterator[str]:
    module = str(function.__globals__.get("__name__"))
    if not _is_own(module):
        return
    yield from _lines((function.__defaults__, function.__kwdefaults__), seen)
    yield from _lines_of_code(function.__code__, function.__doc__, seen)
    for cell in function.__closure__ or ():
        with suppress(ValueError):  # it is empty
            yield from _lines(cell.cell_contents, seen)
    names = dict.fromkeys(_named(function.__code__))
    for name in names:
        found = function.__globals__.get(name)
        if isinstance(found, ModuleType) and _is_own(found.__name__):  # what is named of it: module.function
            found = [vars(found)[each] for each in names if each in vars(found)]
        yield from _lines(found, seen)


def _lines_of_code(code: CodeType, doc: str | None, seen: dict[int, Any]) -> Iterator[str]:
    yield f"{code.co_code.hex()} {code.co_names} {code.co_varnames}"
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _lines_of_code(constant, None, seen)
        elif constant is None or constant is not doc:
            yield from _lines(constant, seen)


def _named(code: CodeType) -> Iterator[str]:
    """Yield the names of globals and attributes in a function's code, and in that of functions within it."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _named(constant)


def _is_own(module: str) -> bool:
    file = getattr(sys.modules.get(module), "__file__", None) or ""  # a notebook's has none
    return module.partition(".")[0] not in _COUNTED_ELSEWHERE and _INSTALLED.isdisjoint(Path(file).parts)
