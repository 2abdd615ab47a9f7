"""The waveform itself as features, for nets and augmentations that start from samples."""

from torch import Tensor

from musicgenre.features.front_end import FrontEnd, require_samples


class Waveform(FrontEnd):
    """Returns waveforms `(B, T)` unchanged, as `(B, 1, 1, T)`.

    Args:
        sample_rate: Rate of the waveforms, in Hz.

    Example:
        >>> import torch
        >>> Waveform(22050)(torch.zeros(2, 100)).shape
        torch.Size([2, 1, 1, 100])
    """

    bins = "waveform"

    def forward(self, waveform: Tensor) -> Tensor:
        """Return waveforms `(B, T)` as `(B, 1, 1, T)`."""
        return waveform[:, None, None, :]

    def output_shape(self, n_samples: int) -> tuple[int, int, int]:
        """Return the shape `(1, 1, T)`."""
        require_samples(n_samples)
        return 1, 1, n_samples
