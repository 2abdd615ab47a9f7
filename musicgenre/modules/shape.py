"""Building a net for the data: the shape of its input, and checks that torch does not make."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import lightning as L
import torch
from lightning.pytorch.utilities.seed import isolate_rng
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from musicgenre.calls import built
from musicgenre.errors import MusicGenreError
from musicgenre.modules.batches import labelled, said, unlabelled
from musicgenre.modules.stored import first_line
from musicgenre.modules.windowed import within
from musicgenre.raised import at_own_line

LAID_OUT = "_weights_are_channels_last"  # set on a net whose inputs must have its weights' memory format
_OURS = ("musicgenre.nets.", "musicgenre.classical.")  # packages whose nets take any memory format


def first_input_shape(trainer: L.Trainer) -> tuple[int, ...]:
    """Return the shape `(C, F, T)` of an input, from the first batch that the trainer trains, tests or predicts with.

    Raises:
        MusicGenreError: There is no batch.
    """
    loop: Any = trainer._active_loop
    loop.setup_data()
    if loop._combined_loader is None:  # such as when the trainer takes no batch
        raise MusicGenreError("The net is not made yet, and no batch gives its input's shape: fit first, or load one.")
    with isolate_rng():  # a look ahead that does not change the order
        batch = next(iter(loop._combined_loader.flattened[0]))
    return tuple((unlabelled(batch) if trainer.predicting else labelled(batch))[0].shape[1:])


def make_net(factory: Callable[..., nn.Module], *arguments: Any, **settings: Any) -> nn.Module:  # noqa: ANN401
    """Return the net that a factory builds.

    Raises:
        MusicGenreError: The net has a layer of width 0, which torch builds and which learns nothing.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Initializing zero-element tensors")  # the error below is clearer
        net: nn.Module = built(factory, *arguments, **settings)
    known = {name: parameter for name, parameter in net.named_parameters() if not is_lazy(parameter)}
    if empty := [name for name, parameter in known.items() if not parameter.numel()]:
        raise MusicGenreError(f"The net's {empty[0]} is empty: a width among model.* is 0; give at least 1.")
    return net


def start(net: nn.Module) -> None:
    """Read the published weights that a net starts from; nothing happens to a net without any.

    Raises:
        MusicGenreError: They are missing, or belong to another network.
    """
    if callable(getattr(type(net), "start", None)):
        cast(Any, net).start()


@contextmanager
def as_before(module: nn.Module) -> Iterator[None]:
    """Restore every layer's mode afterwards: some may be in evaluation mode while others are trained."""
    modes = [(layer, layer.training) for layer in module.modules()]
    try:
        yield
    finally:
        for layer, mode in modes:
            layer.training = mode


def of_net(net: nn.Module) -> dict[str, Any]:
    """Return the device and dtype of a net's parameters, for creating or moving its inputs.

    Example:
        >>> of_net(nn.Linear(2, 3).double())
        {'device': device(type='cpu'), 'dtype': torch.float64}
    """
    first = next((value for value in net.parameters() if value.is_floating_point()), torch.zeros(()))
    return {"device": first.device, "dtype": first.dtype}


def require_answers(net: nn.Module, in_shape: tuple[int, ...], n_genres: int, *, given: bool = False) -> None:
    """Check that a net takes inputs of shape `(C, F, T)` and gives a value for each genre.

    Args:
        net: The net.
        in_shape: Shape of one input.
        n_genres: Number of genres.
        given: Whether it was given as it is, and not made for the data.

    Raises:
        MusicGenreError: It does not.
    """
    instead = ", or give its class, GenreClassifier(MyNet)" if given else ""
    x = torch.zeros(2, *in_shape, **of_net(net))
    try:
        with isolate_rng(), as_before(net), torch.no_grad():
            net.eval()
            found = tuple(answers(net, x).shape)
    except (RuntimeError, ValueError, IndexError, AssertionError) as error:
        line = at_own_line(error)
        mend = f" Make it for them{instead}." if given else "" if line else " Choose another net or other features."
        raise MusicGenreError(
            f"The net does not take the data's inputs of {in_shape} (channels, bins, frames): "
            f"{first_line(error).rstrip('.')}{line}.{mend}"
        ) from error
    if found[:1] != (2,):
        raise MusicGenreError(
            f"The net gives outputs of shape {found} for a batch of 2 items: let it give each item of a batch a row of "
            f"{n_genres} values."
        )
    if found != (2, n_genres):
        raise MusicGenreError(
            f"The net gives outputs of {found[1:]}, but the data has {n_genres} genres: make it for "
            f"{n_genres}{instead}."
        )


def answers(net: nn.Module, x: Tensor) -> Tensor:
    """Return a net's logits for inputs `(B, C, F, T)`.

    Raises:
        MusicGenreError: It returns something else than a tensor, or its weights are of another dtype than the inputs.
    """
    try:
        found = net(laid_out(x, net))
    except RuntimeError as error:
        about_types = "type" in str(error) and type(error) is RuntimeError  # not a compiler's, nor a full memory
        if (own := of_net(net)["dtype"]) == x.dtype or not about_types:
            raise
        raise MusicGenreError(
            f"The net {type(within(net)).__name__} has weights of {_named(own)}, but inputs of "
            f"{_named(x.dtype)}: give both the same dtype, as trainer.precision=64-true does ({first_line(error)})."
        ) from error
    if not isinstance(found, Tensor):
        raise MusicGenreError(
            f"The net {type(within(net)).__name__} returns {said(found)}: let its forward return the logits (B, K) "
            "alone, a value for each genre."
        )
    return found


def _named(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def laid_out(x: Tensor, net: nn.Module) -> Tensor:
    """Return inputs in a net's memory format: `channels_last` for musicgenre's own, contiguous for others.

    Other nets may call `view` on a convolution's output, which `channels_last` does not allow.
    """
    inner = within(net)
    ours = next(kind for kind in type(inner).__mro__ if "forward" in vars(kind)).__module__.startswith(_OURS)
    return channels_last(x) if ours or getattr(inner, LAID_OUT, False) else x.contiguous()


def channels_last(x: Tensor) -> Tensor:
    """Return inputs `(B, C, F, T)` in the `channels_last` memory format; other inputs unchanged.

    Convolutions are faster in it, above all in bfloat16. With a single channel the memory is the same, but
    the strides have to say so. `ChannelsLast` does the same to weights.

    Example:
        >>> channels_last(torch.zeros(2, 1, 4, 5)).stride()
        (20, 1, 5, 1)
    """
    if x.ndim != 4:
        return x
    x = x.contiguous(memory_format=torch.channels_last)
    n_channels, height, width = x.shape[1:]
    return x if n_channels > 1 else x.as_strided(x.shape, (height * width, 1, width, 1))
