"""What a classifier's checkpoint holds besides Lightning's content, and how to rebuild the classifier from it alone."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from musicgenre.calls import kept
from musicgenre.data.card import DataCard, names_of_genres
from musicgenre.errors import MusicGenreError, UntrustedError
from musicgenre.modules.stored import first_line as first_line
from musicgenre.modules.stored import read_stored
from musicgenre.modules.windowed import within
from musicgenre.parts import Remembers, describe, make, warn_if_edited
from musicgenre.trust import Names, Trust

if TYPE_CHECKING:
    from musicgenre.features import FrontEnd
    from musicgenre.modules.classifier import GenreClassifier

KEY = "musicgenre"  # in a checkpoint
_OF_TRAINING = ("loss.", "mix.")  # prefixes of the parameters and buffers of what only training uses
_FORMAT = 2  # 1 had no such record


@dataclass(frozen=True)
class ClassifierRecord:
    """A classifier as plain values: enough to rebuild it without its data.

    Attributes:
        net: Class and settings of the net, see `musicgenre.parts`.
        front_end: Class and settings of the front end; None for a model that has none.
        standardize: Class and settings of the standardisation, whose statistics are among the weights.
        genres: Names of the classes.
        card: What the model knows of its data; None for one trained on bare batches.
        config: The resolved config of the run; None for a model built by hand.
        total_steps: Number of steps that the schedule spans; None without such a schedule.
    """

    net: dict[str, Any]
    front_end: dict[str, Any] | None
    standardize: dict[str, Any] | None
    genres: tuple[str, ...] | None
    card: DataCard | None
    config: dict[str, Any] | None
    total_steps: int | None = None

    @classmethod
    def of(cls, model: GenreClassifier) -> ClassifierRecord:
        """Return the record of a classifier whose net is built.

        Raises:
            MusicGenreError: The net is a classical model, which has no weights for a checkpoint.
        """
        assert model.net is not None  # nothing is saved before training starts
        if kept_in := getattr(within(model.net), "kept_in", None):
            raise MusicGenreError(
                "A classical model has no weights, so a checkpoint cannot hold it: it is saved in its run's "
                f"{kept_in}, which load_model(RUN) reads."
            )
        front_end, standardize = (
            None if part is None else named(part) for part in (model.front_end, model.standardize)
        )
        net = named(within(model.net))
        if "lost" in net and model.in_shape and model.genres:  # all that is known
            net["settings"] = {"in_shape": list(model.in_shape), "n_classes": len(model.genres)}
        if model.card is None and model.in_shape:
            net["in_shape"] = list(model.in_shape)  # its class may call it by another name
        return cls(net, front_end, standardize, model.genres, model.card, model.config, model.total_steps)

    @property
    def net_shape(self) -> tuple[int, ...] | None:
        """Shape `(C, F, T)` of an input of the net; None if it is not known."""
        if self.card is not None:
            return self.card.net_shape
        shape = self.net.get("in_shape") or self.net["settings"].get("in_shape")
        return tuple(shape) if isinstance(shape, list) else None

    def require_settings(self) -> None:
        """Raise a `MusicGenreError` if a part has a setting that a checkpoint cannot hold."""
        for part in (self.net, self.front_end, self.standardize):
            if part is not None and part.get("lost"):
                raise MusicGenreError(part["lost"])

    def plain(self) -> dict[str, Any]:
        """Return the record as dicts, lists, strings and numbers."""
        fields = {
            "format": _FORMAT,
            "net": self.net,
            "front_end": self.front_end,
            "standardize": self.standardize,
            "genres": None if self.genres is None else list(self.genres),
            "card": None if self.card is None else self.card.plain(),
            "config": self.config,
            "total_steps": self.total_steps,
        }
        return deepcopy(fields)

    @classmethod
    def from_plain(cls, fields: dict[str, Any], path: Path) -> ClassifierRecord:
        """Return the record from what `plain` returned.

        Raises:
            MusicGenreError: It is from a later version, or damaged.
        """
        try:
            if fields["format"] > _FORMAT:
                raise MusicGenreError(f"{path} was written by a later version of musicgenre: update this one.")
            _plain_record(fields, path)
            genres, card = fields["genres"], fields["card"]
            return cls(
                fields["net"],
                fields["front_end"],
                fields["standardize"],
                None if genres is None else names_of_genres(genres),
                None if card is None else DataCard.from_plain(card),
                fields["config"],
                None if (total := fields["total_steps"]) is None else int(total),
            )
        except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
            raise MusicGenreError(f"{path} is damaged: its record cannot be read ({error}).") from error

    def furnish(
        self,
        model: GenreClassifier,
        trust: Trust,
        features: FrontEnd | None = None,
        standardize: nn.Module | None = None,
    ) -> None:
        """Set a model's front end, standardisation and card.

        Args:
            model: The model.
            trust: What the user trusts.
            features: The front end; None for the one that the record names.
            standardize: The standardisation; None for the one that the record names.

        Raises:
            UntrustedError: The record names a class that is neither musicgenre's nor trusted.
        """
        for part, given in ((self.front_end, features), (self.standardize, standardize)):
            if part is not None:
                warn_if_edited(part, given)
        model.card, model.front_end, model.standardize = self.card, deepcopy(features), deepcopy(standardize)
        if features is None and self.front_end is not None:
            model.front_end = made_part(self.front_end, trust.of("features"), "features=, an instance")
        shape = None if self.card is None else self.card.in_shape
        if standardize is None and self.standardize is not None:
            model.standardize = made_part(
                self.standardize, trust.of("standardize"), "standardize=, a class or an instance", shape
            )
        if model.front_end is not None:
            model.front_end.eval()
        if self.card is not None:
            model.example_input_array = torch.zeros(1, *self.card.in_shape)

    def load_weights(self, model: GenreClassifier, state: dict[str, Tensor], path: Path, *, as_made: bool) -> None:
        """Load the weights into a model built from the record.

        Args:
            model: The model.
            state: The checkpoint's weights.
            path: The checkpoint.
            as_made: Whether the net is as its class makes it, and not an object that was given.

        Raises:
            MusicGenreError: They do not fit.
        """
        changed = " If the net was changed after it was made, give the changed one: net=OBJECT." if as_made else ""
        try:
            model.load_state_dict(with_own_loss(state, model, given=True))
        except (RuntimeError, TypeError, AttributeError) as error:
            raise MusicGenreError(f"{path} does not fit the net: {first_line(error).rstrip('.')}.{changed}") from error

    def require_answers(self, model: GenreClassifier, path: Path) -> None:
        """Check that the model's outputs match the record: a value for each genre, for an input of its shape.

        Raises:
            MusicGenreError: They do not, or the record contradicts itself.
        """
        if self.card is None or not isinstance(model.net, nn.Module):
            return
        if self.genres != self.card.genres:
            raise MusicGenreError(f"{path} is damaged: its record lists the genres twice, and the lists differ.")
        x = torch.zeros(2, *self.card.in_shape)
        with torch.no_grad():
            model.eval()
            if model.standardize is not None and model.standardize(x).shape != x.shape:
                raise MusicGenreError(f"{path} is damaged: its standardisation does not fit the features of its net.")
            logits = model(x)
        if tuple(logits.shape) != (2, len(self.card.genres)) or bool(logits.isnan().any()):
            raise MusicGenreError(
                f"{path} is damaged: its net gives outputs of shape {tuple(logits.shape)[1:]}, or NaN, not a "
                f"number for each of {len(self.card.genres)} genres."
            )


def with_own_loss(state: Mapping[str, Tensor], model: nn.Module, *, given: bool = False) -> dict[str, Tensor]:
    """Return a checkpoint's weights, with the state of the model's loss and mix in place of others'.

    Args:
        state: The checkpoint's weights.
        model: The model that they are for.
        given: Whether the loss was given for this model: then it keeps its settings, such as class weights, and takes
            from the checkpoint only what it had learnt.
    """
    own = {name: value for name, value in model.state_dict().items() if name.startswith(_OF_TRAINING)}
    kept = own.keys() - dict(model.named_parameters()).keys() if given else set()
    taken = {name for name in state if not name.startswith(_OF_TRAINING) or (name in own and name not in kept)}
    return {**own, **{name: state[name] for name in taken}}


def made_part(part: Mapping[str, Any], trusted: Names, instead: str, shape: Sequence[int] | None = None) -> Any:  # noqa: ANN401
    """Build a part of a record, or say how to give it instead; it gets `shape`, that of an input, as a tuple.

    Raises:
        UntrustedError: The record names a class that is neither musicgenre's nor trusted.
    """
    try:
        whole = list(shape or ())
        settings = {name: tuple(each) if each and each == whole else each for name, each in part["settings"].items()}
        return make({**part, "settings": settings}, trusted)
    except UntrustedError as error:
        raise UntrustedError(f"{error} load_from_checkpoint also takes it as {instead}.", error.names) from error


def _plain_record(fields: Mapping[str, Any], path: Path) -> None:
    """Check the types of a record's parts.

    Raises:
        MusicGenreError: One is wrong.
    """
    for name in ("net", "front_end", "standardize"):
        part = fields[name]
        whole = isinstance(part, Mapping) and isinstance(part.get("name"), str)
        if not (whole and isinstance(part.get("settings"), Mapping)) and (part is not None or name == "net"):
            raise MusicGenreError(f"{path} is damaged: its record names no {name} with settings.")
    if not isinstance(fields["config"], Mapping | None):
        raise MusicGenreError(f"{path} is damaged: its record holds no config.")


def named(part: nn.Module) -> dict[str, Any]:
    """Return a part's class and settings.

    Settings that are not known, or that a checkpoint cannot hold, are marked as lost, with the reason of the latter, so
    that `make` refuses to build the part without them.

    Args:
        part: A net, front end or standardisation.
    """
    try:
        return describe(part)
    except MusicGenreError as error:
        kind, known = type(part), isinstance(part, Remembers) or kept(part) is not None
        takes = known or (kind.__init__ is not nn.Module.__init__ and inspect.signature(kind).parameters)
        return {**describe(kind), **({"lost": str(error) if known else ""} if takes else {})}


def read_checkpoint(path: Path, key: str = KEY) -> dict[str, Any]:
    """Return a checkpoint's content, on the CPU.

    Args:
        path: The file.
        key: The key of its record: a classifier's, or a GAN's.

    Raises:
        MusicGenreError: The file is not a checkpoint of that kind, or is from a version before 0.2.
    """
    if not path.is_file():
        raise MusicGenreError(f"There is no checkpoint {path}: give a .ckpt file that training wrote.")
    checkpoint = read_stored(path)
    if not isinstance(checkpoint.get("state_dict"), Mapping):
        raise MusicGenreError(f"{path} is not a whole checkpoint of musicgenre: it holds no weights.")
    if key not in checkpoint:
        raise MusicGenreError(
            f"{path} holds no {'GAN' if 'gan' in key else 'classifier'} of this version: it was written by "
            "musicgenre 0.1, or is of another kind. Train again, or give another file."
        )
    if not isinstance(checkpoint[key], Mapping):
        raise MusicGenreError(f"{path} is damaged: its record is a {type(checkpoint[key]).__name__}.")
    return checkpoint
