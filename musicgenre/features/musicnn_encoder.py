"""Musicnn's network: from compressed mel spectrograms to pooled features, a penultimate layer and tags."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

N_MELS = 96
_TIMBRAL = ((38, 7), (67, 7))  # mel bands and frames of a filter
_TEMPORAL = (128, 64, 32)  # frames
_MIDDLE = 3  # convolutions over all channels, of 7 frames
_EPS = 1e-3  # of each batch norm


class Sizes(NamedTuple):
    """Filters of each timbral, temporal and middle convolution, units of the penultimate layer, and tags."""

    timbral: int = 204
    temporal: int = 51
    middle: int = 64
    hidden: int = 200
    tags: int = 50

    @property
    def pooled(self) -> int:
        """Length of the pooled features: maximum and mean over time of each channel."""
        return 2 * (2 * self.timbral + 3 * self.temporal + _MIDDLE * self.middle)


class Heard(NamedTuple):
    """The network's outputs for a window: pooled `(B, 1506)`, penultimate `(B, 200)`, tags `(B, 50)` from 0 to 1."""

    pooled: Tensor
    penultimate: Tensor
    tags: Tensor


class Front(nn.Module):
    """A convolution over spectrograms `(B, 1, 96, T)`, then the maximum over mel: `(B, filters, T)`.

    No frame is lost: half of the missing ones are padded on each side, with an odd number one more at the end.

    Outside training the norm is a linear function, which keeps or reverses the order of values: the maximum, or the
    minimum, is taken first, and the rest is computed for one value instead of many.
    """

    def __init__(self, filters: int, kernel: tuple[int, int]) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, filters, kernel)
        self.norm = nn.BatchNorm2d(filters, eps=_EPS)

    def forward(self, x: Tensor) -> Tensor:
        """Apply convolution, ReLU and norm, and take the maximum over mel."""
        missing = self.conv.kernel_size[1] - 1
        heard: Tensor = self.conv(F.pad(x, (missing // 2, missing - missing // 2)))  # (B, filters, F', T)
        if self.norm.training:
            loudest: Tensor = self.norm(heard.relu()).amax(2)
            return loudest
        falling = self.norm.weight < 0
        ends = heard.amax(2, keepdim=True)
        if torch.compiler.is_exporting() or bool(falling.any()):  # an exported graph has one path for all inputs
            ends = torch.where(falling[:, None, None], heard.amin(2, keepdim=True), ends)
        normed: Tensor = self.norm(ends.relu())
        return normed.squeeze(2)


class MusicnnEncoder(nn.Module):
    """Maps compressed mel spectrograms `(B, 1, 96, T)` to musicnn's outputs, see `Heard`.

    Timbral filters span many mel bands and few frames, temporal filters one band and many frames; of each the maximum
    over mel is taken. Three convolutions over time follow, the last two with residual connections. Every convolution
    and the penultimate layer is followed by ReLU, then batch norm.

    Source: J. Pons and X. Serra, "musicnn: pre-trained convolutional neural networks for music audio tagging",
    ISMIR late-breaking session 2019.

    Args:
        sizes: Sizes of the layers.

    Example:
        >>> encoder = MusicnnEncoder().eval()
        >>> [tuple(each.shape) for each in encoder(torch.zeros(2, 1, 96, 187))]
        [(2, 1506), (2, 200), (2, 50)]
    """

    def __init__(self, sizes: Sizes = Sizes()) -> None:  # noqa: B008
        super().__init__()
        wide, narrow, middle = sizes.timbral, sizes.temporal, sizes.middle
        kernels = [*((wide, kernel) for kernel in _TIMBRAL), *((narrow, (1, frames)) for frames in _TEMPORAL)]
        n_in = 2 * wide + 3 * narrow
        self.norm = nn.BatchNorm2d(1, eps=_EPS)
        self.fronts = nn.ModuleList(Front(filters, kernel) for filters, kernel in kernels)
        self.middles = nn.ModuleList(nn.Conv1d(n, middle, 7, padding=3) for n in (n_in, *[middle] * (_MIDDLE - 1)))
        self.middle_norms = nn.ModuleList(nn.BatchNorm1d(middle, eps=_EPS) for _ in range(_MIDDLE))
        self.pool_norm = nn.BatchNorm1d(sizes.pooled, eps=_EPS)
        self.dense = nn.Linear(sizes.pooled, sizes.hidden)
        self.dense_norm = nn.BatchNorm1d(sizes.hidden, eps=_EPS)
        self.tags = nn.Linear(sizes.hidden, sizes.tags)

    @property
    def widths(self) -> tuple[int, int, int]:
        """Lengths of the three parts of `Heard`."""
        return self.dense.in_features, self.tags.in_features, self.tags.out_features

    def forward(self, x: Tensor) -> Heard:
        """Map spectrograms `(B, 1, 96, T)` with any number of frames to the outputs."""
        pooled = self.pool(self.channels(x))
        penultimate = self.penultimate(pooled)
        return Heard(pooled, penultimate, self.tags(penultimate).sigmoid())

    def channels(self, x: Tensor) -> Tensor:
        """Compute all channels over time `(B, 753, T)` from spectrograms `(B, 1, 96, T)`."""
        x = self.norm(x)
        found = [torch.cat([front(x) for front in self.fronts], dim=1)]  # (B, 561, T)
        for place, (conv, norm) in enumerate(zip(self.middles, self.middle_norms, strict=True)):
            heard = norm(conv(found[-1]).relu())
            found.append(heard + found[-1] if place else heard)
        return torch.cat(found, dim=1)

    def pool(self, channels: Tensor) -> Tensor:
        """Return the maximum and mean over time of each channel, concatenated: `(B, C, T)` -> `(B, 2 C)`."""
        return torch.stack([channels.amax(-1), channels.mean(-1)], dim=-1).flatten(1)

    def penultimate(self, pooled: Tensor) -> Tensor:
        """Compute the penultimate layer `(B, 200)` from pooled features `(B, 1506)`."""
        hidden: Tensor = self.dense_norm(self.dense(self.pool_norm(pooled)).relu())
        return hidden

    def by_published_name(self) -> dict[str, Tensor]:
        """Return the weights by their published names, as views in TensorFlow's layout.

        Example:
            >>> weights = MusicnnEncoder().by_published_name()
            >>> len(weights), tuple(weights["conv2d/kernel"].shape)  # frames, bands, inputs, filters
            (64, (7, 38, 1, 204))
        """
        found: dict[str, Tensor] = {}
        for kind, (classes, names) in _KINDS.items():
            for i, part in enumerate(each for each in self.modules() if isinstance(each, classes)):
                for ours, theirs in names.items():
                    weight: Tensor = getattr(part, ours)
                    if weight.ndim == 3:  # all convolutions are of two dimensions there
                        weight = weight[:, None]
                    found[f"{kind}_{i}/{theirs}" if i else f"{kind}/{theirs}"] = weight.permute(
                        *range(weight.ndim)[::-1]
                    )
        return found


_WEIGHED = {"weight": "kernel", "bias": "bias"}
_NORM = {"weight": "gamma", "bias": "beta", "running_mean": "moving_mean", "running_var": "moving_variance"}
_KINDS: dict[str, tuple[tuple[type[nn.Module], ...], dict[str, str]]] = {
    "conv2d": ((nn.Conv1d, nn.Conv2d), _WEIGHED),
    "dense": ((nn.Linear,), _WEIGHED),
    "batch_normalization": ((nn.BatchNorm1d, nn.BatchNorm2d), _NORM),
}
