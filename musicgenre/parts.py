"""Parts that remember their arguments, so that a checkpoint can name them and they can be rebuilt.

net -> describe -> {"name": "musicgenre.nets.BiLSTM", "settings": {"in_shape": [1, 13, 130], ...}} -> make -> net
"""

import inspect
import logging
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from functools import partial
from importlib import import_module
from pkgutil import resolve_name
from typing import Any, Self

import xxhash

from musicgenre.calls import by_name, call, kept, maker
from musicgenre.errors import MusicGenreError, UntrustedError
from musicgenre.own_code import own_code
from musicgenre.trust import Names

log = logging.getLogger(__name__)

_PUBLIC = (
    "musicgenre.nets",
    "musicgenre.features",
    "musicgenre.gan",
)  # whose `__all__` lists the classes that `make` may build


class _OfInit:
    """Says what a class takes: what its `__init__` does, its own or inherited, not what `Remembers.__new__` does."""

    def __get__(self, made: object, kind: type) -> inspect.Signature:
        if made is not None:  # it takes what its __call__ does
            raise AttributeError("__signature__")
        return inspect.signature(kind.__init__.__get__(kind))  # type: ignore[misc]  # bound to anything: without self


class Remembers:
    """A class whose objects keep the arguments that they were made with.

    Attributes:
        made_with: The arguments by name, without those left at their defaults; sequences as lists, mappings as dicts.

    Example:
        >>> class Layer(Remembers):
        ...     def __init__(self, width, *, dropout=0.5):
        ...         self.width = width
        >>> Layer(3).made_with, Layer(width=(3, 4), dropout=0.1).made_with
        ({'width': 3}, {'width': [3, 4], 'dropout': 0.1})
    """

    made_with: dict[str, Any]
    __signature__ = _OfInit()

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:  # noqa: ANN401, D102  # the class' own arguments
        made = super().__new__(cls)
        made.__dict__["made_with"] = by_name(cls, args, kwargs)
        return made

    def __repr__(self) -> str:
        """Return one line: the class, the given settings and, if it has any, the number of parameters."""
        settings = ", ".join(f"{name}={value!r}" for name, value in self.made_with.items())
        parameters = sum(parameter.numel() for parameter in getattr(self, "parameters", tuple)())
        return f"{type(self).__name__}({settings})" + (f" of {parameters:,} parameters" if parameters else "")


def describe(part: object) -> dict[str, Any]:
    """Return the name and settings from which `make` rebuilds a part, as a copy in plain values.

    For what is not musicgenre's, the hash of its code is added, so that `make` notices an edit; for what a function
    made, the name of that function is given, and that of the class of what it `makes` is added.

    Args:
        part: A `Remembers` object, one that `built` made, a class, or a `functools.partial` of a class.

    Raises:
        MusicGenreError: The part cannot be described, or a setting is not a plain value.

    Example:
        >>> from musicgenre.nets import BiLSTM
        >>> describe(partial(BiLSTM, hidden=16))
        {'name': 'musicgenre.nets.BiLSTM', 'settings': {'hidden': 16}}
    """
    made: Any
    if isinstance(part, Remembers):
        made, settings = type(part), part.made_with
    elif (known := kept(part)) is not None:
        made, settings = maker(part), known
    elif isinstance(part, partial) and isinstance(part.func, type):
        made, settings = part.func, by_name(part.func, part.args, part.keywords)
    elif isinstance(part, type):
        made, settings = part, {}
    else:
        raise MusicGenreError(
            f"{type(part).__name__} does not remember its settings: derive the class from musicgenre.parts.Remembers, "
            "or give the class or a functools.partial of it."
        )
    name = _name_of(made)
    for key, value in settings.items():
        _require_plain(value, f"{name}: {key}")
    code = _code_of(made)
    by_function = {} if isinstance(made, type) else {"makes": _name_of(type(part))}
    return {"name": name, "settings": deepcopy(dict(settings))} | by_function | ({"code": code} if code else {})


def make(part: Mapping[str, Any], trusted: Names = frozenset(), **more: Any) -> Any:  # noqa: ANN401
    """Build a part from what `describe` returned.

    Only the public classes of `musicgenre.nets`, `musicgenre.features` and `musicgenre.gan` are built, and those that
    `trusted` names. For any other name nothing is imported.

    Args:
        part: The part's `name` and `settings`.
        trusted: Full names of further classes, or any object that supports `in` for names.
        more: Further settings, which override the part's.

    Raises:
        MusicGenreError: The name is neither public nor trusted, there is no such class, or it refuses the settings.

    Example:
        >>> make({"name": "musicgenre.features.MFCC", "settings": {"n_mfcc": 20}}, hop_length=256).n_mfcc
        20
        >>> make({"name": "os.system", "settings": {"command": "true"}})
        Traceback (most recent call last):
        ...
        musicgenre.errors.UntrustedError: os.system is not one of musicgenre's nets, front ends or scalings: ...
    """
    name = str(part["name"])
    kind = _trusted(name) if name in trusted else _public(name)
    warn_if_edited(part, kind)
    return make_as(part, kind, **more)


def make_as(part: Mapping[str, Any], kind: Callable[..., Any], **more: Any) -> Any:  # noqa: ANN401
    """Return what a class, or a partial of one, makes of the settings that `describe` returned.

    Raises:
        MusicGenreError: They are not all known, or it refuses them.
    """
    name = str(part["name"])
    if "lost" in part:
        raise MusicGenreError(
            f"{name} was made with settings that the checkpoint does not hold: in Python, give load_from_checkpoint "
            "the part itself, or a function that makes it, as net=, features= or standardize=."
        )
    try:
        return call(kind, deepcopy({**part["settings"], **more}))
    except (TypeError, ValueError) as error:
        reason = str(error).strip().partition("\n")[0].rstrip(".")  # torch lists valid settings below
        raise MusicGenreError(f"{name} refuses its settings: {reason}.") from error


def require_trusted(parts: Iterable[tuple[Mapping[str, Any] | None, Names, object]]) -> None:
    """Name several parts that `make` would refuse in one error; of a single one, `make` tells. Nothing is built.

    Args:
        parts: For each part of a classifier what `describe` returned, what is trusted, and what was given instead.

    Raises:
        UntrustedError: Several names are neither public nor trusted.
    """
    named = [(str(part["name"]), trusted) for part, trusted, given in parts if part is not None and given is None]
    names = list(dict.fromkeys(name for name, trusted in named if name not in trusted and not _is_public(name)))
    if len(names) > 1:
        error = _untrusted(names)
        raise UntrustedError(f"{error} load_from_checkpoint also takes net=, features= and standardize=.", names)


def warn_if_edited(part: Mapping[str, Any], given: object) -> None:
    """Log a warning if the code of a class has been edited since `describe` described it.

    Args:
        part: What `describe` returned.
        given: The class, a `functools.partial` of it or an instance; a class of another name is none that was edited.
    """
    given = given.func if isinstance(given, partial) else given
    kind = given if isinstance(given, type) or hasattr(given, "__qualname__") else maker(given)
    name, saved, here = str(part["name"]), str(part.get("code", "")), _code_of(kind)
    if name == _name_of(kind) and here != saved and here.split()[:1] == saved.split()[:1]:  # of the same Python
        log.warning("%s has been edited since this model was saved, which may no longer fit it.", name)


def _require_plain(value: object, what: str) -> None:
    if isinstance(value, dict) and (others := [key for key in value if not isinstance(key, str)]):
        raise MusicGenreError(
            f"{what} has the key {others[0]!r}, which a checkpoint cannot hold: give strings as keys, or a list."
        )
    if isinstance(value, list | dict):
        for each in value.values() if isinstance(value, dict) else value:
            _require_plain(each, what)
    elif not isinstance(value, bool | int | float | str | None):
        raise MusicGenreError(
            f"{what} is a {type(value).__name__}, which a checkpoint cannot hold: give numbers, strings or lists."
        )


def _code_of(kind: Any) -> str:  # noqa: ANN401  # a class or function
    """Return the version of Python and the hash of the code of what is not musicgenre's; else nothing."""
    code = own_code(kind)
    return (
        f"{sys.version_info[0]}.{sys.version_info[1]} {xxhash.xxh3_128_hexdigest(str(code).encode())}" if code else ""
    )


def _name_of(kind: Any) -> str:  # noqa: ANN401  # a class or function
    """Return its full name: the public one for our own classes, where it is defined for others."""
    for package in _PUBLIC:
        name = str(kind.__name__)
        if kind.__module__.startswith(f"{package}.") and getattr(import_module(package), name, None) is kind:
            return f"{package}.{name}"
    return f"{kind.__module__}.{kind.__qualname__}"


def names_here(name: str) -> set[str]:
    """Return a name, and the full name of the class or function that Python finds by it, as a checkpoint keeps it.

    Example:
        >>> sorted(names_here("musicgenre.nets.bilstm.BiLSTM"))
        ['musicgenre.nets.BiLSTM', 'musicgenre.nets.bilstm.BiLSTM']
    """
    try:
        return {name, _name_of(resolve_name(name))}
    except (ImportError, AttributeError, ValueError):
        return {name}


def _is_public(name: str) -> bool:
    package, _, kind = name.rpartition(".")
    if package not in _PUBLIC or kind not in import_module(package).__all__:
        return False
    found = getattr(import_module(package), kind)
    return isinstance(found, type) and issubclass(found, Remembers)


def _public(name: str) -> Any:  # noqa: ANN401  # a class
    if not _is_public(name):
        raise _untrusted([name])
    return resolve_name(name)


def _untrusted(names: Sequence[str]) -> UntrustedError:
    """Return the error about names that are not built unless they are trusted."""
    several = len(names) > 1
    they, them = ("they are", "them") if several else ("it is", "it")
    said = f"{' and '.join(names)} are none of" if several else f"{names[0]} is not one of"
    return UntrustedError(
        f"{said} musicgenre's nets, front ends or scalings: {they} built only if you trust {them} by name. In "
        f"Python, give load_model or load_from_checkpoint trusted={{{', '.join(map(repr, names))}}}; on the command "
        f"line, add the --config-dir whose configs name {them}, trusted=[{','.join(names)}], or trust=true.",
        names,
    )


def _trusted(name: str) -> Any:  # noqa: ANN401  # whatever the user trusts
    try:
        return resolve_name(name)
    except (ImportError, AttributeError, ValueError) as error:
        raise MusicGenreError(f"{name} cannot be imported: {error}.") from error
