"""A classifier's batches: ours, or any features and labels."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from musicgenre.arguments import name_of
from musicgenre.augment.mixup import Mixed
from musicgenre.data.loader import Batch
from musicgenre.errors import MusicGenreError


def labelled(batch: object, n_genres: int | None = None) -> Sequence[Any]:
    """Return a batch of features and labels unchanged, once checked.

    Args:
        batch: A batch of any loader.
        n_genres: Labels must be below it; None if it is unknown.

    Raises:
        MusicGenreError: It is not `(features, label, ...)`, or its labels are not genres.
    """
    if isinstance(batch, Batch):
        return batch
    if not isinstance(batch, list | tuple) or len(batch) < 2 or not isinstance(batch[0], Tensor):
        raise MusicGenreError(
            f"A batch is {said(batch)}: give (features (B, C, F, T), label (B,)), and after them the track and the "
            "start of each segment if they are known."
        )
    _require_labels(batch[0], batch[1], n_genres)
    return batch


def unlabelled(batch: object) -> Sequence[Any]:
    """Return a batch to predict as a sequence that starts with features, which may be all that it has.

    Raises:
        MusicGenreError: There are no features.
    """
    fields = [batch] if isinstance(batch, Tensor) else batch
    if not isinstance(fields, list | tuple) or not fields or not isinstance(fields[0], Tensor):
        raise MusicGenreError(
            f"A batch to predict is {said(batch)}: give features (B, C, F, T), or (features, label, ...)."
        )
    return fields


def mixed_by(mix: nn.Module, x: Tensor) -> Mixed:
    """Return a training batch `(B, C, F, T)` as mixed.

    Raises:
        MusicGenreError: The mix returns something else.
    """
    found = mix(x)
    if not all(hasattr(found, name) for name in ("x", "loss", "right")):
        raise MusicGenreError(
            f"The mix {name_of(mix)} returns {said(found)}: let it return a "
            "musicgenre.augment.mixup.Mixed(x, partner, share)."
        )
    mixed: Mixed = found
    return mixed


def _require_labels(x: Tensor, label: object, n_genres: int | None) -> None:
    if not isinstance(label, Tensor) or label.is_floating_point() or label.is_complex() or label.dtype == torch.bool:
        what = said(label) if not isinstance(label, Tensor) else f"of {str(label.dtype).removeprefix('torch.')}"
        raise MusicGenreError(f"The labels of a batch are {what}: give whole numbers, the index of each one's genre.")
    if tuple(label.shape) != (len(x),):
        raise MusicGenreError(
            f"The labels of a batch of {len(x)} have shape {tuple(label.shape)}: give one number for each item."
        )
    if label.is_cpu and n_genres is not None and len(label) and not 0 <= label.min() <= label.max() < n_genres:
        raise MusicGenreError(
            f"The labels of a batch go from {int(label.min())} to {int(label.max())}, but there are {n_genres} genres: "
            f"give labels from 0 to {n_genres - 1}."
        )


def said(value: object) -> str:
    """Describe a batch, or what a net or mix returned, in words.

    Example:
        >>> said({"x": 1}), said((torch.zeros(2, 3), "a"))
        ("a dict of 'x'", 'a tuple of Tensor and str')
    """
    kind = f"a {type(value).__name__}"
    if isinstance(value, dict):
        return f"{kind} of {', '.join(map(repr, value))}"
    if isinstance(value, list | tuple) and value:
        return f"{kind} of {' and '.join(dict.fromkeys(type(each).__name__ for each in value))}"
    return kind
