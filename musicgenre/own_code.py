"""The code behind a class or function that a user wrote, so that results of edited code get a new key."""

import inspect
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np
import torch
import xxhash
from torch import Tensor

_INSTALLED = {"site-packages", "dist-packages"}
_COUNTED_ELSEWHERE = {"musicgenre", "torch", *sys.stdlib_module_names}  # by files and versions, for all features
_HOLD_NO_VALUES = ("logging", "threading", "weakref", "typing", "_thread")
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
        (["'factor'", '2.0'], [])
    """
    lines: list[str] = []
    seen: dict[int, Any] = {}
    todo: list[Any] = [part]
    while todo:
        value = todo.pop()
        if isinstance(value, _PLAIN):
            lines.append(repr(value))
        elif id(value) not in seen:
            seen[id(value)] = value
            line, within = _described(value)
            lines += [line] if line else []
            todo += reversed(within)
    return lines


def package_of(kind: type) -> str:
    """Return the name and version of the installed package that a class is part of; for others, an empty string."""
    package = kind.__module__.partition(".")[0]
    with suppress(PackageNotFoundError, ValueError):  # its distribution has another name
        return "" if package in _COUNTED_ELSEWHERE else f"{package} {version(package)}"
    return ""


def _described(value: Any) -> tuple[str, list[Any]]:  # noqa: ANN401  # whatever a name stands for
    """Return a line that changes if a value does, and the values that it holds or names."""
    if callable(value) or isinstance(value, staticmethod | classmethod):
        function = inspect.unwrap(getattr(value, "__func__", value))
        if isinstance(function, FunctionType):
            return _of_function(function)
    if isinstance(value, type):
        return "", _of_class(value)
    if isinstance(value, CodeType):
        return _of_code(value), list(value.co_consts)
    if isinstance(value, property):
        return "", [value.fget, value.fset]
    if isinstance(value, partial):
        return "", [value.func, value.args, value.keywords]
    if isinstance(value, tuple | list):
        return f"{len(value)}", list(value)
    if isinstance(value, set | frozenset):
        return f"{sorted(map(repr, value))}", []
    if isinstance(value, dict):
        return f"{len(value)}", [each for item in value.items() for each in item]
    return _of_object(value)


def _of_object(value: Any) -> tuple[str, list[Any]]:  # noqa: ANN401
    """Describe an object of any other class by its class and what it holds; a logger and the like hold no values."""
    kind = type(value)
    if isinstance(value, Tensor):
        raw = value.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy().tobytes()
        return f"{tuple(value.shape)} {value.dtype} {xxhash.xxh3_128_hexdigest(raw)}", []
    if hasattr(value, "__array__"):
        array = np.asarray(value)
        raw = repr(array.tolist()).encode() if array.dtype.hasobject else array.tobytes()
        return f"{array.shape} {array.dtype} {xxhash.xxh3_128_hexdigest(raw)}", []
    if kind.__module__ in _HOLD_NO_VALUES or isinstance(value, ModuleType):
        return "", []
    if hasattr(value, "__dict__"):
        return kind.__qualname__, [kind, vars(value)]
    return repr(value) if " at 0x" not in repr(value) else kind.__qualname__, []


def _of_class(kind: type) -> list[Any]:
    own = [base for base in kind.__mro__ if _is_own(base.__module__)]
    named = [item for base in own for item in sorted(vars(base).items()) if item[0] not in _OF_EVERY_CLASS]
    return [each for item in named for each in item]


def _of_function(function: FunctionType) -> tuple[str, list[Any]]:
    if not _is_own(str(function.__globals__.get("__name__"))):
        return "", []
    code = function.__code__
    constants = [each for each in code.co_consts if each is None or each is not function.__doc__]
    within = [function.__defaults__, function.__kwdefaults__, *constants]
    for cell in function.__closure__ or ():
        with suppress(ValueError):  # it is empty
            within.append(cell.cell_contents)
    names = dict.fromkeys(_named(code))
    for name in names:
        found = function.__globals__.get(name)
        if isinstance(found, ModuleType) and _is_own(found.__name__):  # what is named of it: module.function
            found = [vars(found)[each] for each in names if each in vars(found)]
        within.append(found)
    return _of_code(code), within


def _of_code(code: CodeType) -> str:
    return f"{code.co_code.hex()} {code.co_names} {code.co_varnames}"


def _named(code: CodeType) -> Iterator[str]:
    """Yield the names of globals and attributes in a function's code, and in that of functions within it."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _named(constant)


def _is_own(module: str) -> bool:
    file = getattr(sys.modules.get(module), "__file__", None) or ""  # a notebook's has none
    return module.partition(".")[0] not in _COUNTED_ELSEWHERE and _INSTALLED.isdisjoint(Path(file).parts)
