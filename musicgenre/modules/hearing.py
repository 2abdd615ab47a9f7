"""A classifier that hears audio, always in evaluation mode."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from musicgenre.errors import MusicGenreError
from musicgenre.prediction import AudioClassifier

if TYPE_CHECKING:
    from musicgenre.modules.classifier import GenreClassifier

GTZAN_SECONDS = 30.0  # of the tracks that published pictures and tables were made from


def audio_classifier(model: GenreClassifier, device: str | torch.device, batch_size: int) -> AudioClassifier:
    """Return what hears audio with the model, cut as it was trained: see `GenreClassifier.audio_classifier`.

    Raises:
        MusicGenreError: The model was not trained yet, or on something that audio cannot be turned into.
    """
    card, genres = model.card, model.genres
    if card is None or genres is None:
        raise MusicGenreError("The model knows of no front end: train it on a GenreDataModule, or load one.")
    if "audio" not in getattr(model.front_end, "reads", ()):
        raise MusicGenreError(
            f"The model was trained on {type(model.front_end).__name__} features, which no audio can be turned into."
        )
    whole = card.kind != "audio" or card.segmenter.length is None
    model.to(device).eval()
    return AudioClassifier(
        _evaluated(model, model.features),
        _evaluated(model, model),
        genres,
        card.segmenter.whole() if whole else card.segmenter,
        reference=card.reference,
        whole_seconds=card.seconds or GTZAN_SECONDS,
        device=device,
        batch_size=batch_size,
    )


@contextmanager
def evaluating(module: nn.Module) -> Iterator[None]:
    """Predict in evaluation mode, whatever the mode is."""
    training = module.training
    module.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        module.train(training)


def _evaluated(module: nn.Module, function: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """Wrap a function of the module so that it runs in evaluation mode whenever it is called."""

    def call(x: Tensor) -> Tensor:
        with evaluating(module):
            return function(x)

    return call
