"""Losses of a classifier: logits `(B, K)` and labels `(B,)` to a scalar."""

from collections.abc import Sequence

import torch
from torch import Tensor, distributed, nn
from torch.nn import functional as F

from musicgenre.arguments import name_of
from musicgenre.augment.mixup import Mixed
from musicgenre.errors import MusicGenreError
from musicgenre.modules.batches import said
from musicgenre.modules.stored import first_line
from musicgenre.raised import at_own_line

_REFUSALS = (RuntimeError, ValueError, TypeError, IndexError, AssertionError)


def loss_of(loss: nn.Module, logits: Tensor, label: Tensor, mixed: Mixed | None = None) -> Tensor:
    """Return the loss of a training batch.

    Args:
        loss: Logits and labels -> a scalar.
        logits: Outputs of the net `(B, K)`.
        label: Genre of each item `(B,)`.
        mixed: How the items were mixed; None if they were not.

    Raises:
        MusicGenreError: The loss does not take these, or returns something else.
    """
    name = name_of(loss)
    try:
        found = loss(logits, label) if mixed is None else mixed.loss(loss, logits, label)
    except _REFUSALS as error:
        if type(error) not in _REFUSALS:  # such as out of memory
            raise
        reason = first_line(error).rstrip(".") + at_own_line(error)
        raise MusicGenreError(
            f"The loss {name} does not take logits {tuple(logits.shape)} and labels {tuple(label.shape)}, the index of "
            f"each item's genre, as torch.nn.CrossEntropyLoss does ({reason}): give one that does."
        ) from error
    if not isinstance(found, Tensor) or found.ndim:
        what = f"values of shape {tuple(found.shape)}" if isinstance(found, Tensor) else said(found)
        raise MusicGenreError(
            f"The loss {name} returns {what}: let it return a tensor of one number, such as the mean."
        )
    return found


class CrossEntropy(nn.Module):
    """Cross-entropy with label smoothing and class weights.

    Source of the smoothing: Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", CVPR 2016.

    Args:
        label_smoothing: Share of each target that is spread over all classes, in [0, 1].
        class_weights: One weight per class; "balanced" gives each class a weight inverse to its number of training
            segments, like scikit-learn's `class_weight="balanced"`; None weights all equally.

    Raises:
        MusicGenreError: A setting is invalid.

    Example:
        >>> CrossEntropy()(torch.zeros(3, 2), torch.tensor([0, 1, 1])).item()
        0.6931471824645996
    """

    weight: Tensor | None

    def __init__(self, label_smoothing: float = 0.0, class_weights: str | Sequence[float] | None = None) -> None:
        super().__init__()
        if not 0 <= label_smoothing <= 1:
            raise MusicGenreError(f"loss.label_smoothing is {label_smoothing}: give a number from 0 to 1.")
        if isinstance(class_weights, str) and class_weights != "balanced":
            raise MusicGenreError(
                f"loss.class_weights is {class_weights!r}: give balanced, null, or a list of weights."
            )
        self.label_smoothing, self.balanced = label_smoothing, class_weights == "balanced"
        given = None if class_weights is None or isinstance(class_weights, str) else torch.tensor(list(class_weights))
        self.register_buffer("weight", given, persistent=False)

    def fit(self, labels: Tensor, n_classes: int) -> None:
        """Compute balanced weights from the training segments' labels `(N,)`; check given ones.

        Raises:
            MusicGenreError: The number of weights differs from the number of classes.
        """
        if self.balanced:
            counts = torch.bincount(labels.cpu(), minlength=n_classes)
            self.weight = len(labels) / (n_classes * counts.clamp(min=1)).float()
        self._require_one_each(n_classes)

    def forward(self, logits: Tensor, label: Tensor) -> Tensor:
        """Compute the mean loss of logits `(B, K)` for labels `(B,)`.

        In distributed training each process computes its part of the loss: the mean over processes is the loss of one
        process with all their items, since weights are divided by the total over all items.

        Raises:
            MusicGenreError: The number of weights differs from the number of classes, or balanced weights were not
                fitted before training.
        """
        if self.balanced and self.weight is None and self.training:
            raise MusicGenreError(
                "loss.class_weights is balanced, but the training segments have not been counted: train on a "
                "GenreDataModule, or call loss.fit(labels, n_classes) first."
            )
        self._require_one_each(logits.shape[-1])
        weight = None if self.weight is None else self.weight.to(logits)
        if weight is None or not self.training or not (distributed.is_available() and distributed.is_initialized()):
            return F.cross_entropy(logits, label, weight=weight, label_smoothing=self.label_smoothing)
        total = weight.float()[label].sum()
        distributed.all_reduce(total)
        processes: int = distributed.get_world_size()
        loss = F.cross_entropy(logits, label, weight=weight, label_smoothing=self.label_smoothing, reduction="sum")
        return loss / (total / processes)

    def _require_one_each(self, n_classes: int) -> None:
        if self.weight is not None and len(self.weight) != n_classes:
            raise MusicGenreError(
                f"loss.class_weights has {len(self.weight)} weights, but there are {n_classes} genres: give one each."
            )
