"""Build the object that a config node (plain values) names: the only place that calls Hydra's `instantiate`."""

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from hydra.errors import InstantiationException
from hydra.utils import get_object, instantiate

from musicgenre.errors import MusicGenreError
from musicgenre.raised import at_own_line
from musicgenre.suggest import did_you_mean
from musicgenre.trust import targets_of

Config = Mapping[str, Any]

_REFUSALS = (
    *(TypeError, ValueError, RuntimeError, ArithmeticError, AssertionError),
    *(MemoryError, FileNotFoundError),  # a width of 10**12, a file that own code reads
)
_REFUSES = " refuses its settings"  # not said if the name is not found
_ADD_IT = "add `_partial_: true` to its config"
_GIVEN = f"If it is to get them later, {_ADD_IT}."
_CALLED_WITH = {"split": 2, "loss": 2, "augment": 1, "mix": 1, "standardize": 1}  # arguments, if it is a partial


def make_object(node: Config, what: str, *args: Any, **more: Any) -> Any:  # noqa: ANN401  # whatever the config names
    """Return the object that a node with a `_target_` makes; it gets plain lists and dicts.

    Args:
        node: The target and its settings.
        what: What refuses, for the message: "Lightning refuses callbacks.best".
        *args: Further arguments.
        **more: Further settings, which override the node's.

    Raises:
        MusicGenreError: The target cannot be found, or refuses its settings.
    """
    made = _made(node, what, args, more)
    if node.get("_partial_") and isinstance(made.func, type):
        raise _needless(what)
    return made


def _made(node: Config, what: str, args: Sequence[Any] = (), more: Config | None = None, given: str = "") -> Any:  # noqa: ANN401
    """Return the object that a node makes; `given` is added if arguments are missing that a `_partial_` would get."""
    try:
        # `_convert_` is put into the node, since Hydra merges further settings, which takes as long as all else
        return instantiate({**node, "_convert_": "all"}, *args, **(more or {}))
    except InstantiationException as error:
        if isinstance(error.__cause__, MusicGenreError):
            raise error.__cause__ from None
        if missing := _not_found(_reason(error)):
            raise MusicGenreError(f"{what.removesuffix(_REFUSES)} cannot be found: {missing}") from error
        behind = at_own_line(error.__cause__ or error) or _what_can_be(str(error), node)
        if given and not behind and re.search(r"missing \d+ required positional argument", str(error)):
            behind = f". {given}"
        raise MusicGenreError(f"{what}: {_reason(error)}{behind}") from error


def build(config: Config, group: str) -> Any:  # noqa: ANN401
    """Return the object that a group's config makes, or the function that it names, with its settings.

    Raises:
        MusicGenreError: The target cannot be found, or refuses its settings; the message names the group.
    """
    what, node = _what(config, group), config[group]
    made = _made(node, what, given=_GIVEN if group in _CALLED_WITH else "")
    if node.get("_partial_"):
        _refuse_unknown(made, group, node["_target_"])
        _require_call(made, group, what)
    elif hasattr(made, "forward") and len(targets_of(node, what)) == 1:  # no setting is an object
        from musicgenre.calls import keep  # loads numpy

        settings = {name: value for name, value in node.items() if not name.startswith("_")}
        keep(made, get_object(node["_target_"]), node.get("_args_", ()), settings)
    return made


def _require_call(made: Any, group: str, what: str) -> None:  # noqa: ANN401  # a partial of whatever it is
    """Raise an error if a partial cannot be called with what a group's function gets, or needs no call."""
    count = _CALLED_WITH.get(group, 0)
    if not count or (isinstance(made.func, type) and group != "standardize"):
        raise _needless(what)
    try:
        inspect.signature(made).bind(*[None] * count)
    except TypeError as error:
        made_at_once = f" If it makes the {group} itself, remove `_partial_: true` from its config."
        mend = "" if "missing" in str(error) else f", of which it gets {count} later.{made_at_once}"
        raise MusicGenreError(f"{what}: {error}{mend}") from error
    except ValueError:  # implemented in C
        pass


def _what(config: Config, group: str) -> str:
    """Return who refuses, for messages about a group.

    Raises:
        MusicGenreError: No option of the group is chosen.
    """
    node = config[group]
    if not isinstance(node, Mapping) or "_target_" not in node:
        raise MusicGenreError(f"{group} is {node}: choose one of its options, such as {group}=NAME.")
    return f"{group} ({node['_target_']}){_REFUSES}"


def _needless(what: str) -> MusicGenreError:
    """Return the error about a `_partial_` that leaves an object unmade."""
    return MusicGenreError(f"{what}: `_partial_: true` in its config leaves it unmade. Remove that line.")


def factory_of(config: Config, group: str) -> Any:  # noqa: ANN401
    """Return a group's factory; if it refuses its settings, the error names the group.

    An estimator, which is no factory, is returned as it is.

    Raises:
        MusicGenreError: The target cannot be found, refuses its settings, or is made already as `_partial_` is not set.
    """
    made = _made(config[group], _what(config, group), given=_GIVEN)
    if not hasattr(made, "func"):
        is_made = not isinstance(made, type) and (hasattr(made, "forward") or not callable(made))
        if is_made and not is_estimator(made):
            target = config[group]["_target_"]
            raise MusicGenreError(f"{group} ({target}) is made without what musicgenre gives it later: {_ADD_IT}.")
        return made
    _refuse_unknown(made, group, config[group]["_target_"])
    named = _Named(made.func, *made.args, **made.keywords)
    named.made, named.group, named.target = made, group, config[group]["_target_"]
    return named() if is_estimator(made.func) else named  # an estimator with `_partial_: true`, as nets have


def not_taken(target: str, names: Iterable[str]) -> list[str]:
    """Return the settings that a target does not take; none if it cannot be found, or does not say what it takes.

    Example:
        >>> not_taken("torch.nn.CrossEntropyLoss", ["weight", "class_weights"])
        ['class_weights']
    """
    try:
        taken = _settings_of(get_object(target))
    except Exception:  # whatever its module raises when it is imported: making it will tell
        return []
    return [] if taken is None else [name for name in names if name not in taken]


def _settings_of(made_by: Any) -> list[str] | None:  # noqa: ANN401  # a class or function
    """Return the settings that it takes by name; None if it takes any, or does not say, as it is implemented in C."""
    try:
        taken = inspect.signature(made_by).parameters.values()
    except ValueError:
        return None
    any_name = any(each.kind is each.VAR_KEYWORD for each in taken)
    by_name = [each.name for each in taken if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)]
    return None if any_name else by_name


def _refuse_unknown(made: Any, group: str, target: str) -> None:  # noqa: ANN401  # a partial of whatever it is
    """Raise an error if a factory does not take all of its settings, naming them all before it is called."""
    names = _settings_of(made.func)
    if names is not None and (wrong := [name for name in made.keywords if name not in names]):
        raise MusicGenreError(
            f"{group} ({target}) does not take {' or '.join(wrong)}: remove {'it' if len(wrong) == 1 else 'them'} with "
            f"{' '.join(f'~{group}.{name}' for name in wrong)}. It takes {', '.join(names)}."
        )


class _Named(partial[Any]):
    """A factory whose errors name the config group that it comes from."""

    made: Any  # Hydra's own partial, which checks what it calls
    group: str
    target: str

    def __call__(self, *args: Any, **more: Any) -> Any:  # noqa: ANN401
        try:
            return self.made(*args, **more)
        except _REFUSALS as error:
            reason = (str(error).strip().split("\n")[0] or type(error).__name__) + at_own_line(error)
            raise MusicGenreError(f"{self.group} ({self.target}) refuses its settings: {reason}") from error


def is_estimator(model: object) -> bool:
    """Return whether a model is fitted at once, like scikit-learn's estimators: it has `fit` and `predict`."""
    return hasattr(model, "fit") and hasattr(model, "predict")


def _reason(error: Exception) -> str:
    """Return why Hydra could not make an object, without the names of its own keys."""
    cause = error.__cause__
    if isinstance(cause, OSError) and cause.filename:
        return f"{cause.filename} cannot be used ({cause.strerror})"
    text = str(cause or error) or type(cause or error).__name__
    return text.split("\nfull_key")[0].strip().split("\n")[-1]


def _not_found(reason: str) -> str:
    """Return what to do if Python found no such module, or no such name in it; otherwise nothing."""
    if found := re.search(r"Are you sure that module '([^']+)' is installed", reason):
        return (
            f"Python finds no module {found[1]}. Put PYTHONPATH=FOLDER before the command, with the folder that holds "
            "it: the working folder is not searched."
        )
    found = re.search(r"Are you sure that '([^']+)' is (?:importable from module|an attribute of) '([^']+)'", reason)
    return f"{found[2]} has no {found[1]}." if found else ""


def _what_can_be(reason: str, node: Config) -> str:
    """List the settings that a target takes, if the reason is that it does not take one."""
    found = re.search(r"unexpected keyword argument '(\w+)'", reason)
    if not found:
        return ""
    target = next((str(part["_target_"]) for part in _targets(node) if found[1] in part), str(node["_target_"]))
    taken = [name for name in inspect.signature(get_object(target)).parameters if name != "self"]
    return f".{did_you_mean(found[1], taken)} {target.rpartition('.')[2]} takes {', '.join(taken)}."


def _targets(node: object) -> Iterator[Config]:
    """Yield the parts of a config that make an object each, the innermost first."""
    if isinstance(node, Mapping):
        for part in node.values():
            yield from _targets(part)
        if "_target_" in node:
            yield node
