"""Faster nets: compiled, or with weights in another memory format. Checkpoints stay the same."""

import logging
import os
import shutil
import sys
import sysconfig
import warnings
from collections.abc import Sequence
from pathlib import Path

import lightning as L
import torch
from lightning.pytorch.callbacks import Callback
from torch import nn
from torch.optim import Optimizer

from musicgenre.errors import MusicGenreError
from musicgenre.modules.shape import LAID_OUT, require_answers
from musicgenre.modules.windowed import within


def compile_net(net: nn.Module) -> None:
    """Compile a net (torch.compile) in place at its first input; another batch size compiles it once more.

    Raises:
        MusicGenreError: The machine has no C++ compiler, or Python's headers are missing.
    """
    require_compiler()
    logging.getLogger("torch.utils.cpp_extension").setLevel(logging.ERROR)  # warns of a missing GPU that nobody needs
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of torch's own imports
        net.compile()


def compiled_in_place(net: nn.Module) -> nn.Module:
    """Return the net that torch.compile wrapped, compiled in place, so that checkpoints name it; other nets unchanged.

    Example:
        >>> net = nn.Linear(2, 3)
        >>> compiled_in_place(torch.compile(net, backend="eager")) is net
        True
    """
    inner, compiler = getattr(net, "_orig_mod", None), getattr(net, "dynamo_ctx", None)
    if not isinstance(inner, nn.Module) or compiler is None:
        return net
    inner._compiled_call_impl = compiler(inner._call_impl)  # like inner.compile(), but with the given settings
    return inner


def require_compiler() -> None:
    """Check that there are a C++ compiler and Python's headers, which torch.compile needs.

    Raises:
        MusicGenreError: One of them is missing.
    """
    usual = ("cl",) if sys.platform == "win32" else ("g++", "clang++")
    asked = os.environ.get("CXX")
    if not any(shutil.which(name) for name in ((asked,) if asked else usual)):
        where = f"$CXX names {asked}, which is not there" if asked else f"no {' or '.join(usual)}"
        raise MusicGenreError(
            f"compile=true needs a C++ compiler, but none was found on this machine ({where}): install one, or set "
            "compile=false."
        )
    headers = Path(sysconfig.get_path("include"))
    if sys.platform == "linux" and not (headers / "Python.h").exists():
        raise MusicGenreError(
            f"compile=true needs Python's headers, but there is no {headers / 'Python.h'}: install them (Debian's "
            "python3-dev, Fedora's python3-devel), or set compile=false."
        )


class ChannelsLast(Callback):
    """Converts convolution weights to the `channels_last` memory format, as inputs are, before the first step.

    Names, shapes and values stay, so that checkpoints are the same. An optimizer's states get the format of their
    weight, since fused optimizers iterate over memory. L-BFGS and pruning need a view of all weights as one vector,
    which this format does not allow.

    Example:
        >>> net = nn.Conv2d(2, 3, 3)
        >>> ChannelsLast.lay_out(net, [])
        >>> net.weight.shape, net.weight.stride()
        (torch.Size([3, 2, 3, 3]), (18, 1, 6, 2))
    """

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Convert weights and a resumed optimizer's states.

        Raises:
            MusicGenreError: The net does not take inputs in this format, or would learn from wrong gradients.
        """
        if pl_module.device.type == "cpu":
            _require_right_gradients(pl_module)
        self.lay_out(pl_module, trainer.optimizers)
        net, card = getattr(pl_module, "net", None), getattr(pl_module, "card", None)
        if net is not None and card is not None:
            setattr(within(net), LAID_OUT, True)
            require_answers(net, card.net_shape, len(card.genres))

    @staticmethod
    def lay_out(net: nn.Module, optimizers: Sequence[Optimizer]) -> None:
        """Convert the weights of a net's convolutions, and their optimizer states."""
        for weight in net.parameters():
            if weight.ndim == 4:
                weight.data = weight.data.contiguous(memory_format=torch.channels_last)
                for state in (optimizer.state.get(weight, {}) for optimizer in optimizers):
                    for name, value in state.items():
                        if isinstance(value, torch.Tensor) and value.shape == weight.shape:
                            state[name] = value.contiguous(memory_format=torch.channels_last)


def _require_right_gradients(net: nn.Module) -> None:
    """Raise an error for convolutions whose gradients oneDNN computes wrongly, and past its memory (oneDNN#6035)."""
    convolutions = [(name, layer) for name, layer in net.named_modules() if isinstance(layer, nn.Conv2d)]
    for name, layer in convolutions:
        strided = layer.kernel_size == (1, 1) and max(layer.stride) > 1
        if strided and layer.in_channels < 16 and layer.groups == 1:
            raise MusicGenreError(
                f"channels_last=true gives wrong gradients on a CPU for {name}, a strided 1x1 convolution of "
                f"{layer.in_channels} channels: torch's oneDNN needs 16 there. Set channels_last=false."
            )
