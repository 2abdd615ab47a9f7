"""A classifier applied to audio, always in evaluation mode."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, cast

import lightning as L
import torch
from torch import Tensor, nn

from musicgenre.data.audio.segments import Segmenter
from musicgenre.data.card import DataCard
from musicgenre.errors import MusicGenreError
from musicgenre.features import FrontEnd
from musicgenre.modules.shape import as_before, of_net
from musicgenre.prediction import AudioClassifier, Prediction
from musicgenre.prediction.waveform import Audio

if TYPE_CHECKING:
    from musicgenre.modules.classifier import GenreClassifier

GTZAN_SECONDS = 30.0  # length of the tracks from which published pictures and tables were made


class HearsAudio(L.LightningModule):
    """The part of `GenreClassifier` that takes waveforms, through its front end and standardisation."""

    net: nn.Module | None
    standardize: nn.Module | None
    front_end: nn.Module | None
    card: DataCard | None

    def waveform_to_features(self) -> nn.Module:
        """Return front end and standardisation as one module: waveforms `(B, T)` -> features `(B, C, F, T)`."""
        of_rows = self.card is not None and self.card.kind == "table"  # columns may depend on a row's length
        front_end = hearing_front_end(cast("GenreClassifier", self)) if of_rows else self.front_end
        return nn.Sequential(*(part for part in (front_end, self.standardize) if part is not None))

    def features(self, waveform: Tensor) -> Tensor:
        """Compute standardised features `(B, C, F, T)` from waveforms `(B, T)` at the front end's sample rate (Hz)."""
        features: Tensor = self.waveform_to_features().float()(waveform)  # half precision is too coarse for spectra
        return features if self.net is None else features.to(**of_net(self.net))

    def probabilities(self, waveform: Tensor) -> Tensor:
        """Compute genre probabilities `(B, K)` from waveforms `(B, T)` at the front end's sample rate (Hz).

        Raises:
            MusicGenreError: They are not as long as the segments of audio that the model was trained on.
        """
        cut = self.card.segmenter if self.card is not None and self.card.kind == "audio" else None
        if cut is not None and cut.n_samples not in (None, waveform.shape[-1]):
            raise MusicGenreError(
                f"Waveforms have {waveform.shape[-1]} samples, but the model was trained on {cut.n_samples} "
                f"({cut.length:g} s at {cut.sample_rate} Hz): cut them, or use `listen`, which takes any length."
            )
        with evaluating(self):
            logits: Tensor = self(self.features(waveform))
        return logits.float().softmax(-1)

    def listen(self, audio: Audio, sample_rate: int | None = None) -> Prediction:
        """Predict the genre of a file, or of a waveform at `sample_rate` (Hz), of any length.

        Raises:
            AudioError: The audio cannot be used; the message gives the reason.
            MusicGenreError: The model does not take audio.
        """
        return self.audio_classifier()(audio, sample_rate)

    def audio_classifier(self, device: str | torch.device | None = None, batch_size: int = 64) -> AudioClassifier:
        """Return a classifier of audio that uses this model in evaluation mode and cuts audio as in training.

        It uses the model itself, on whatever device the model is by then, and keeps the model's mode.

        A model of whole tracks or of a table hears longer audio in half-overlapping windows as long as its training
        tracks; one of pictures, in windows of 30 s.

        Args:
            device: The device to move the model to; None leaves it where it is.
            batch_size: Segments per batch.

        Raises:
            MusicGenreError: The model is not trained yet, or was trained on features that audio does not give.
        """
        return audio_classifier(cast("GenreClassifier", self), device, batch_size)


def audio_classifier(model: GenreClassifier, device: str | torch.device | None, batch_size: int) -> AudioClassifier:
    """Return a classifier of audio that uses the model: see `GenreClassifier.audio_classifier`.

    Raises:
        MusicGenreError: The model is not trained yet, or was trained on features that audio does not give.
    """
    card, genres = model.card, model.genres
    if card is None or genres is None:
        raise MusicGenreError("The model has no front end: train it on a GenreDataModule, or load one that has.")
    if device is not None:
        model.to(device)
    return AudioClassifier(
        partial(_heard, model, nn.Sequential(hearing_front_end(model), model.standardize or nn.Identity()).float()),
        partial(_logits, model),
        genres,
        heard_segmenter(card),
        reference=card.reference,
        device=model.device,
        batch_size=batch_size,
    )


def heard_segmenter(card: DataCard) -> Segmenter:
    """Return how audio is cut for a model: as in training, or into pieces as long as a picture or row stood for."""
    if card.kind == "audio" and card.segmenter.length is not None:
        return card.segmenter
    return card.segmenter.whole(card.seconds or GTZAN_SECONDS)


def hearing_front_end(model: GenreClassifier) -> FrontEnd:
    """Return the front end that turns audio into the model's features, also for models of pictures and table rows.

    Raises:
        MusicGenreError: The model has none, or audio cannot be turned into its features.
    """
    front_end, card = model.front_end, model.card
    if card is None or not isinstance(front_end, FrontEnd):
        raise MusicGenreError("The model has no front end: train it on a GenreDataModule, or load one that has.")
    if "audio" not in front_end.reads:
        raise MusicGenreError(
            f"The model was trained on {type(front_end).__name__} features, which cannot be computed from audio."
        )
    if card.kind != "table":
        return front_end
    return front_end.expecting(round(card.seconds * front_end.sample_rate))


@contextmanager
def evaluating(module: nn.Module) -> Iterator[None]:
    """Switch a module to evaluation mode without gradients, and restore its mode afterwards."""
    with as_before(module), torch.no_grad():
        module.eval()
        yield


def _heard(model: GenreClassifier, features: nn.Module, waveform: Tensor) -> Tensor:
    """Compute features on the model's current device; unlike a closure, a partial of it can be pickled and copied."""
    with evaluating(features):
        found: Tensor = features.to(model.device)(waveform.to(model.device))
    return found


def _logits(model: GenreClassifier, features: Tensor) -> Tensor:
    """Compute logits in evaluation mode."""
    with evaluating(model):
        logits: Tensor = model(features.to(**of_net(model.made_net)))
    return logits.float()
