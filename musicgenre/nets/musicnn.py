"""Musicnn with a new head, to be fine-tuned from the published weights."""

from collections.abc import Sequence
from typing import Any, Literal, get_args

from torch import Tensor, nn

from musicgenre.errors import MusicGenreError
from musicgenre.features.musicnn_encoder import N_MELS, MusicnnEncoder, Sizes
from musicgenre.features.musicnn_weights import Trained, published_encoder
from musicgenre.parts import Remembers

Learns = Literal["all", "bias"]


class MusicnnNet(Remembers, nn.Module):
    """Musicnn's network up to its penultimate layer, dropout, and one logit per genre.

    It is built with random weights; `start`, which training calls once and a checkpoint does not need, reads the
    published ones. Lower layers learn more slowly (J. Howard and S. Ruder, "Universal language model fine-tuning for
    text classification", ACL 2018): `parameter_groups` has a learning rate for each of its four stages, and `open`
    unfreezes the last few and freezes the rest, norms included.

    Args:
        in_shape: Shape of one input, (1, 96, T): `features=musicnn_mel`.
        n_classes: Number of genres.
        model: The published weights to start from, "MSD_musicnn" or "MTT_musicnn".
        weights: Where they are, see `musicgenre.features.Musicnn`; None for the cache.
        sizes: Sizes of the layers: timbral, temporal and middle filters, units, tags.
        learns: "all", or "bias": of the published layers, only biases and norms.
        lr_decay: The learning rate of a stage, as a fraction of the next one's.
        dropout: Dropout before the last layer.

    Raises:
        MusicGenreError: The input is not such a spectrogram, or a setting is invalid.

    Example:
        >>> import torch
        >>> MusicnnNet((1, 96, 188), 10)(torch.zeros(2, 1, 96, 188)).shape
        torch.Size([2, 10])
    """

    def __init__(
        self,
        in_shape: tuple[int, ...],
        n_classes: int,
        *,
        model: Trained = "MSD_musicnn",
        weights: str | None = None,
        sizes: Sequence[int] = Sizes(),
        learns: Learns = "all",
        lr_decay: float = 0.3,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        if tuple(in_shape[:2]) != (1, N_MELS):
            raise MusicGenreError(
                f"musicnn takes spectrograms of shape (1, {N_MELS}, frames), not {tuple(in_shape)}: "
                "choose features=musicnn_mel (MusicnnMel)."
            )
        if learns not in get_args(Learns):
            raise MusicGenreError(f"learns is {learns!r}: choose one of {', '.join(get_args(Learns))}.")
        if not 0 < lr_decay <= 1:
            raise MusicGenreError(f"lr_decay is {lr_decay}: give a number above 0, at most 1 (one rate for all).")
        if len(sizes) != len(Sizes()) or min(sizes) < 1:
            raise MusicGenreError(f"sizes is {list(sizes)}: give five numbers of at least 1, such as {[*Sizes()]}.")
        self.model, self.weights, self.learns, self.lr_decay = model, weights, learns, lr_decay
        self.encoder = MusicnnEncoder(Sizes(*sizes))
        n_hidden = self.encoder.dense.out_features
        del self.encoder.tags
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(n_hidden, n_classes))
        self.opened = len(self.stages())
        self.open(self.opened)

    def forward(self, x: Tensor) -> Tensor:
        """Map spectrograms (B, 1, 96, T) to logits (B, n_classes)."""
        logits: Tensor = self.head(self.features(x))
        return logits

    def features(self, x: Tensor) -> Tensor:
        """Map spectrograms (B, 1, 96, T) to the penultimate layer's output (B, 200)."""
        return self.encoder.penultimate(self.encoder.pool(self.encoder.channels(x)))

    def start(self) -> None:
        """Read the published weights.

        Raises:
            MusicGenreError: They are missing, or of other sizes.
        """
        weights = published_encoder(self.model, self.weights).state_dict()
        try:
            self.encoder.load_state_dict({name: value for name, value in weights.items() if name[:5] != "tags."})
        except RuntimeError as error:
            raise MusicGenreError(
                f"The weights of {self.model} do not fit model.sizes={self.made_with.get('sizes', [*Sizes()])}: keep "
                "the published sizes."
            ) from error

    def stages(self) -> list[list[nn.Module]]:
        """Return the parts in the order in which they are unfrozen, the head first."""
        of = self.encoder
        return [
            [self.head],
            [of.pool_norm, of.dense, of.dense_norm],
            [of.middles, of.middle_norms],
            [of.norm, of.fronts],
        ]

    def open(self, count: int) -> None:
        """Unfreeze the last `count` stages, from the head on, and freeze the others."""
        self.opened = min(count, len(self.stages()))
        for place, stage in enumerate(self.stages()):
            for name, parameter in _parameters(stage):
                small = parameter.ndim == 1 or name.endswith("bias")  # of biases and norms
                parameter.requires_grad_(place < self.opened and (place == 0 or self.learns == "all" or small))
        self.train(self.training)

    def train(self, mode: bool = True) -> "MusicnnNet":
        """Set the mode; frozen stages stay in evaluation mode, so that their norms do not change."""
        super().train(mode)
        for stage in self.stages()[self.opened :]:
            for part in stage:
                part.train(False)
        return self

    def parameter_groups(self, lr: float) -> list[dict[str, Any]]:
        """Return an optimizer's groups, one per stage: `lr` for the head, fractions of it for lower stages."""
        return [
            {"params": [parameter for _, parameter in _parameters(stage)], "lr": lr * self.lr_decay**place}
            for place, stage in enumerate(self.stages())
        ]


def _parameters(stage: list[nn.Module]) -> list[tuple[str, nn.Parameter]]:
    return [each for part in stage for each in part.named_parameters()]
