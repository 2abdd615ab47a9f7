"""Training segments as waveforms, augmented before the front end, on the batch's device."""

import logging
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from musicgenre.data.corpus.tracks import Corpus
from musicgenre.data.store.extract import AudioExtractor
from musicgenre.data.store.feature_store import FeatureStore, open_store
from musicgenre.data.store.resident import resident
from musicgenre.errors import MusicGenreError
from musicgenre.features import Waveform

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class AugmentedWaves:
    """What training segments go through where something random comes before the front end.

        cached waveforms -> augment -> front end -> (standardise -> feature augmentation -> net)

    Validation, test and the standardisation read cached features as ever: nothing random comes before theirs.

    Attributes:
        extractor: The run's own, whose segments are taken.
        front_end: Waveform `(B, T)` -> features `(B, C, F, frames)`.
        augment: Waveform `(B, T)` -> waveform of the same shape.
    """

    extractor: AudioExtractor
    front_end: nn.Module
    augment: nn.Module

    def segments(self, corpus: Corpus, features: FeatureStore, device: torch.device) -> Tensor:
        """Waveforms `(N, 1, 1, T)` of the very segments whose features are stored, on the device if it has room.

        Raises:
            MusicGenreError: They are not the same segments.
        """
        samples = Waveform(self.extractor.sample_rate)
        store = open_store(corpus, replace(self.extractor, front_end=samples))
        if not store.segments.equals(features.segments):
            raise MusicGenreError(f"The waveforms of {corpus.root} changed while their features were read: run again.")
        return resident(store, device)

    def __call__(self, waves: Tensor) -> Tensor:
        """Features `(B, C, F, frames)` of augmented waveforms `(B, 1, 1, T)`."""
        features: Tensor = self.front_end.to(waves.device)(self.augment(waves.flatten(1)))
        return features
