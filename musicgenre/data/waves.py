"""Training segments as waveforms, augmented before the front end, on the batch's device."""

import copy
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor, nn

from musicgenre.data.audio.segments import Segmenter
from musicgenre.data.augmented import require_batch
from musicgenre.data.corpus.tracks import Corpus
from musicgenre.data.store.extract import AudioExtractor
from musicgenre.data.store.feature_store import FeatureStore, open_store
from musicgenre.data.store.resident import resident
from musicgenre.errors import MusicGenreError
from musicgenre.features import FrontEnd, Waveform


@dataclass(frozen=True)
class AugmentedWaves:
    """Waveform augmentation of training segments, before the front end.

        cached waveforms -> augment -> front end -> (standardise -> feature augmentation -> net)

    Validation, test and the standardisation use cached features, which are not augmented.

    Attributes:
        front_end: Waveform `(B, T)` -> features `(B, C, F, frames)`.
        segmenter: How tracks are cut.
        augment: Waveform `(B, T)` -> waveform of the same shape.
    """

    front_end: FrontEnd
    segmenter: Segmenter
    augment: nn.Module

    def require_usable(self, corpus: Corpus) -> None:
        """Raise an error if there are no waveforms of one length to augment.

        Raises:
            MusicGenreError: There are none, or the front end does not run on the device.
        """
        if corpus.kind != "audio" or self.front_end.slow or self.segmenter.length is None:
            raise MusicGenreError(
                "wave_augment needs waveforms of one length, and a front end that runs on the device: use it with "
                "audio, features other than table, and segments.length in s; or choose wave_augment=none."
            )

    def segments(self, corpus: Corpus, features: FeatureStore, device: torch.device) -> Tensor:
        """Return waveforms `(N, 1, 1, T)` of the segments whose features are stored, on the device if they fit.

        Raises:
            MusicGenreError: They are of other segments.
        """
        samples = Waveform(self.segmenter.sample_rate)
        store = open_store(corpus, AudioExtractor(samples, self.segmenter, self.segmenter.sample_rate))
        if not store.segments.equals(features.segments):
            raise MusicGenreError(f"The waveforms of {corpus.root} changed while their features were read: run again.")
        return resident(store, device)

    def __call__(self, waves: Tensor) -> Tensor:
        """Compute features `(B, C, F, frames)` of augmented waveforms `(B, 1, 1, T)`."""
        given = waves.flatten(1)  # (B, T)
        changed = require_batch(self.augment.to(waves.device)(given), given, self.augment, "wave augmentation", 2)
        features: Tensor = self._on_device.to(waves.device)(changed)
        return features

    @cached_property
    def _on_device(self) -> FrontEnd:
        """A copy of the front end: the original computes the stored features, on the CPU."""
        return copy.deepcopy(self.front_end)
