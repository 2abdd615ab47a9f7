"""Bidirectional LSTM over a sequence of feature frames."""

import math

from torch import Tensor, nn

from musicgenre.errors import MusicGenreError
from musicgenre.nets.sizes import require_axes
from musicgenre.parts import Remembers


class BiLSTM(Remembers, nn.Module):
    """Stacked bidirectional LSTMs, the output at the last frame, dropout, one logit per genre.

    With the defaults this is S4's net5 (its section 2.3.1, "Model 5"). As there, both directions are read at the last
    frame, where the backward one has seen only that frame.

    Dropout is applied outside the LSTM modules: `nn.LSTM(num_layers=2, dropout=...)` gave wrong gradients on MPS.

    Args:
        in_shape: Shape of one input, (C, F, T); the LSTM reads C * F features at each of T frames.
        n_classes: Number of genres.
        hidden: Hidden size of each direction.
        layers: Number of bidirectional layers.
        dropout: Dropout after each layer, that is, between the layers and before the last fully connected one.

    Raises:
        MusicGenreError: if the input is not a sequence of frames, or there is no layer.

    Example:
        >>> import torch
        >>> BiLSTM((1, 13, 130), 10)(torch.zeros(2, 1, 13, 130)).shape
        torch.Size([2, 10])
    """

    def __init__(
        self,
        in_shape: tuple[int, ...],
        n_classes: int,
        *,
        hidden: int = 128,
        layers: int = 2,
        dropout: float = 0.3,
    ) -> None:
        super().__init__()
        require_axes("BiLSTM", in_shape)
        if layers < 1:
            raise MusicGenreError(f"BiLSTM: layers is {layers}: give 1 or more, such as 2.")
        sizes = [math.prod(in_shape[:2])] + [2 * hidden] * (layers - 1)
        self.lstms = nn.ModuleList(nn.LSTM(size, hidden, batch_first=True, bidirectional=True) for size in sizes)
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(2 * hidden, n_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Map inputs (B, C, F, T) to logits (B, n_classes)."""
        sequence = x.flatten(1, 2).transpose(1, 2)  # (B, T, C * F)
        for lstm in self.lstms:
            sequence = self.dropout(lstm(sequence)[0])  # (B, T, 2 * hidden)
        logits: Tensor = self.classifier(sequence[:, -1])
        return logits
