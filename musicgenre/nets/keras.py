"""Defaults of Keras that differ from torch's: the sources S0 to S3 were written in Keras.

Dense and convolution layers are initialised Glorot-uniform with zero biases; batch norm adds 1e-3 to the variance and
keeps 99 % of its running statistics at each step (torch 90 %); "same" padding puts the odd row or column at the end.

S3's nets use torch's batch norm: S3 reports no figure to reproduce, and with its few steps an epoch, on a set smaller
than GTZAN, statistics that keep 99 % lag so far behind the weights that validation is meaningless.
"""

import math
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from musicgenre.errors import MusicGenreError

BatchNorm1d = partial(nn.BatchNorm1d, eps=1e-3, momentum=0.01)  # torch's momentum is the weight of the new value
BatchNorm2d = partial(nn.BatchNorm2d, eps=1e-3, momentum=0.01)


class MaxPool2dSame(nn.Module):
    """Max pool with Keras' "same" padding: ceil(size / stride) outputs per axis, whatever the kernel.

    Args:
        kernel_size: Side of the window.
        stride: Step of the window.

    Example:
        >>> MaxPool2dSame(3, 2)(torch.tensor([[[[1.0, 2.0, 3.0, 4.0]]]]))
        tensor([[[[3., 4.]]]])
    """

    def __init__(self, kernel_size: int, stride: int) -> None:
        super().__init__()
        self.kernel_size, self.stride = kernel_size, stride

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, F, T) to (B, C, ceil(F / stride), ceil(T / stride))."""
        height, width = self._padding(x.shape[2]), self._padding(x.shape[3])
        sides = (width // 2, width - width // 2, height // 2, height - height // 2)
        return F.max_pool2d(F.pad(x, sides, value=-math.inf), self.kernel_size, self.stride)

    def _padding(self, size: int) -> int:
        """Return the total number of rows or columns to add to an axis."""
        n_outputs = math.ceil(size / self.stride)
        return max((n_outputs - 1) * self.stride + self.kernel_size - size, 0)


def keras_init(net: nn.Module) -> None:
    """Initialise every convolution and fully connected layer as Keras does; leave other layers unchanged.

    Example:
        >>> layer = nn.Linear(3, 3)
        >>> keras_init(layer)
        >>> layer.bias.tolist(), bool(layer.weight.abs().max() <= (6 / (3 + 3)) ** 0.5)
        ([0.0, 0.0, 0.0], True)
    """
    for layer in net.modules():
        if isinstance(layer, nn.Conv1d | nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            nn.init.xavier_uniform_(layer.weight)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def squared_weights(*parts: nn.Module) -> Tensor:
    """Return the sum of all squared weights, without biases, of the parts' convolutions and dense layers.

    Multiplied by the factor, this is what Keras' `kernel_regularizer=l2(factor)` adds to the loss.

    Example:
        >>> layer = nn.Linear(2, 1)
        >>> layer.weight.data = torch.tensor([[3.0, 4.0]])
        >>> squared_weights(layer).item()
        25.0
    """
    layers = [layer for part in parts for layer in part.modules() if isinstance(layer, nn.Conv2d | nn.Linear)]
    return torch.stack([layer.weight.square().sum() for layer in layers]).sum()


def flat_size(layers: nn.Module, in_shape: tuple[int, ...]) -> int:
    """Return how many values the layers output for one input, by passing zeros through them once.

    Raises:
        MusicGenreError: if the input is too small for one of the kernels or pools.

    Example:
        >>> flat_size(nn.Sequential(nn.Conv2d(1, 8, 3), nn.MaxPool2d(2)), (1, 10, 12))  # 8 * 4 * 5
        160
    """
    layers.eval()  # so that batch norm's running statistics do not change
    try:
        with torch.no_grad():
            output: Tensor = layers(torch.zeros(1, *in_shape))
    except RuntimeError as error:
        raise MusicGenreError(
            f"An input of shape {in_shape} does not fit this network ({error}). "
            "Take longer segments or more bins, or another network."
        ) from error
    layers.train()
    return output.numel()
