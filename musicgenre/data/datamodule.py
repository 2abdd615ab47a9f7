"""A corpus, cut into segments and split, as batches on the device."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import lightning as L
import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from musicgenre.data.corpus.tracks import Corpus
from musicgenre.data.loader import Batch, BatchLoader
from musicgenre.data.samples import Samples
from musicgenre.data.splits import SUBSETS, Assignment
from musicgenre.data.store.extract import Extractor
from musicgenre.data.store.feature_store import FeatureStore
from musicgenre.data.store.feature_table import TableReader, open_features
from musicgenre.data.store.resident import resident
from musicgenre.data.waves import AugmentedWaves
from musicgenre.errors import MusicGenreError
from musicgenre.features import make_scaling

log = logging.getLogger(__name__)

Split = Callable[[Corpus, pd.DataFrame], Assignment]
_FIT_ROWS = 1024  # segments read at a time while fitting the standardisation


class GenreDataModule(L.LightningDataModule):
    """Segments of a corpus for training, validation and test.

        corpus -> store (features of every segment) -> split -> standardise -> augment (training only) -> net

    The features lie on the trainer's device and batches are gathered there. Standardisation is fitted on the training
    segments alone. It and the augmentation run in `on_after_batch_transfer`, on the batch's device.

    Args:
        corpus: The tracks.
        extractor: What turns a file into features.
        split: Gives `train`, `val`, `test` or the empty string for each row of the segments table.
        batch_size: Segments a batch (on each device).
        pool: What shares a mean and deviation, see `make_scaling`; None leaves the features as they are.
        fit_on_all: Fit the standardisation on all segments, test included, as some documents did: it leaks.
        augment: Applied to training batches.
        seed: Seed of the batches' order.
        on_error: `skip` or `raise`, see `open_store`.
        standardize: A fitted standardisation to use (a trained run's) in place of fitting one.
        waves: Augments the training segments' waveforms, before the front end.
    """

    def __init__(
        self,
        corpus: Corpus,
        extractor: Extractor | TableReader,
        split: Split,
        *,
        batch_size: int = 32,
        pool: str | None = "coefficient",
        fit_on_all: bool = False,
        augment: Callable[[Tensor], Tensor] = nn.Identity(),  # noqa: B008  # it has no state
        seed: int = 0,
        on_error: str = "skip",
        standardize: nn.Module | None = None,
        waves: AugmentedWaves | None = None,
    ) -> None:
        super().__init__()
        if batch_size < 1:
            raise MusicGenreError(f"batch_size is {batch_size}: a batch holds at least one segment.")
        self.corpus, self.extractor, self.split = corpus, extractor, split
        self.batch_size, self.pool, self.augment, self.seed = batch_size, pool, augment, seed
        self.on_error, self.fit_on_all = on_error, fit_on_all
        self.standardize, self.waves = standardize, waves
        self.store: FeatureStore | None = None
        self.extra: Samples | None = None

    def setup(self, stage: str | None = None) -> None:
        """Open the store (computing it once if need be), split it, and fit the standardisation.

        Raises:
            MusicGenreError: The corpus cannot be used or split as asked.
        """
        if self.store is not None:
            return
        store = open_features(self.corpus, self.extractor, on_error=self.on_error)
        _require_every_genre(self.corpus, store)
        self.assignment = self.split(self.corpus, store.segments)
        self.rows = {name: np.flatnonzero(self.assignment == name) for name in SUBSETS}
        if not len(self.rows["train"]) and self.standardize is None:
            raise MusicGenreError(
                f"The split left no segment for train: {len(store.segments)} segments of "
                f"{store.segments.track.nunique()} tracks in {self.corpus.root}. Change split.*, or add tracks."
            )
        self.labels = torch.from_numpy(store.segments.label.to_numpy(np.int64, copy=True))
        self.store = store
        if self.standardize is None:
            self.standardize = self._fit_standardize(self.pool) if self.pool else nn.Identity()

    def add_training(self, extra: Samples) -> None:
        """Train on these too, in place of any added before; validation, test and the standardisation stay without.

        In training batches their `row` counts on from the last row of the segments table.

        Raises:
            MusicGenreError: Their genres are others, or their features of another shape.
        """
        if extra.genres != self.corpus.genres or extra.features.shape[1:] != self.in_shape:
            raise MusicGenreError(
                f"The samples to add are {extra.features.shape[1:]} features of {', '.join(extra.genres)}; the data "
                f"has {self.in_shape} features of {', '.join(self.corpus.genres)}: make them for this data."
            )
        self.extra = extra

    @property
    def in_shape(self) -> tuple[int, int, int]:
        """Shape of one segment's features `(C, F, T)`."""
        channels, bins, frames = self._opened.features.shape[1:]
        return channels, bins, frames

    @property
    def segments(self) -> pd.DataFrame:
        """The segments table: track, genre, label, start (s), seconds."""
        return self._opened.segments

    @property
    def features(self) -> NDArray[np.float32]:
        """Features of every segment `(N, C, F, T)`, not standardised, mapped from the store."""
        return self._opened.features

    @property
    def skipped(self) -> pd.DataFrame:
        """Tracks that gave no segment: track, reason."""
        return self._opened.skipped

    @property
    def key(self) -> str:
        """Hash of the tracks' content and of all that their features depend on."""
        return self._opened.key

    def train_dataloader(self) -> BatchLoader:
        """Training segments, those added to them included, in a new order each epoch.

        Where a few batches are to be overfitted, the order is one and the same.
        """
        features, labels, rows = self._training(), self.labels, self.rows["train"]
        if self.extra is not None:  # in a tensor of their own: no row of validation or test can point at them
            rows = np.append(rows, np.arange(len(features), len(features) + len(self.extra.labels)))
            added = torch.from_numpy(self.extra.features).to(features.device)
            features = torch.cat([features, added])  # (N + M, C, F, T)
            labels = torch.cat([labels, torch.from_numpy(self.extra.labels)])  # (N + M,)
        if getattr(self.trainer, "overfit_batches", 0):  # Lightning sets it and declares it nowhere
            return self._loader(features, labels, np.random.default_rng(self.seed).permutation(rows))
        return self._loader(features, labels, rows, shuffle=True)

    def val_dataloader(self) -> BatchLoader:
        """Validation segments."""
        return self._loader(self._resident(), self.labels, self.rows["val"])

    def test_dataloader(self) -> BatchLoader:
        """Test segments."""
        return self._loader(self._resident(), self.labels, self.rows["test"])

    def on_after_batch_transfer(self, batch: Batch, dataloader_idx: int) -> Batch:
        """Standardise; augment while training, and only then."""
        assert self.standardize is not None  # set up before any batch
        if self.trainer is not None and self.trainer.training:
            return batch._replace(x=self._augmented(batch.x))
        return batch._replace(x=self.standardize(batch.x))

    def as_in_training(self, rows: NDArray[np.int64]) -> Tensor:
        """Inputs `(N, C, F, T)` of segments as a training step sees them, augmented, on the CPU."""
        return self._augmented(self._training()[torch.tensor(rows)].cpu())

    def _augmented(self, x: Tensor) -> Tensor:
        """Inputs of what training batches are gathered from."""
        assert self.standardize is not None  # set up
        features = x if self.waves is None else self.waves(x)
        return self.augment(self.standardize(features))

    @property
    def _opened(self) -> FeatureStore:
        if self.store is None:
            raise MusicGenreError("The data is not set up: call setup() first.")
        return self.store

    def _training(self) -> Tensor:
        """What training batches are gathered from: the features, or the waveforms where these are augmented."""
        if self.waves is None:
            return self._resident()
        if self.extra is not None:
            raise MusicGenreError("Generated features have no waveform: choose wave_augment=none with a GAN's samples.")
        device = self.trainer.strategy.root_device if self.trainer else torch.device("cpu")
        return self.waves.segments(self.corpus, self._opened, device)

    def _resident(self) -> Tensor:
        """Features of every segment where the batches are wanted: the trainer's device."""
        return resident(self._opened, self.trainer.strategy.root_device if self.trainer else torch.device("cpu"))

    def _loader(self, features: Tensor, labels: Tensor, rows: NDArray[np.int64], shuffle: bool = False) -> BatchLoader:
        trainer = self.trainer
        return BatchLoader(
            features,
            labels.to(features.device),
            torch.from_numpy(rows),
            batch_size=self.batch_size,
            shuffle=shuffle,
            seed=self.seed,
            rank=trainer.global_rank if trainer else 0,
            ranks=trainer.world_size if trainer else 1,
        )

    def standardised(self, split: str) -> Iterator[Tensor]:
        """Standardised features `(B, C, F, T)` of a split's segments in the table's order, on the CPU."""
        assert self.standardize is not None  # set up
        return (self.standardize.cpu()(batch) for batch in self._batches(split))

    def _fit_standardize(self, pool: str) -> nn.Module:
        splits = SUBSETS if self.fit_on_all else ("train",)
        return make_scaling(pool, self.in_shape).fit(batch for split in splits for batch in self._batches(split))

    def _batches(self, split: str) -> Iterator[Tensor]:
        """Features `(B, C, F, T)` of a split's segments as they lie in the store."""
        rows = self.rows[split]
        for first in range(0, len(rows), _FIT_ROWS):
            yield torch.from_numpy(self._opened.features[rows[first : first + _FIT_ROWS]])

    def state_dict(self) -> dict[str, Any]:
        """Nothing: what is fitted lies in the classifier's checkpoint."""
        return {}


def _require_every_genre(corpus: Corpus, store: FeatureStore) -> None:
    """Stop where every track of a genre was skipped: a net would learn never to name it."""
    used = set(store.segments.genre)
    if missing := [genre for genre in corpus.genres if genre not in used]:
        skipped = [f"{row.track}: {row.reason}" for row in store.skipped.itertuples()]
        first = next(text for text in skipped if text.startswith(f"{missing[0]}/"))
        raise MusicGenreError(
            f"No track of {', '.join(missing)} in {corpus.root} could be used ({first}). Mend them, or name the genres "
            f"to use: data.genres=[{','.join(sorted(used))}]"
        )
