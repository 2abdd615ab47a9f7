"""A net's graph for TensorBoard, traced once for all runs of a process."""

import json
import warnings
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.tensorboard._pytorch_graph import graph

from musicgenre import nets
from musicgenre.errors import MusicGenreError
from musicgenre.parts import describe

# TorchScript never frees what it has traced, a few megabytes a net: a sweep of a hundred runs would keep it all.
_traced: dict[str, Any] = {}


def graph_of(net: nn.Module, example: Tensor) -> Any:  # noqa: ANN401  # torch.utils.tensorboard is untyped
    """Return the graph that TensorBoard's writer takes: an input's way through the net in evaluation mode.

    Args:
        net: The network. Nets of this project are identified by their settings, so that equal ones are traced once.
        example: An input (B, C, F, T), on the net's device.

    Raises:
        RuntimeError: The net cannot be traced.
    """
    key = _key(net, example)
    if key is None:
        return _trace(net, example)
    if key not in _traced:
        _traced[key] = _trace(net, example)
    return _traced[key]


def _key(net: nn.Module, example: Tensor) -> str | None:
    """Return what determines a net's graph; None for a net that its settings may not fully describe."""
    try:
        made = describe(net)
    except MusicGenreError:
        return None
    package, _, name = made["name"].rpartition(".")
    return json.dumps([made, list(example.shape)]) if package == nets.__name__ and name in nets.__all__ else None


def _trace(net: nn.Module, example: Tensor) -> Any:  # noqa: ANN401
    modes = [(layer, layer.training) for layer in net.modules()]
    net.eval()  # uses no random numbers and leaves running statistics alone
    try:
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # from the tracer
            return graph(torch.jit.trace(net, example, check_trace=False), (example,))
    finally:
        for layer, mode in modes:
            layer.training = mode
