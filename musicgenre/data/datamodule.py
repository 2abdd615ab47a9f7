"""A corpus, cut into segments and split, as datasets and as batches on the device."""

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

import lightning as L
import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from musicgenre.data.audio.segments import Segmenter, Short
from musicgenre.data.card import DataCard
from musicgenre.data.corpus.tracks import Corpus, Kind
from musicgenre.data.dataset import SegmentDataset
from musicgenre.data.loader import BatchLoader
from musicgenre.data.samples import Samples
from musicgenre.data.splits import SUBSETS, Assignment, stratified
from musicgenre.data.store.feature_store import FeatureStore
from musicgenre.data.store.open import open_features, require_readable
from musicgenre.data.store.resident import resident
from musicgenre.data.waves import AugmentedWaves
from musicgenre.errors import MusicGenreError
from musicgenre.features import FrontEnd, HandMade, LogMel, MelImage, make_scaling
from musicgenre.features.profile import Reference
from musicgenre.quiet import quiet_lightning

quiet_lightning()

SplitFunction = Callable[[Corpus, pd.DataFrame], Assignment]
Scaling = Callable[[tuple[int, ...]], Any]  # makes a module with fit(batches) and forward
_DEFAULTS: dict[Kind, type[FrontEnd]] = {"audio": LogMel, "picture": MelImage, "table": HandMade}
_ROWS = 1024  # segments read at a time


class GenreDataModule(L.LightningDataModule):
    """Segments of a corpus for training, validation and test.

        corpus -> features of every segment (cached) -> split -> standardise -> augment (training only) -> batches

    Features are computed once and lie on the trainer's device; batches are gathered, standardised and augmented there.
    The statistics of the standardisation are those of the training segments. Whatever is asked of it first opens the
    data; `setup()` does nothing else.

    Args:
        corpus: The tracks, such as `gtzan("genres_original")`.
        features: Front end; its sample rate is the one that audio is read at. None takes log-mel for audio, mel
            pictures for pictures, and the table's own columns for a table.
        length: Of a segment, s; None takes each track whole, for front ends that give one size for any length.
        overlap: Share of a segment that the next one repeats, in [0, 1).
        short: What becomes of a track shorter than `length`: "drop", or "pad" with silence to one segment.
        max_segments: Keep the first so many of each track; None keeps all.
        split: Gives "train", "val", "test" or "" for each row of the segments table; None for `splits.stratified()`.
        batch_size: Segments a batch (on each device).
        standardize: What shares a mean and a deviation ("coefficient", "global", "element"), "minmax", None for
            features as they are, a fitted module, or what makes one to be fitted: called with the shape of an input.
        fit_on_all: Fit the standardisation on all segments, test included: a leak, to reproduce a published figure.
        augment: Applied to training batches `(B, C, F, T)`, on their device.
        wave_augment: Applied to the training segments' waveforms `(B, T)`, before the front end.
        seed: Of the batches' order.
        on_error: What a file that cannot be used does: "skip" leaves it out and names it, "raise" stops.

    Attributes:
        corpus: The tracks.
        front_end: What makes features of a waveform.
        segmenter: How audio is cut.

    Raises:
        MusicGenreError: The settings are impossible, or do not go together.

    Example:
        >>> from musicgenre import synthetic
        >>> data = GenreDataModule(synthetic(tracks_per_genre=5, seconds=3.0))  # doctest: +SKIP
        >>> data.train[0].track, data.train[0].features.shape  # doctest: +SKIP
        ('blues/blues.00001.wav', torch.Size([1, 64, 130]))
    """

    def __init__(
        self,
        corpus: Corpus,
        features: FrontEnd | None = None,
        *,
        length: float | None = 3.0,
        overlap: float = 0.0,
        short: Short = "drop",
        max_segments: int | None = None,
        split: SplitFunction | None = None,
        batch_size: int = 32,
        standardize: str | Scaling | nn.Module | None = "coefficient",
        fit_on_all: bool = False,
        augment: Callable[[Tensor], Tensor] | None = None,
        wave_augment: nn.Module | None = None,
        seed: int = 0,
        on_error: str = "skip",
    ) -> None:
        super().__init__()
        if batch_size < 1:
            raise MusicGenreError(f"batch_size is {batch_size}: a batch holds at least one segment.")
        self.corpus, self.front_end = corpus, features or _DEFAULTS[corpus.kind]()
        self.segmenter = Segmenter(self.front_end.sample_rate, length, overlap, short, max_segments)
        require_readable(corpus, self.front_end, self.segmenter)
        self.split, self.batch_size, self.seed, self.on_error = split or stratified(), batch_size, seed, on_error
        self.augment, self.fit_on_all = augment, fit_on_all
        self.waves = None if wave_augment is None else AugmentedWaves(self.front_end, self.segmenter, wave_augment)
        if self.waves is not None:
            self.waves.require_usable(corpus)
        self._scaling = standardize
        self.extra: Samples | None = None

    def setup(self, stage: str | None = None) -> None:
        """Compute or open the features, split them, and fit the standardisation.

        Raises:
            MusicGenreError: The corpus cannot be used or split as asked.
        """
        _ = self.standardize  # which opens everything that it is fitted on

    @cached_property
    def store(self) -> FeatureStore:
        """Features of every segment, computed now or found in the cache."""
        store = open_features(self.corpus, self.front_end, self.segmenter, on_error=self.on_error)
        _require_every_genre(self.corpus, store)
        return store

    @cached_property
    def assignment(self) -> Assignment:
        """The subset of each segment: "train", "val", "test", or "" for one left out."""
        return self.split(self.corpus, self.store.segments)

    @cached_property
    def rows(self) -> dict[str, NDArray[np.int64]]:
        """Rows of the segments table by subset."""
        rows = {name: np.flatnonzero(self.assignment == name) for name in SUBSETS}
        if not len(rows["train"]) and not isinstance(self._scaling, nn.Module):
            raise MusicGenreError(
                f"The split left no segment for train: {len(self.store.segments)} segments of "
                f"{self.store.segments.track.nunique()} tracks in {self.corpus.root}. Change split.*, or add tracks."
            )
        return rows

    @cached_property
    def standardize(self) -> nn.Module:
        """What features go through before a net: fitted on the training segments."""
        if self._scaling is None:
            return nn.Identity()
        if isinstance(self._scaling, nn.Module):
            return self._scaling
        asked, shape = self._scaling, self.in_shape
        scaling = make_scaling(asked, shape) if isinstance(asked, str) else asked(shape)
        rows = np.concatenate([self.rows[name] for name in (SUBSETS if self.fit_on_all else ("train",))])
        scaling.fit(self._stored(rows))
        module: nn.Module = scaling
        return module

    def standardize_with(self, fitted: nn.Module) -> None:
        """Use a standardisation that was fitted elsewhere, such as a trained model's own."""
        self._scaling = fitted
        self.__dict__.pop("standardize", None)

    @cached_property
    def labels(self) -> Tensor:
        """Index of each segment's genre `(N,)`."""
        return torch.from_numpy(self.segments.label.to_numpy(np.int64, copy=True))

    @cached_property
    def track_numbers(self) -> Tensor:
        """A number for each segment's track `(N,)`."""
        return torch.from_numpy(pd.factorize(self.segments.track)[0].astype(np.int64))

    @property
    def in_shape(self) -> tuple[int, int, int]:
        """Shape of one segment's features `(C, F, T)`."""
        channels, bins, frames = self.store.features.shape[1:]
        return channels, bins, frames

    @property
    def genres(self) -> tuple[str, ...]:
        """Names of the classes, in the order of their labels."""
        return self.corpus.genres

    @property
    def segments(self) -> pd.DataFrame:
        """The segments table: track, genre, label, start (s), seconds."""
        return self.store.segments

    @property
    def features(self) -> NDArray[np.float32]:
        """Features of every segment `(N, C, F, T)`, not standardised, mapped from the store."""
        return self.store.features

    @property
    def skipped(self) -> pd.DataFrame:
        """Tracks that gave no segment: track, reason."""
        return self.store.skipped

    @property
    def key(self) -> str:
        """Hash of the tracks' content and of all that their features depend on."""
        return self.store.key

    @property
    def train(self) -> SegmentDataset:
        """The training segments one by one, standardised, not augmented."""
        return self._dataset("train")

    @property
    def val(self) -> SegmentDataset:
        """The validation segments one by one, standardised."""
        return self._dataset("val")

    @property
    def test(self) -> SegmentDataset:
        """The test segments one by one, standardised."""
        return self._dataset("test")

    def inputs(self, split: str) -> Iterator[Tensor]:
        """Return standardised features `(B, C, F, T)` of a subset's segments in the table's order, on the CPU."""
        standardize = self.standardize.cpu()
        return (standardize(batch) for batch in self._stored(self.rows[split]))

    def card(self) -> DataCard:
        """Note what a model trained on this data has to know of it."""
        return DataCard(
            self.genres,
            self.in_shape,
            self.corpus.kind,
            self.segmenter,
            float(self.segments.seconds.median()),
            Reference.fit(self.inputs("train")) if len(self.rows["train"]) else None,
        )

    def add_training(self, extra: Samples) -> None:
        """Train on these too, in place of any added before; validation, test and the standardisation stay without.

        In training batches their `row` counts on from the last row of the segments table.

        Raises:
            MusicGenreError: Their genres are others, or their features of another shape.
        """
        if extra.genres != self.genres or extra.features.shape[1:] != self.in_shape:
            raise MusicGenreError(
                f"The samples to add are {extra.features.shape[1:]} features of {', '.join(extra.genres)}; the data "
                f"has {self.in_shape} features of {', '.join(self.genres)}: make them for this data."
            )
        self.extra = extra

    def train_dataloader(self) -> BatchLoader:
        """Serve training segments, those added to them included, in a new order each epoch; augmented.

        Where a few batches are to be overfitted, the order is one and the same.
        """
        features, labels, tracks = self._training(), self.labels, self.track_numbers
        rows = self.rows["train"]
        if self.extra is not None:  # in a tensor of their own: no row of validation or test can point at them
            n_extra = len(self.extra.labels)
            rows = np.append(rows, np.arange(len(features), len(features) + n_extra))
            added = torch.from_numpy(self.extra.features).to(features.device)
            features = torch.cat([features, added])  # (N + M, C, F, T)
            labels = torch.cat([labels, torch.from_numpy(self.extra.labels)])  # (N + M,)
            tracks = torch.cat([tracks, tracks.max() + 1 + torch.arange(n_extra)])
        overfit = getattr(self.trainer, "overfit_batches", 0)  # Lightning sets it and declares it nowhere
        if overfit:
            rows = np.random.default_rng(self.seed).permutation(rows)
        return self._loader(features, labels, tracks, rows, self._augmented, shuffle=not overfit)

    def val_dataloader(self) -> BatchLoader:
        """Serve validation segments."""
        return self._unchanged_loader("val")

    def test_dataloader(self) -> BatchLoader:
        """Serve test segments."""
        return self._unchanged_loader("test")

    def predict_dataloader(self) -> BatchLoader:
        """Serve test segments."""
        return self._unchanged_loader("test")

    def as_in_training(self, rows: NDArray[np.int64]) -> Tensor:
        """Return inputs `(N, C, F, T)` of segments as a training step sees them, augmented, on the CPU."""
        return self._augmented(self._training()[torch.tensor(rows)].cpu())

    def state_dict(self) -> dict[str, Any]:
        """Return nothing: what is fitted lies in the classifier's checkpoint."""
        return {}

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__}({self.corpus!r})", f"  features     {self._described_features()}"]
        lines.append(f"  split        {self.split!r}" + self._counts())
        lines.append(f"  batches      of {self.batch_size}, standardised: {self._scaling or 'not'}")
        return "\n".join([*lines, f"  augmented    {self.augment or 'not'}"])

    __str__ = __repr__  # Lightning's own counts the loaders, which opens the data

    def _described_features(self) -> str:
        text = repr(self.front_end).split("\n")[0].rstrip("(") or type(self.front_end).__name__
        if self.corpus.kind != "audio":
            return text
        length = "whole tracks" if self.segmenter.length is None else f"segments of {self.segmenter.length:g} s"
        return f"{text} at {self.front_end.sample_rate} Hz, {length}, overlap {self.segmenter.overlap:g}"

    def _counts(self) -> str:
        if "rows" not in self.__dict__:  # a look at it is no reason to compute its features
            return ""
        return ": " + ", ".join(f"{name} {len(self.rows[name])} segments" for name in SUBSETS)

    def _dataset(self, split: str) -> SegmentDataset:
        return SegmentDataset(self.features, self.segments, self.rows[split], self.standardize.cpu())

    def _stored(self, rows: NDArray[np.int64]) -> Iterator[Tensor]:
        """Return features `(B, C, F, T)` of some rows as they lie in the store."""
        for first in range(0, len(rows), _ROWS):
            yield torch.from_numpy(self.features[rows[first : first + _ROWS]])

    def _standardised(self, x: Tensor) -> Tensor:
        standardised: Tensor = self.standardize.to(x.device)(x)
        return standardised

    def _augmented(self, x: Tensor) -> Tensor:
        """Return inputs of what training batches are gathered from."""
        standardised = self._standardised(x if self.waves is None else self.waves(x))
        return standardised if self.augment is None else self.augment(standardised)

    def _training(self) -> Tensor:
        """Return what training batches are gathered from: the features, or the waveforms where these are augmented."""
        if self.waves is None:
            return resident(self.store, self._device)
        if self.extra is not None:
            raise MusicGenreError("Generated features have no waveform: choose wave_augment=none with a GAN's samples.")
        return self.waves.segments(self.corpus, self.store, self._device)

    @property
    def _device(self) -> torch.device:
        return self.trainer.strategy.root_device if self.trainer else torch.device("cpu")

    def _unchanged_loader(self, split: str) -> BatchLoader:
        features = resident(self.store, self._device)
        return self._loader(features, self.labels, self.track_numbers, self.rows[split], self._standardised)

    def _loader(
        self,
        features: Tensor,
        labels: Tensor,
        tracks: Tensor,
        rows: NDArray[np.int64],
        transform: Callable[[Tensor], Tensor],
        shuffle: bool = False,
    ) -> BatchLoader:
        return BatchLoader(
            features,
            labels,
            tracks,
            torch.from_numpy(rows),
            transform=transform,
            device=self._device,
            batch_size=self.batch_size,
            shuffle=shuffle,
            seed=self.seed,
            rank=self.trainer.global_rank if self.trainer else 0,
            ranks=self.trainer.world_size if self.trainer else 1,
        )


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
