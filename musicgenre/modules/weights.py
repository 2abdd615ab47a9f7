"""What Lightning's callbacks have in a checkpoint: weights other than the net's own parameters, and their states."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import lightning as L
from lightning.pytorch.callbacks import WeightAveraging
from torch import Tensor, nn
from torch.nn.utils import prune

_KEPT, _MASK = "_orig", "_mask"  # suffixes of the two parts of a pruned parameter in torch.nn.utils.prune


def weights_to_keep(checkpoint: Mapping[str, Any], module: L.LightningModule) -> dict[str, Tensor]:
    """Return the state dict to save in a checkpoint: pruned or averaged, as the callbacks determine.

    Lightning calls callbacks for full checkpoints but not for those of weights only (`save_weights_only`), which would
    otherwise hold other weights than those that were validated.

    Args:
        checkpoint: The checkpoint with its `state_dict`, as Lightning passes it to `on_save_checkpoint`.
        module: The saved module.
    """
    seen = dict(checkpoint)
    if "optimizer_states" not in checkpoint and module._trainer is not None:
        callbacks: list[L.Callback] = vars(module._trainer)["callbacks"]  # hidden from the type checker
        for callback in callbacks:
            callback.on_save_checkpoint(module._trainer, module, seen)
    return without_masks(seen["state_dict"])


def leave_out_callbacks(checkpoint: dict[str, Any], trainer: L.Trainer) -> None:
    """Remove the states of callbacks that a trainer lacks, unless it trains: Lightning would warn of each.

    Args:
        checkpoint: The checkpoint, as Lightning passes it to `on_load_checkpoint`.
        trainer: The trainer that loads it.
    """
    if trainer.state.fn != "fit" and "callbacks" in checkpoint:
        there = {callback.state_key for callback in vars(trainer)["callbacks"]}
        checkpoint["callbacks"] = {key: state for key, state in checkpoint["callbacks"].items() if key in there}


@contextmanager
def as_loaded(trainer: L.Trainer) -> Iterator[None]:
    """Validate and test exactly the loaded weights inside the block.

    After training, Lightning's `WeightAveraging` replaces whatever is validated with its last average.
    """
    callbacks: list[L.Callback] = vars(trainer)["callbacks"]
    vars(trainer)["callbacks"] = [each for each in callbacks if not isinstance(each, WeightAveraging)]
    try:
        yield
    finally:
        vars(trainer)["callbacks"] = callbacks


def without_masks(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return a state dict with each pruned parameter under its own name, zeros included.

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
    """Turn pruned parameters into plain ones, so that weights can be loaded into them."""
    for part in module.modules():
        masked = [name.removesuffix(_MASK) for name, _ in part.named_buffers(recurse=False) if name.endswith(_MASK)]
        for name in masked:
            if hasattr(part, f"{name}{_KEPT}"):
                prune.remove(part, name)  # type: ignore[no-untyped-call]
