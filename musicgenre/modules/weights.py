"""The weights that a checkpoint holds, where a callback of Lightning's keeps others than the net's own parameters."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import lightning as L
from lightning.pytorch.callbacks import WeightAveraging
from torch import Tensor, nn
from torch.nn.utils import prune

_KEPT, _MASK = "_orig", "_mask"  # how torch.nn.utils.prune calls what a pruned parameter is made of


def weights_to_keep(checkpoint: Mapping[str, Any], module: L.LightningModule) -> dict[str, Tensor]:
    """Return the state dict that a checkpoint shall hold: pruned, averaged, as the callbacks wish.

    Lightning asks callbacks about whole checkpoints, and not about those of weights alone (`save_weights_only`), which
    would hold other weights than those that were validated.

    Args:
        checkpoint: With `state_dict`, as Lightning gives it to `on_save_checkpoint`.
        module: What is saved.
    """
    seen = dict(checkpoint)
    if "optimizer_states" not in checkpoint and module._trainer is not None:
        callbacks: list[L.Callback] = vars(module._trainer)["callbacks"]  # which no type checker sees
        for callback in callbacks:
            callback.on_save_checkpoint(module._trainer, module, seen)
    return without_masks(seen["state_dict"])


@contextmanager
def as_loaded(trainer: L.Trainer) -> Iterator[None]:
    """Validate and test, inside, the very weights that are loaded.

    After training, Lightning's `WeightAveraging` puts its last average in the place of whatever is validated.
    """
    callbacks: list[L.Callback] = vars(trainer)["callbacks"]
    vars(trainer)["callbacks"] = [each for each in callbacks if not isinstance(each, WeightAveraging)]
    try:
        yield
    finally:
        vars(trainer)["callbacks"] = callbacks


def without_masks(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return a state dict in which each pruned parameter stands under its own name, with its zeros.

    Example:
        >>> import torch
        >>> without_masks({"weight_orig": torch.tensor([1.0, 2.0]), "weight_mask": torch.tensor([1.0, 0.0])})
        {'weight': tensor([1., 0.])}
    """
    pruned = {name.removesuffix(_MASK) for name in state if name.endswith(_MASK)}
    pruned = {name for name in pruned if f"{name}{_KEPT}" in state}
    parts = {f"{name}{part}" for name in pruned for part in (_KEPT, _MASK)}
    whole = {name: state[f"{name}{_KEPT}"] * state[f"{name}{_MASK}"] for name in sorted(pruned)}
    return {name: value for name, value in state.items() if name not in parts} | whole


def remove_masks(module: nn.Module) -> None:
    """Make pruned parameters plain ones, so that weights can be loaded into them."""
    for part in module.modules():
        masked = [name.removesuffix(_MASK) for name, _ in part.named_buffers(recurse=False) if name.endswith(_MASK)]
        for name in masked:
            if hasattr(part, f"{name}{_KEPT}"):
                prune.remove(part, name)  # type: ignore[no-untyped-call]
