"""From a node of a config, as plain values, to the object that it names: where Hydra's `instantiate` is called."""

import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hydra.errors import InstantiationException
from hydra.utils import get_object, instantiate

from musicgenre.errors import MusicGenreError
from musicgenre.suggest import did_you_mean

Config = Mapping[str, Any]

_REFUSES = " refuses its settings"  # which a name that is not found does not


def make_object(node: Config, what: str, *args: Any, **more: Any) -> Any:  # noqa: ANN401  # whatever the config names
    """Return what a node with a `_target_` makes; lists and dicts reach it as plain ones.

    Args:
        node: The target and its settings.
        what: Who refuses, for the message: "Lightning refuses callbacks.best".
        *args: Further arguments.
        **more: Further settings, which go before those of the node.

    Raises:
        MusicGenreError: It cannot be found, or refuses its settings.
    """
    try:
        return instantiate(dict(node), *args, _convert_="all", **more)
    except InstantiationException as error:
        if isinstance(error.__cause__, MusicGenreError):
            raise error.__cause__ from None
        if missing := _not_found(_reason(error)):
            raise MusicGenreError(f"{what.removesuffix(_REFUSES)} cannot be found: {missing}") from error
        raise MusicGenreError(f"{what}: {_reason(error)}{_what_can_be(str(error), node)}") from error


def build(config: Config, group: str, *args: Any, **more: Any) -> Any:  # noqa: ANN401
    """Return what a group's config makes, with further arguments.

    Raises:
        MusicGenreError: It cannot be found, or refuses its settings; the group is named.
    """
    node = config[group]
    if not isinstance(node, Mapping) or "_target_" not in node:
        raise MusicGenreError(f"{group} is {node}: choose one of its options, such as {group}=NAME.")
    return make_object(node, f"{group} ({node['_target_']}){_REFUSES}", *args, **more)


def factory_of(config: Config, group: str) -> Any:  # noqa: ANN401
    """Return what a group's config makes when it is called; settings it refuses are named with their group.

    What is no factory (`_partial_` is not set) is returned as it was made.
    """
    made = build(config, group)
    if not hasattr(made, "func"):
        return made
    _refuse_unknown(made, group, config[group]["_target_"])
    named = _Named(made, group, config[group]["_target_"])
    return named() if is_estimator(made.func) else named  # an estimator with `_partial_: true`, as nets have


def _refuse_unknown(made: Any, group: str, target: str) -> None:  # noqa: ANN401  # a partial of whatever it is
    """Stop where a factory does not take all of its settings, before the first one is found out by calling it."""
    try:
        taken = inspect.signature(made.func).parameters.values()
    except ValueError:  # written in C
        return
    names = [each.name for each in taken if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)]
    wrong = [name for name in made.keywords if name not in names]
    if wrong and not any(each.kind is each.VAR_KEYWORD for each in taken):
        raise MusicGenreError(
            f"{group} ({target}) takes no {' and no '.join(wrong)}: take it away with "
            f"{' '.join(f'~{group}.{name}' for name in wrong)}. It takes {', '.join(names)}."
        )


@dataclass(frozen=True)
class _Named:
    """A factory whose errors name the config group that it comes from."""

    make: Any
    group: str
    target: str

    @property
    def partial(self) -> Any:  # noqa: ANN401
        """What is called, with its settings: a `functools.partial`."""
        return self.make

    @property
    def keywords(self) -> dict[str, Any]:
        """Its settings."""
        return dict(self.make.keywords)

    @property
    def func(self) -> Any:  # noqa: ANN401
        """What it makes."""
        return self.make.func

    @property
    def __signature__(self) -> inspect.Signature:
        """What it can be called with, for a schedule that takes `total_steps`."""
        return inspect.signature(self.make)

    def __call__(self, *args: Any, **more: Any) -> Any:  # noqa: ANN401
        try:
            return self.make(*args, **more)
        except (TypeError, ValueError, RuntimeError, ArithmeticError, MemoryError) as error:  # a width of 10**12
            reason = str(error).strip().split("\n")[0] or type(error).__name__
            raise MusicGenreError(f"{self.group} ({self.target}) refuses its settings: {reason}") from error


def is_estimator(model: object) -> bool:
    """Tell whether something is fitted at once, as scikit-learn's estimators are: it has `fit` and `predict`."""
    return hasattr(model, "fit") and hasattr(model, "predict")


def _reason(error: Exception) -> str:
    """Say why Hydra could not make something, without the names of its own keys."""
    cause = error.__cause__
    if isinstance(cause, OSError) and cause.filename:
        return f"{cause.filename} cannot be used ({cause.strerror})."
    text = str(cause or error)
    return text.split("\nfull_key")[0].strip().split("\n")[-1]


def _not_found(reason: str) -> str:
    """Say what to do where the reason is that Python finds no such module, or nothing of that name in it."""
    if found := re.search(r"Are you sure that module '([^']+)' is installed", reason):
        return (
            f"Python sees no module {found[1]}. Put PYTHONPATH=FOLDER before the command, the folder that holds it: "
            "the working folder is not looked into."
        )
    found = re.search(r"Are you sure that '([^']+)' is (?:importable from module|an attribute of) '([^']+)'", reason)
    return f"{found[2]} has no {found[1]}." if found else ""


def _what_can_be(reason: str, node: Config) -> str:
    """List the settings that something takes, where the reason is that it does not take one."""
    found = re.search(r"unexpected keyword argument '(\w+)'", reason)
    if not found:
        return ""
    taken = [name for name in inspect.signature(get_object(str(node["_target_"]))).parameters if name != "self"]
    return f".{did_you_mean(found[1], taken)} It takes {', '.join(taken)}."
