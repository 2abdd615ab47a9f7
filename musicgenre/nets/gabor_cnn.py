"""The simple CNN behind a Gabor filterbank that learns with it (S3's comparison)."""

from torch import Tensor, nn

from musicgenre.errors import MusicGenreError
from musicgenre.features.gabor import Gabor
from musicgenre.nets.simple_cnn import SimpleCNN
from musicgenre.parts import Remembers


class GaborCNN(Remembers, nn.Module):
    """A learnable Gabor filterbank, batch norm in place of standardisation, then `SimpleCNN`.

    The filterbank is part of the net, after `features=waveform`, since cached features have no gradient; with fixed
    filters, `features=gabor` before a `SimpleCNN` computes them once.

    Args:
        in_shape: Shape of one input, (1, 1, T): samples.
        n_classes: Number of genres.
        sample_rate: Rate of the samples, in Hz.
        n_fft: Samples in a frame.
        hop_length: Samples between the centres of two frames.
        n_filters: Number of filters.
        dropout: Dropout before the last layer.

    Raises:
        MusicGenreError: if the settings contradict each other, or the input is not a waveform with enough frames.

    Example:
        >>> import torch
        >>> GaborCNN((1, 1, 8000), 10, sample_rate=8000, n_fft=512, n_filters=32)(torch.randn(2, 1, 1, 8000)).shape
        torch.Size([2, 10])
    """

    def __init__(
        self,
        in_shape: tuple[int, ...],
        n_classes: int,
        *,
        sample_rate: int,
        n_fft: int = 2048,
        hop_length: int = 512,
        n_filters: int = 64,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        if len(in_shape) != 3 or tuple(in_shape[:2]) != (1, 1):
            raise MusicGenreError(
                f"GaborCNN takes waveforms of shape (1, 1, samples), not {tuple(in_shape)}: choose features=waveform "
                "(Waveform)."
            )
        self.gabor = Gabor(sample_rate, n_fft=n_fft, hop_length=hop_length, n_filters=n_filters, learnable=True)
        shape = self.gabor.output_shape(in_shape[-1])
        self.norm = nn.BatchNorm2d(shape[0])
        self.cnn = SimpleCNN(shape, n_classes, dropout=dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Map samples (B, 1, 1, T) to logits (B, n_classes)."""
        levels = self.gabor(x.flatten(1).float())  # (B, 1, n_filters, frames)
        logits: Tensor = self.cnn(self.norm(levels.to(self.norm.weight.dtype)))
        return logits
