"""Check that data matches a model's training, and restore a model from a Trainer's checkpoint."""

import inspect
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lightning as L
from torch import Tensor, nn

from musicgenre.calls import as_plain, maker
from musicgenre.data.given import given_data
from musicgenre.errors import MusicGenreError
from musicgenre.modules.checkpoint import ClassifierRecord, named
from musicgenre.modules.stored import damage_in
from musicgenre.modules.windowed import windowed, within
from musicgenre.parts import make
from musicgenre.trust import Trust

if TYPE_CHECKING:
    from musicgenre.modules.classifier import GenreClassifier


def require_same_features(trained: Mapping[str, Any], front_end: nn.Module) -> None:
    """Check that features, whose shape is right, are those that a model was trained on.

    Args:
        trained: Class and settings of the model's front end, see `musicgenre.parts`.
        front_end: The data's front end.

    Raises:
        MusicGenreError: It is of another class, or has other settings.
    """
    given = named(front_end)
    if not (same_class(trained["name"], given["name"]) and _same_settings(trained["settings"], front_end)):
        raise MusicGenreError(
            f"The model was trained on {_written(trained)}, but the data has {_written(given)}: give GenreDataModule "
            "the features that the model was trained on, model.front_end."
        )


def require_same_settings(trained: Mapping[str, Any], part: nn.Module, argument: str) -> None:
    """Check that a part given in place of a model's has the same settings, and is the same if it is musicgenre's.

    A class of one's own may be elsewhere by now. Settings that are not known are not compared.

    Args:
        trained: Class and settings of the model's part, see `musicgenre.parts`.
        part: The given one.
        argument: The argument that it was given as.

    Raises:
        MusicGenreError: It has other settings, or is another of musicgenre's.
    """
    given = named(part)
    names = given["name"], trained["name"]
    other = names[0] != names[1] and "musicgenre" in (name.partition(".")[0] for name in names)
    if other or (_comparable(given, trained) and not _same_settings(trained["settings"], part)):
        raise MusicGenreError(
            f"The model was trained on {_written(trained)}, but {argument} is {_written(given)}: give one "
            "with the settings that the model was trained on."
        )


def same_class(name: str, other: str) -> bool:
    """Return whether full names are of one class; one made in a notebook may be in a file by now.

    Example:
        >>> same_class("__main__.Loudness", "own.loudness.Loudness"), same_class("a.Loudness", "b.Loudness")
        (True, False)
    """
    moved = "__main__" in (name.partition(".")[0], other.partition(".")[0])
    return name == other or (moved and name.rpartition(".")[2] == other.rpartition(".")[2])


def _same_part(one: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> bool:
    if one is None or other is None:
        return one is other
    kinds = [str(part.get("makes", part["name"])) for part in (one, other)]
    return same_class(*kinds) and not (_comparable(one, other) and one["settings"] != other["settings"])


def _comparable(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return whether the settings of both are known, and have one meaning: functions name theirs as they like."""
    by_function = "makes" in one or "makes" in other
    known = "lost" not in one and "lost" not in other
    return known and (not by_function or same_class(one["name"], other["name"]))


def _same_settings(trained: Mapping[str, Any], part: nn.Module) -> bool:
    defaults = {
        name: as_plain(parameter.default) for name, parameter in inspect.signature(maker(part)).parameters.items()
    }
    return {**defaults, **trained} == {**defaults, **named(part)["settings"]}


def _written(part: Mapping[str, Any]) -> str:
    settings = ", ".join(f"{name}={value!r}" for name, value in part["settings"].items())
    return f"{part['name'].rpartition('.')[2]}({settings})"


def awaits_checkpoint(trainer: L.Trainer | None, data: Any) -> bool:  # noqa: ANN401
    """Return whether a trainer will test a model on data that has no training segments.

    Only a checkpoint says how such data is standardised, and Lightning reads it once the net is built.
    """
    return trainer is not None and trainer.state.fn != "fit" and not getattr(data, "can_standardize", True)


def take_over(model: "GenreClassifier", record: ClassifierRecord, state: Mapping[str, Tensor], path: Path) -> None:
    """Prepare a model to load a checkpoint's weights: take its standardisation and card from there.

    Args:
        model: The model, prepared for its data if that describes itself.
        record: The checkpoint's record.
        state: The checkpoint's weights.
        path: The checkpoint.

    Raises:
        MusicGenreError: The data's genres or features differ from the checkpoint's, or the record is damaged.
    """
    if record.card is None:  # it was trained on bare batches
        model.awaits_checkpoint = False
        return
    if model.genres is not None and model.card is None and model.genres != record.card.genres:
        record.card.require_same(model.genres, record.card.in_shape)
    with damage_in(path):
        if model.card is None:
            record.furnish(model, Trust())
            model.genres = record.genres
        else:
            record.card.require_same(model.card.genres, model.card.in_shape)
            if record.front_end is not None and model.front_end is not None:
                require_same_features(record.front_end, model.front_end)
            _take_scaling(model, record)
        if model.standardize is not None:
            model.standardize.load_state_dict(
                {name.partition(".")[2]: value for name, value in state.items() if name.startswith("standardize.")}
            )
            model.standardize.to(model.device).train(model.training)
        if model.trainer.state.fn != "fit":  # fitting continues on its own data
            if model.card is not None and model.net is not None and model.card.windows != record.card.windows:
                model.net = windowed(within(model.net), record.card.windows, record.card.in_shape[-1])
            model.card = record.card
    model.awaits_checkpoint = False
    if callable(standardize_with := getattr(given_data(model.trainer), "standardize_with", None)):
        standardize_with(deepcopy(model.standardize) or nn.Identity())


def _take_scaling(model: "GenreClassifier", record: ClassifierRecord) -> None:
    own = None if model.standardize is None else named(model.standardize)
    if not _same_part(record.standardize, own):  # not by its code: an edited class is still what the model has here
        model.standardize = None if record.standardize is None else make(record.standardize)
