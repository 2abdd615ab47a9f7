"""The code behind a class or function that a user wrote, so that results of edited code get a new key."""

import dis
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec, resolve_name
from pathlib import Path, PurePath
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
import torch
import xxhash
from torch import Tensor

_INSTALLED = {"site-packages", "dist-packages"}
_COUNTED_ELSEWHERE = {"musicgenre", "torch", *sys.stdlib_module_names}  # by files and versions, for all features
_BY_CLASS_ALONE = ("logging", "threading", "weakref", "typing", "_thread", "lightning.", "pytorch_lightning.")
_PLAIN = (bool, int, float, complex, str, bytes, type(None), type(...), torch.dtype, np.generic)
_DEVICES = ("cpu", "cuda", "mps")
_ATTRIBUTE = ("LOAD_ATTR", "LOAD_METHOD")
_FILLS = {"append", "add", "setdefault", "update", "extend", "insert", "pop", "popitem", "clear", "move_to_end"}
_first_seen: dict[int, tuple[object, list[str]]] = {}  # containers that code fills, which are kept so that ids stay


def own_code(part: object) -> list[str]:
    """Describe what a class or function computes: its bytecode, and the functions and values that it names.

    The bytecode is that which runs, in a notebook too, even if the file has been edited since it was loaded. Code of
    musicgenre and of installed packages is not followed. A dictionary or list that the code itself fills counts as it
    was when it was first described; folders of files and names of devices do not count.

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
            lines.append(repr("cpu" if isinstance(value, str) and value.startswith(_DEVICES) else value))
        elif id(value) not in seen:
            seen[id(value)] = value
            try:
                line, within = _described(value)
            except Exception:  # an object of anybody's class that cannot be looked into: training goes on without it
                line, within = type(value).__qualname__, []
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
    if isinstance(value, FunctionType):
        line, within = _of_function(value)
        return line, [*within, getattr(value, "__wrapped__", None)]
    if isinstance(value, type):
        return "", _of_class(value)
    if isinstance(value, CodeType):
        return _of_code(value), list(value.co_consts)
    if isinstance(value, property):
        return "", [value.fget, value.fset]
    if isinstance(value, partial):
        return "", [value.func, value.args, value.keywords]
    if isinstance(value, MethodType | staticmethod | classmethod):
        owner = getattr(value, "__self__", None)
        return "", [value.__func__, owner if isinstance(owner, type) else None]
    if isinstance(value, tuple | list):
        return f"{len(value)}", list(value)
    if isinstance(value, set | frozenset):
        return f"{sorted(str(own_code(each)) for each in value)}", []
    if isinstance(value, dict):
        return f"{len(value)}", [each for item in value.items() for each in item]
    return _of_object(value)


def _of_object(value: Any) -> tuple[str, list[Any]]:  # noqa: ANN401
    """Describe an object of any other class by its class and what it holds; a logger and the like by its class."""
    kind = type(value)
    if callable(wrapped := getattr(value, "__wrapped__", None)):  # as functools.cache leaves it
        return "", [wrapped]
    if isinstance(value, Tensor):
        raw = value.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy().tobytes()
        return f"{tuple(value.shape)} {value.dtype} {xxhash.xxh3_128_hexdigest(raw)}", []
    if hasattr(value, "__array__"):
        array = np.asarray(value)
        raw = repr(array.tolist()).encode() if array.dtype.hasobject else array.tobytes()
        return f"{array.shape} {array.dtype} {xxhash.xxh3_128_hexdigest(raw)}", []
    if isinstance(value, PurePath | torch.device):
        return value.name if isinstance(value, PurePath) else "", []
    if isinstance(value, ModuleType) or any(f"{base.__module__}.".startswith(_BY_CLASS_ALONE) for base in kind.__mro__):
        return "", []
    if hasattr(value, "__dict__"):
        return kind.__qualname__, [kind, vars(value)]
    if " at 0x" in (shown := repr(value)):  # a library's function
        return f"{getattr(value, '__module__', '')} {getattr(value, '__qualname__', kind.__qualname__)}", []
    return shown, []


def _of_class(kind: type) -> list[Any]:
    own = [base for base in kind.__mro__ if _is_own(base.__module__)]
    named = [item for base in own for item in sorted(vars(base).items())]
    return [
        each
        for name, value in named
        for each in (name, value)
        if not name.startswith("_abc_") and (not _is_dunder(name) or isinstance(value, FunctionType))
    ]


def _of_function(function: FunctionType) -> tuple[str, list[Any]]:
    if not _is_own(str(function.__globals__.get("__name__"))):
        return "", []
    code = function.__code__
    constants = [each for each in code.co_consts if each is None or each is not function.__doc__]
    within: list[Any] = [function.__defaults__, function.__kwdefaults__, *constants]
    for cell in function.__closure__ or ():
        with suppress(ValueError):  # it is empty
            within.append(cell.cell_contents)
    found = list(_named(code, function.__globals__))
    if _fills(code):
        found = [_as_first_seen(each) if isinstance(each, dict | list | set) else each for each in found]
    return _of_code(code), [*within, *found]


def _of_code(code: CodeType) -> str:
    return f"{code.co_code.hex()} {code.co_names} {code.co_varnames}"


def _named(code: CodeType, names: dict[str, Any]) -> Iterator[Any]:
    """Yield the globals that a function's code names, of own modules what is named of them, and what it imports."""
    found: Any = None
    constants: list[Any] = [0, None]  # before an import the last two are its level and the names it takes
    for each in dis.get_instructions(code):
        if each.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            found = None if _is_dunder(each.argval) else names.get(each.argval)
        elif each.opname in _ATTRIBUTE and isinstance(found, ModuleType):
            found = getattr(found, each.argval, None) if _is_own(found.__name__) else None
        elif each.opname == "IMPORT_NAME":
            found = _imported(each.argval, constants[-2], constants[-1], names)
        else:
            constants += [each.argval] if each.opname == "LOAD_CONST" else []
            continue
        if not isinstance(found, ModuleType):
            yield found
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _named(constant, names)


def _imported(name: str, level: int, wanted: tuple[str, ...] | None, names: dict[str, Any]) -> list[Any]:
    """Return what a function imports of an own module: some names, or all it holds; nothing of a library's."""
    with suppress(ImportError, ValueError):  # the function will say so
        full = resolve_name("." * level + name, str(names.get("__package__") or ""))
        top = full.partition(".")[0]
        found = None if top in _COUNTED_ELSEWHERE else find_spec(top)
        if found and _lies_outside(found.origin or ""):
            inside = vars(import_module(full))
            return [inside.get(key) for key in wanted or inside if not _is_dunder(key)]
    return []


def _fills(code: CodeType) -> bool:
    """Return whether code may change a container that it names."""
    within = any(isinstance(each, CodeType) and _fills(each) for each in code.co_consts)
    return within or any(
        each.opname in ("STORE_SUBSCR", "DELETE_SUBSCR") or (each.opname in _ATTRIBUTE and each.argval in _FILLS)
        for each in dis.get_instructions(code)
    )


def _as_first_seen(container: object) -> list[str]:
    if id(container) not in _first_seen:
        _first_seen[id(container)] = container, own_code(container)
    return _first_seen[id(container)][1]


def _is_dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def _is_own(module: str) -> bool:
    file = (
        getattr(sys.modules.get(module), "__file__", None) or ""
    )  # a notebook's has none; a worker's is the library's
    counted = module.partition(".")[0] in _COUNTED_ELSEWHERE
    return module == "__main__" or (not counted and _lies_outside(file))


def _lies_outside(file: str) -> bool:
    return _INSTALLED.isdisjoint(Path(file).parts)
