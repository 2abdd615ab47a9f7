"""Augmentations and standardisations, which may be of one's own: applied, checked, and kept in a checkpoint."""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn

from musicgenre.arguments import name_of
from musicgenre.augment.about_mean import about_mean
from musicgenre.errors import MusicGenreError

State = dict[str, Tensor]


def augmented(augment: Callable[[Tensor], Tensor], x: Tensor, *, standardised: bool) -> Tensor:
    """Return a training batch `(B, C, F, T)` as augmented, on its device.

    Raises:
        MusicGenreError: The augmentation returns something else than such a batch.
    """
    if isinstance(augment, nn.Module):
        augment.to(x.device)
    return require_batch(about_mean(augment, standardised)(x), x, augment, "augmentation", 1)


def fitted(scaling: Any, batches: Iterator[Tensor], example: Tensor) -> nn.Module:  # noqa: ANN401
    """Fit a standardisation to batches of features, and check what it makes of an example.

    Raises:
        MusicGenreError: It cannot be fitted, or returns something else than features of the same shape.
    """
    if not isinstance(scaling, nn.Module) or not callable(getattr(scaling, "fit", None)):
        raise MusicGenreError(
            f"The standardisation {name_of(scaling)} is not a module with a method fit(batches), which takes what it "
            "needs from the training segments: add one."
        )
    fit: Any = scaling.fit
    fit(batches)
    with torch.no_grad():
        require_batch(deepcopy(scaling)(example), example, scaling, "standardisation", example.ndim)
    return scaling


def require_batch(found: object, given: Tensor, part: object, what: str, n_axes: int) -> Tensor:
    """Return what a part made of a batch, once checked.

    Args:
        found: What it returned.
        given: What it was given.
        part: The part.
        what: What it is, in words.
        n_axes: How many axes, from the first, must be as long as those of `given`.

    Raises:
        MusicGenreError: It is no tensor, or of another dtype or size.

    Example:
        >>> require_batch(torch.ones(3, 4), torch.ones(2, 4), torch.cat, "augmentation", 1)
        Traceback (most recent call last):
        ...
        musicgenre.errors.MusicGenreError: The augmentation cat returns float32 of shape (3, 4) for float32 of ...
    """
    if not isinstance(found, Tensor):
        raise MusicGenreError(
            f"The {what} {name_of(part)} returns a {type(found).__name__}: let it return the batch, a tensor."
        )
    if found.dtype != given.dtype or found.shape[:n_axes] != given.shape[:n_axes]:
        raise MusicGenreError(
            f"The {what} {name_of(part)} returns {_said(found)} for {_said(given)}: let it keep the dtype and the "
            f"{'shape' if n_axes == given.ndim else 'number of items'}."
        )
    return found


def states(parts: Mapping[str, object]) -> dict[str, State]:
    """Return what modules remember from batch to batch, such as a number of steps in a buffer, by name."""
    found = {name: part.state_dict() for name, part in parts.items() if isinstance(part, nn.Module)}
    return {name: state for name, state in found.items() if state}


def restore(parts: Mapping[str, object], kept: Mapping[str, State]) -> None:
    """Give modules what `states` returned; one of another class or of other sizes keeps its own."""
    for name, state in states(parts).items():
        given, part = kept.get(name, {}), parts[name]
        same = {key: each.shape for key, each in given.items()} == {key: each.shape for key, each in state.items()}
        if same and isinstance(part, nn.Module):
            part.load_state_dict(given)


def _said(x: Tensor) -> str:
    return f"{str(x.dtype).removeprefix('torch.')} of shape {tuple(x.shape)}"
