"""A net that computes sooner: compiled, or with its weights in another order of memory. Checkpoints stay the same."""

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
    """Compile a net (torch.compile) in place at its first input; another size of batch is compiled once more.

    Raises:
        MusicGenreError: The machine has no C++ compiler, or Python's headers are missing.
    """
    require_compiler()
    logging.getLogger("torch.utils.cpp_extension").setLevel(logging.ERROR)  # it misses a GPU that nobody asked for
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of what torch itself imports
        net.compile()


def compiled_in_place(net: nn.Module) -> nn.Module:
    """Return what torch.compile has wrapped, compiled as it was asked for, so that checkpoints name it; any other net.

    Example:
        >>> net = nn.Linear(2, 3)
        >>> compiled_in_place(torch.compile(net, backend="eager")) is net
        True
    """
    inner, compiler = getattr(net, "_orig_mod", None), getattr(net, "dynamo_ctx", None)
    if not isinstance(inner, nn.Module) or compiler is None:
        return net
    inner._compiled_call_impl = compiler(inner._call_impl)  # as inner.compile() does, with settings of its own
    return inner


def require_compiler() -> None:
    """Make sure that there are a C++ compiler and Python's headers, which torch.compile needs.

    Raises:
        MusicGenreError: One of them is missing.
    """
    usual = ("cl",) if sys.platform == "win32" else ("g++", "clang++")
    asked = os.environ.get("CXX")
    if not any(shutil.which(name) for name in ((asked,) if asked else usual)):
        where = f"$CXX names {asked}, which is not there" if asked else f"neither {' nor '.join(usual)} is there"
        raise MusicGenreError(
            f"compile=true needs a C++ compiler, and this machine has none that can be found ({where}): install one, "
            "or leave compile=false."
        )
    headers = Path(sysconfig.get_path("include"))
    if sys.platform == "linux" and not (headers / "Python.h").exists():
        raise MusicGenreError(
            f"compile=true needs Python's headers, and there is no {headers / 'Python.h'}: install them (Debian's "
            "python3-dev, Fedora's python3-devel), or leave compile=false."
        )


class ChannelsLast(Callback):
    """Lays the weights of convolutions out with channels side by side, as inputs are, before the first step.

    Names, shapes and values stay, so that checkpoints are the same. What an optimizer remembers of a weight is laid out
    as the weight is, since fused optimizers run over memory. L-BFGS and pruning look at all weights as one vector,
    which memory in another order than the shape's does not give.

    Example:
        >>> net = nn.Conv2d(2, 3, 3)
        >>> ChannelsLast.lay_out(net, [])
        >>> net.weight.shape, net.weight.stride()
        (torch.Size([3, 2, 3, 3]), (18, 1, 6, 2))
    """

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Lay out weights and what a resumed optimizer remembers of them.

        Raises:
            MusicGenreError: The net does not take inputs so.
        """
        self.lay_out(pl_module, trainer.optimizers)
        net, card = getattr(pl_module, "net", None), getattr(pl_module, "card", None)
        if net is not None and card is not None:
            setattr(within(net), LAID_OUT, True)
            require_answers(net, card.net_shape, len(card.genres))

    @staticmethod
    def lay_out(net: nn.Module, optimizers: Sequence[Optimizer]) -> None:
        """Lay out the weights of a net's convolutions, and the states that optimizers keep of them."""
        for weight in net.parameters():
            if weight.ndim == 4:
                weight.data = weight.data.contiguous(memory_format=torch.channels_last)
                for state in (optimizer.state.get(weight, {}) for optimizer in optimizers):
                    for name, value in state.items():
                        if isinstance(value, torch.Tensor) and value.shape == weight.shape:
                            state[name] = value.contiguous(memory_format=torch.channels_last)
