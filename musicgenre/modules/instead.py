"""Nets and standardisations that are given in place of those that a checkpoint names."""

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from torch import nn

from musicgenre.calls import built, by_name
from musicgenre.errors import MusicGenreError
from musicgenre.modules.checkpoint import ClassifierRecord, made_part, named
from musicgenre.modules.same import require_same_settings, same_class
from musicgenre.modules.shape import make_net
from musicgenre.parts import make_as, warn_if_edited
from musicgenre.trust import Trust


def net_of(record: ClassifierRecord, net: nn.Module | Callable[..., nn.Module] | None, trust: Trust) -> nn.Module:
    """Return the given net, one that the given factory makes, or the one that a checkpoint's record names.

    Raises:
        MusicGenreError: The record names a class that is neither musicgenre's nor trusted, or the settings of the net
            are not known, or those that the factory gives it are others.
    """
    warn_if_edited(record.net, net)
    if isinstance(net, nn.Module):
        return net
    if net is None:
        return make_net(
            lambda: made_part(record.net, trust.of("model"), "net=, a class or an instance", record.net_shape)
        )
    settings = record.net["settings"]
    in_shape = record.net_shape
    n_genres = len(record.genres) if record.genres else settings.get("n_classes")
    given = None if in_shape is None or n_genres is None else (in_shape, n_genres)
    made = make_net(lambda: _remade(record.net, net, given))
    if same_class(record.net["name"], named(made)["name"]):
        require_same_settings(record.net, made, "net")
    return made


def scaling_of(
    record: ClassifierRecord, given: nn.Module | Callable[[tuple[int, ...]], nn.Module] | None
) -> nn.Module | None:
    """Return the given standardisation, or the one that a given factory makes for the record's inputs; None for none.

    Raises:
        MusicGenreError: Its settings are not those of the record, or not known, or the record has none.
    """
    if given is None:
        return None
    if record.standardize is None or record.card is None:
        raise MusicGenreError("The model was trained without a standardisation: leave out standardize=.")
    made = given if isinstance(given, nn.Module) else _remade(record.standardize, given, (record.card.in_shape,))
    require_same_settings(record.standardize, made, "standardize")
    return made


def _remade(part: Mapping[str, Any], factory: Callable[..., Any], given: tuple[Any, ...] | None) -> Any:  # noqa: ANN401
    """Return what a factory makes in place of a record's part, with the settings that are known of that.

    Args:
        part: Class and settings of the part.
        factory: A class or a `functools.partial` of one, which gets all settings that it lacks; or a function, which
            gets those that it names.
        given: What a factory gets first, in training too; None if it is not known.

    Raises:
        MusicGenreError: The settings, or what the factory gets first, are not known; or it refuses them.
    """
    kind, own = factory, dict[str, Any]()
    if isinstance(factory, partial):
        kind, own = factory.func, by_name(factory.func, factory.args, factory.keywords)
    made_by_class, settings = isinstance(kind, type), part["settings"]
    if made_by_class and "makes" in part:
        raise MusicGenreError(
            f"The model was trained with what {part['name']} makes: give that function in place of {kind.__name__}, or "
            "an instance with its settings."
        )
    name = f"{getattr(kind, '__module__', '')}.{getattr(kind, '__qualname__', '')}"
    same_function = "makes" in part and same_class(part["name"], name)
    if same_function or (made_by_class and ("lost" not in part or factory is kind)):
        left = {name: value for name, value in settings.items() if name not in own}
        first = [name for name in inspect.signature(kind).parameters if name not in own]
        known = {name: value for name, value in zip(first, given or (), strict=False) if name in left}
        return make_as({**part, "settings": {**left, **known}}, factory)
    if given is None:
        raise MusicGenreError(
            "The checkpoint does not say the shape of the net's input: pass an instance, net=MyNet(...)."
        )
    named = () if made_by_class else [*inspect.signature(factory).parameters][len(given) :]
    return built(factory, *given, **{name: settings[name] for name in named if name in settings})
