"""The learning rate of an optimizer that is built later, and the parameters that it trains."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from torch import nn
from torch.optim import Optimizer

from musicgenre.arguments import plain
from musicgenre.errors import MusicGenreError
from musicgenre.modules.batches import said
from musicgenre.modules.stored import first_line
from musicgenre.raised import at_own_line

if TYPE_CHECKING:
    from musicgenre.modules.classifier import GenreClassifier

_ADAM = 1e-3  # torch's own default
MADE_LR = "made_lr"  # key of the rate with which a group of parameters was made


def learning_rate(optimizer: Callable[..., Optimizer] | None, lr: float | None) -> float | None:
    """Return the given learning rate, the optimizer's own, or Adam's.

    Args:
        optimizer: A factory, such as a `functools.partial`; None for Adam.
        lr: The rate; None for the optimizer's own, and None is returned if only the optimizer knows that.

    Raises:
        MusicGenreError: The optimizer's is not a number.
    """
    if lr is not None:
        return plain(lr)  # type: ignore[no-any-return]  # a number, as it was
    if optimizer is None:
        return _ADAM
    own = plain(getattr(optimizer, "keywords", {}).get("lr"))
    if own is not None and (isinstance(own, bool) or not isinstance(own, int | float)):
        raise MusicGenreError(f"optimizer.lr is {own!r}: give a number, such as 1e-3.")
    return None if own is None else float(own)


def optimizer_of(model: GenreClassifier) -> Optimizer:
    """Build the optimizer of a classifier whose net is built: of all parameters, at the rates that the net sets.

    Each group keeps its rate as `MADE_LR` too, whatever moves the other one.

    Raises:
        MusicGenreError: What makes it does not take the parameters and the rate, or returns something else.
    """
    rate = {} if model.lr is None else {"lr": model.lr}
    given = "the parameters" if model.lr is None else f"the parameters and lr={model.lr}"
    try:
        made = model.make_optimizer(trained_parameters(model, model.lr), **rate)
    except (TypeError, ValueError) as error:
        reason = first_line(error).rstrip(".") + at_own_line(error)
        raise MusicGenreError(
            f"The optimizer cannot be made of {given} ({reason}): give torch.optim.Adam or a "
            "functools.partial of it, and lr= only if it takes one."
        ) from error
    if not hasattr(made, "param_groups"):
        raise MusicGenreError(f"What makes the optimizer returns {said(made)}: let it return an optimizer.")
    for group in made.param_groups:
        if "lr" in group:
            group[MADE_LR] = float(group["lr"])
    return made


def trained_parameters(model: nn.Module, lr: float | None) -> list[Any]:
    """Return what an optimizer trains: all parameters, in groups with their own learning rates if the net sets some.

    Args:
        model: A classifier, with a `net`; a net's `parameter_groups(lr)` sets the rates of its parts.
        lr: The rate; None leaves all parameters at the optimizer's own.
    """
    groups = getattr(getattr(model, "net", None), "parameter_groups", None)
    if lr is None or not callable(groups):
        return list(model.parameters())
    found: list[dict[str, Any]] = groups(lr)
    grouped = {id(parameter) for group in found for parameter in group["params"]}
    rest = [parameter for parameter in model.parameters() if id(parameter) not in grouped]  # such as the loss's
    return [*found, *([{"params": rest}] if rest else [])]
