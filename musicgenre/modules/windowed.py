"""A net applied to a segment window by window."""

import math
from typing import Any

from torch import Tensor, nn

from musicgenre.data.windows import Windows, cover


class Windowed(nn.Module):
    """Returns the logarithm of the mean probabilities of the windows of inputs longer than one.

        (B, C, F, T) -> windows (B * S, C, F, frames) -> net -> mean over S -> (B, K)

    Inputs as long as a window, as in training, go through the net as they are. All other attributes (learning rates of
    parts, a penalty) are the net's.

    Args:
        net: `(B, C, F, frames)` -> logits `(B, K)`.
        frames: Length of a window.
        overlap: Minimum share of a window that the next one repeats.

    Example:
        >>> import torch
        >>> net = nn.Sequential(nn.Flatten(), nn.Linear(4, 2))
        >>> windowed = Windowed(net, frames=4, overlap=0.5)
        >>> x = torch.randn(3, 1, 1, 8)
        >>> mean = torch.stack([net(x[..., at : at + 4]).softmax(-1) for at in (0, 2, 4)]).mean(0)
        >>> torch.allclose(windowed(x).softmax(-1), mean)
        True
    """

    def __init__(self, net: nn.Module, *, frames: int, overlap: float) -> None:
        super().__init__()
        self.net, self.frames, self.overlap = net, frames, overlap

    def forward(self, x: Tensor) -> Tensor:
        """Map inputs `(B, C, F, T)` to logits `(B, K)`."""
        if x.shape[-1] <= self.frames:
            logits: Tensor = self.net(x)
            return logits
        windows = cover(x, self.frames, self.overlap)  # (B, S, C, F, frames)
        inner = self.net(windows.flatten(0, 1)).float().log_softmax(-1)  # (B * S, K)
        by_window: Tensor = inner.reshape(*windows.shape[:2], inner.shape[-1])  # (B, S, K)
        return by_window.logsumexp(1) - math.log(windows.shape[1])

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # whatever the net has
        """Return an attribute of the net."""
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(super().__getattr__("net"), name)


def windowed(net: nn.Module, windows: Windows | None, n_frames: int) -> nn.Module:
    """Return a net that hears segments of `n_frames` frames window by window; the net itself without windows.

    Raises:
        MusicGenreError: The segments have too few frames.
    """
    if windows is None or isinstance(net, Windowed):
        return net
    return Windowed(net, frames=windows.frames(n_frames), overlap=windows.overlap)


def within(net: nn.Module) -> nn.Module:
    """Return the net that hears a single window; a net without windows itself."""
    return net.net if isinstance(net, Windowed) else net
