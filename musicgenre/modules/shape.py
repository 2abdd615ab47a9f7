"""A net made for the data: its input's shape, and checks that torch does not make."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import lightning as L
import torch
from lightning.pytorch.utilities.seed import isolate_rng
from torch import Tensor, nn

from musicgenre.arguments import plain
from musicgenre.errors import MusicGenreError
from musicgenre.modules.batches import labelled, unlabelled
from musicgenre.modules.stored import first_line
from musicgenre.modules.windowed import within

LAID_OUT = "_weights_are_channels_last"  # of a net whose inputs are to lie as its weights
_OURS = ("musicgenre.nets.", "musicgenre.classical.")  # where the nets are that take memory in any order


def first_input_shape(trainer: L.Trainer) -> tuple[int, ...]:
    """Read the shape `(C, F, T)` of one input off the first batch that the trainer trains, tests or predicts with.

    Raises:
        MusicGenreError: There is none.
    """
    loop: Any = trainer._active_loop
    loop.setup_data()
    if loop._combined_loader is None:  # such as where the trainer is to take no batch
        raise MusicGenreError("The net is not made yet, and no batch says its input's shape: fit first, or load one.")
    with isolate_rng():  # a look ahead, which changes no order
        batch = next(iter(loop._combined_loader.flattened[0]))
    return tuple((unlabelled(batch) if trainer.predicting else labelled(batch))[0].shape[1:])


def make_net(factory: Callable[..., nn.Module], *arguments: Any, **settings: Any) -> nn.Module:  # noqa: ANN401
    """Return the net that a factory makes.

    Raises:
        MusicGenreError: The net has a layer of no width: torch makes it, and it learns nothing.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Initializing zero-element tensors")  # what follows says it better
        net = _with_plain_settings(factory)(*arguments, **settings)
    if empty := [name for name, parameter in net.named_parameters() if not parameter.numel()]:
        raise MusicGenreError(f"The net's {empty[0]} is empty: a width among model.* is 0, and 1 is the least.")
    return net


def _with_plain_settings(factory: Callable[..., nn.Module]) -> Callable[..., nn.Module]:
    """Return a partial with Python's own numbers for numpy's, which torch's layers refuse; any other factory itself."""
    if not isinstance(factory, partial):
        return factory
    return partial(factory.func, *map(plain, factory.args), **{n: plain(v) for n, v in factory.keywords.items()})


@contextmanager
def as_before(module: nn.Module) -> Iterator[None]:
    """Leave every layer in the mode that it was in: some are kept in evaluation mode while others are trained."""
    modes = [(layer, layer.training) for layer in module.modules()]
    try:
        yield
    finally:
        for layer, mode in modes:
            layer.training = mode


def of_net(net: nn.Module) -> dict[str, Any]:
    """Return the device and the type of a net's numbers, to make or move its inputs with.

    Example:
        >>> of_net(nn.Linear(2, 3).double())
        {'device': device(type='cpu'), 'dtype': torch.float64}
    """
    first = next((value for value in net.parameters() if value.is_floating_point()), torch.zeros(()))
    return {"device": first.device, "dtype": first.dtype}


def require_answers(net: nn.Module, in_shape: tuple[int, ...], n_genres: int) -> None:
    """Make sure that a net takes inputs of a shape `(C, F, T)` and gives a value for each genre.

    Raises:
        MusicGenreError: It does not.
    """
    x = torch.zeros(2, *in_shape, **of_net(net))
    try:
        with isolate_rng(), as_before(net), torch.no_grad():
            net.eval()
            found = tuple(net(laid_out(x, net)).shape)
    except (RuntimeError, ValueError, IndexError) as error:
        raise MusicGenreError(
            f"The net takes no inputs of {in_shape} (channels, bins, frames), which the data has: make it for them, or "
            f"give its class, GenreClassifier(MyNet) ({first_line(error)})."
        ) from error
    if found != (2, n_genres):
        raise MusicGenreError(
            f"The net gives outputs of {found[1:]}, and the data has {n_genres} genres: make it for {n_genres}, or "
            "give its class, GenreClassifier(MyNet)."
        )


def laid_out(x: Tensor, net: nn.Module) -> Tensor:
    """Return inputs as a net takes them: `channels_last` for musicgenre's own, in the order of their shape for others.

    Another net may look at what a convolution gives with `view`, which memory in another order than the shape's does
    not allow.
    """
    inner = within(net)
    ours = next(kind for kind in type(inner).__mro__ if "forward" in vars(kind)).__module__.startswith(_OURS)
    return channels_last(x) if ours or getattr(inner, LAID_OUT, False) else x.contiguous()


def channels_last(x: Tensor) -> Tensor:
    """Return inputs with the channels of a point side by side in memory, where there are points `(B, C, F, T)`.

    Convolutions take less time so, most of all in bfloat16. A single channel lies so anyway, but its strides have to
    say it. `ChannelsLast` does the same to weights.

    Example:
        >>> channels_last(torch.zeros(2, 1, 4, 5)).stride()
        (20, 1, 5, 1)
    """
    if x.ndim != 4:
        return x
    x = x.contiguous(memory_format=torch.channels_last)
    n_channels, height, width = x.shape[1:]
    return x if n_channels > 1 else x.as_strided(x.shape, (height * width, 1, width, 1))
