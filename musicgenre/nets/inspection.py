"""Inspect a net: a layer's output, what a prediction depends on, the filters of the first layer."""

import math
from contextlib import AbstractContextManager, nullcontext

import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from musicgenre.errors import MusicGenreError
from musicgenre.features import Gabor

_DEEP = (nn.Conv1d, nn.Conv2d, nn.LSTM)
_ACTIVATIONS = (nn.ReLU, nn.LeakyReLU, nn.PReLU, nn.ELU, nn.GELU, nn.SiLU, nn.Tanh, nn.Sigmoid)


def layer_names(net: nn.Module) -> list[str]:
    """List the names of the layers that `layer_output` takes, in the order of definition.

    Example:
        >>> layer_names(nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten()))
        ['0', '1', '2']
    """
    return [
        name for name, layer in net.named_modules() if name and not isinstance(layer, nn.Sequential | nn.ModuleList)
    ]


def require_layer(net: nn.Module, layer: str) -> None:
    """Raise a `MusicGenreError` that names a net's layers unless this is one of them.

    Example:
        >>> require_layer(nn.Sequential(nn.Linear(4, 2)), "1")
        Traceback (most recent call last):
        ...
        musicgenre.errors.MusicGenreError: The net has no layer '1': choose one of 0.
    """
    if layer not in dict(net.named_modules()) or not layer:
        raise MusicGenreError(f"The net has no layer {layer!r}: choose one of {', '.join(layer_names(net))}.")


def layer_output(net: nn.Module, layer: str, x: Tensor) -> Tensor:
    """Run inputs `(B, C, F, T)` up to a layer and return its output `(B, ...)`; an LSTM's is `(B, D, T)`.

    Args:
        net: The net; its mode is not changed: call `.eval()` first.
        layer: One of `layer_names(net)`.
        x: The inputs.

    Raises:
        MusicGenreError: There is no such layer, or the input does not pass through it.

    Example:
        >>> net = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(64, 2))
        >>> layer_output(net, "1", torch.zeros(2, 1, 4, 4)).shape
        torch.Size([2, 4, 4, 4])
    """
    require_layer(net, layer)
    layers = dict(net.named_modules())
    found: list[Tensor] = []

    def keep(_: nn.Module, __: object, output: object) -> None:
        first = output[0] if isinstance(output, tuple) and output else output
        if not isinstance(first, Tensor):
            raise MusicGenreError(f"The layer {layer!r} returns a {type(first).__name__}, no tensor: choose another.")
        found.append(first if first is output else first.transpose(1, 2))

    with torch.no_grad():
        handle = layers[layer].register_forward_hook(keep)
        try:
            net(x)
        finally:
            handle.remove()
    if not found:
        raise MusicGenreError(f"The net never calls its layer {layer!r} itself: choose another.")
    return found[-1]


def layer_table(net: nn.Module, x: Tensor) -> pd.DataFrame:
    """List a net's layers in the order in which inputs pass through them.

    Args:
        net: The net; it is run in evaluation mode.
        x: Inputs `(1, C, F, T)`.

    Returns:
        A row per layer: layer (its name), kind (its class), output (its shape without the batch, "32x16x130"; empty if
        it is no tensor), parameters (learnt numbers, counted once, so that they add up to the net's) and fixed (stored
        but not learnt ones, such as batch norm's running statistics). Layers that only contain others have no row.

    Example:
        >>> net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(16, 2))
        >>> layer_table(net, torch.zeros(1, 1, 4, 4))[["kind", "output", "parameters", "fixed"]].values.tolist()
        [['Conv2d', '4x2x2', 40, 0], ['BatchNorm2d', '4x2x2', 8, 8], ['Flatten', '16', 0, 0], ['Linear', '2', 34, 0]]
    """
    rows: list[tuple[str, str, str, int, int]] = []
    told: set[nn.Module | Tensor] = set()

    def note(name: str, layer: nn.Module, output: object) -> None:
        parameters, fixed = (_size([each for each in own if each not in told]) for own in _own(layer))
        rows.append((name or "(itself)", type(layer).__name__, _shape(output), parameters, fixed))
        told.update((layer, *(tensor for own in _own(layer) for tensor in own)))

    layers = [(name, layer) for name, layer in net.named_modules() if not list(layer.children()) or any(_own(layer))]
    handles = [
        layer.register_forward_hook(lambda own, _, output, name=name: note(name, own, output)) for name, layer in layers
    ]
    modes = [(layer, layer.training) for layer in net.modules()]
    net.eval()
    try:
        with torch.no_grad(), _uncompiled(net):
            net(x)
    finally:
        for handle in handles:
            handle.remove()
        for layer, mode in modes:
            layer.training = mode
    for name, layer in layers:
        if layer not in told and any(_own(layer)):  # not called itself, as an attention's output layer
            note(name, layer, None)
    return pd.DataFrame(rows, columns=["layer", "kind", "output", "parameters", "fixed"])


def _uncompiled(net: nn.Module) -> AbstractContextManager[object]:
    """Run the code of a compiled net as it stands: what only looks at it is not worth compiling."""
    compiled = any(layer._compiled_call_impl is not None for layer in net.modules())
    return torch.compiler.set_stance("force_eager") if compiled else nullcontext()


def _own(layer: nn.Module) -> tuple[list[Tensor], list[Tensor]]:
    """Return a layer's own learnt and fixed tensors, without those of the layers within it."""
    learnt: list[Tensor] = [each for each in layer.parameters(recurse=False) if not is_lazy(each)]
    return learnt, [each for each in layer.buffers(recurse=False) if each.is_floating_point() and not is_lazy(each)]


def _size(tensors: list[Tensor]) -> int:
    return sum(tensor.numel() for tensor in tensors)


def _shape(output: object) -> str:
    """Return the shape of a layer's output without the batch; of several, of the first."""
    first = output[0] if isinstance(output, tuple | list) and output else output
    return "x".join(map(str, first.shape[1:])) if isinstance(first, Tensor) else ""


def last_activation(net: nn.Module) -> str:
    """Return the name of the last convolution's activation function; for an LSTM, its own name.

    Without either it is the first fully connected layer; if the activation function is not a module, it is the
    convolution itself.

    Example:
        >>> last_activation(nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten()))
        '2'
    """
    leaves: list[tuple[str, nn.Module]] = [
        (name, layer) for name, layer in net.named_modules() if not list(layer.children())
    ]
    deep = [place for place, (_, layer) in enumerate(leaves) if isinstance(layer, _DEEP)]
    if not deep:
        return next((name for name, layer in leaves if isinstance(layer, nn.Linear)), leaves[0][0])
    for name, layer in leaves[deep[-1] + 1 :]:
        if isinstance(layer, _ACTIVATIONS):
            return name
        if not isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
            break
    return leaves[deep[-1]][0]


def embeddings(net: nn.Module, x: Tensor) -> Tensor:
    """Return the input of the last linear layer for inputs `(B, C, F, T)`: the penultimate layer's output `(B, D)`.

    Raises:
        MusicGenreError: The net has no fully connected layer, or its last one does not read a row per input.

    Example:
        >>> net = nn.Sequential(nn.Flatten(), nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, 2))
        >>> embeddings(net, torch.zeros(3, 1, 4, 4)).shape
        torch.Size([3, 8])
    """
    linear = [layer for layer in net.modules() if isinstance(layer, nn.Linear)]
    if not linear:
        raise MusicGenreError(f"{type(net).__name__} has no fully connected layer, and so no embeddings.")
    found: list[Tensor] = []
    with torch.no_grad():
        handle = linear[-1].register_forward_pre_hook(lambda _, inputs: found.extend(inputs[:1]))
        try:
            net(x)
        finally:
            handle.remove()
    if not found or len(found[-1]) % len(x):
        raise MusicGenreError(
            f"{type(net).__name__} has no embeddings: its last fully connected layer does not read one row per input."
        )
    values = found[-1].flatten(1)
    return values.reshape(len(x), -1, values.shape[1]).mean(1)  # of windows, their mean


def saliency(net: nn.Module, x: Tensor, label: int, n_noisy: int = 16, noise: float = 0.1) -> Tensor:
    """Measure how strongly a genre's log-probability depends on inputs `(B, C, F, T)`: `(B, F, T)`, not negative.

    The gradient's absolute value, averaged over noisy copies of the input, and the maximum over channels.
    Source: Smilkov et al. 2017, "SmoothGrad: removing noise by adding noise".

    Args:
        net: The net; its mode is not changed: call `.eval()` first.
        x: Standardised features.
        label: The genre.
        n_noisy: Number of copies.
        noise: Standard deviation of the noise, as a fraction of the input's range.

    Example:
        >>> net = nn.Sequential(nn.Flatten(), nn.Linear(4, 2))
        >>> net[1].weight.data = torch.tensor([[0.0, 0.0, 5.0, 0.0], [0.0, 0.0, 0.0, 0.0]])  # one point counts
        >>> saliency(net, torch.zeros(1, 1, 2, 2), label=0) > 0
        tensor([[[False, False],
                 [ True, False]]])
    """
    generator = torch.Generator().manual_seed(0)
    spread = noise * (x.amax() - x.amin())
    total = torch.zeros_like(x)
    for _ in range(n_noisy):
        noisy = (x + spread * torch.randn(x.shape, generator=generator)).requires_grad_()
        score = net(noisy).log_softmax(-1)[:, label].sum()
        total += torch.autograd.grad(score, noisy)[0].abs()
    return (total / n_noisy).amax(dim=1)  # (B, F, T)


def first_filters(net: nn.Module, in_shape: tuple[int, ...]) -> Tensor:
    """Return the filters that the first layer has learnt, as pictures `(N, H, W)`; the largest first.

    Those of a convolution are averaged over its input channels; those of a fully connected layer have the input's
    shape; a 1-D convolution reads all bins at once, so that its filters are bins by frames. For a net that starts with
    a Gabor filterbank they are `Gabor.responses`.

    Raises:
        MusicGenreError: The net starts with another kind of layer, or with a fully connected one that reads something
            derived from the input.

    Example:
        >>> first_filters(nn.Conv2d(1, 32, 3), (1, 128, 130)).shape, first_filters(nn.Linear(6, 4), (1, 2, 3)).shape
        (torch.Size([32, 3, 3]), torch.Size([4, 2, 3]))
    """
    kinds = Gabor | nn.Conv1d | nn.Conv2d | nn.Linear | nn.LSTM
    first = next((each for each in net.modules() if isinstance(each, kinds)), None)
    if isinstance(first, nn.Conv2d):
        filters = first.weight.mean(dim=1)  # (N, H, W)
    elif isinstance(first, nn.Conv1d):
        filters = first.weight  # (N, F, frames)
    elif isinstance(first, nn.Linear) and first.in_features == math.prod(in_shape):
        filters = first.weight.view(-1, *in_shape).mean(dim=1)  # (N, F, T)
    else:
        kind = "no layer with weights" if first is None else type(first).__name__
        read = f" of {first.in_features} values" if isinstance(first, nn.Linear) else ""
        raise MusicGenreError(f"{type(net).__name__} begins with {kind}{read}, which has no filters to draw.")
    order = filters.flatten(1).norm(dim=1).argsort(descending=True)
    return filters.detach()[order]
