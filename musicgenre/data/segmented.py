"""Segments of a corpus: their features, computed once; their subsets; the scaling fitted on the training segments."""

import logging
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from musicgenre.calls import built
from musicgenre.data.audio.segments import Segmenter
from musicgenre.data.augmented import fitted
from musicgenre.data.card import DataCard
from musicgenre.data.corpus.copies import without_copies
from musicgenre.data.corpus.tracks import Corpus, require_several_genres
from musicgenre.data.dataset import SegmentDataset
from musicgenre.data.leaks import tell_leaks
from musicgenre.data.recorded import content_of, find_recordings, usable_content
from musicgenre.data.splits import SUBSETS, Assignment, leak_warning, require_assignment, require_trainable
from musicgenre.data.splits.assignment import SplitFunction
from musicgenre.data.store.feature_store import FeatureStore
from musicgenre.data.store.open import open_features, require_every_genre
from musicgenre.data.windows import Windows
from musicgenre.errors import MusicGenreError
from musicgenre.features import FrontEnd, make_scaling
from musicgenre.features.profile import Reference
from musicgenre.words import counted

_log = logging.getLogger(__name__)

Scaling = Callable[[tuple[int, ...]], Any]  # returns a module with fit(batches) and forward
_ROWS = 1024  # segments read at a time
_SERVED = {"validate": "val", "test": "test", "predict": "test"}  # the subset of a trainer's stage
_USED = (
    "corpus",
    "front_end",
    "segmenter",
    "split",
    "fit_on_all",
    "on_error",
    "store",
    "recorded",
    "assignment",
    "rows",
)


class SegmentedCorpus:
    """Segments of a corpus, split and standardised; opened on first access.

        corpus -> features of every segment (cached) -> split -> standardise

    Args:
        corpus: The tracks.
        front_end: Computes features from waveforms.
        segmenter: Cuts audio into segments.
        split: Returns "train", "val", "test" or "" for each row of the segments table.
        standardize: As for `GenreDataModule`.
        fit_on_all: Fit the standardisation on all segments, test included.
        on_error: "skip" leaves out a file that cannot be used, "raise" stops.

    Raises:
        MusicGenreError: On first access: the corpus cannot be used or split as asked.
    """

    def __init__(
        self,
        corpus: Corpus,
        front_end: FrontEnd,
        segmenter: Segmenter,
        split: SplitFunction,
        standardize: str | Scaling | nn.Module | None,
        fit_on_all: bool,
        on_error: str,
    ) -> None:
        self.corpus, self.front_end, self.segmenter, self.split = corpus, front_end, segmenter, split
        self.fit_on_all, self.on_error = fit_on_all, on_error
        self._scaling = standardize
        self._fitted_elsewhere: nn.Module | None = None
        self.windows: Windows | None = None
        self._told = False  # what the split leaks

    def __setattr__(self, name: str, value: object) -> None:
        """Set an attribute, unless something was made from its earlier value and would keep it.

        Raises:
            MusicGenreError: The data was opened, or its waveforms are to be augmented before the earlier front end.
        """
        waves = name in ("front_end", "segmenter") and vars(self).get("waves") is not None
        if waves or (name in _USED and "store" in vars(self)):
            why = "with wave_augment" if "store" not in vars(self) else "that is in use"
            raise MusicGenreError(
                f"{name} cannot be set on data {why}: make a new {type(self).__name__}, which reads features that are "
                "computed already from the cache."
            )
        super().__setattr__(name, value)

    @cached_property
    def store(self) -> FeatureStore:
        """Features of every segment, computed or read from the cache."""
        store = open_features(self.corpus, self.front_end, self.segmenter, on_error=self.on_error)
        require_every_genre(self.corpus, store)
        return store

    @cached_property
    def recorded(self) -> Corpus:
        """The corpus to be split, with parts and copies of a recording identified."""
        return find_recordings(self.corpus, usable_content(self.corpus, self.store))

    @cached_property
    def assignment(self) -> Assignment:
        """The subset of each segment: "train", "val", "test", or "" for one left out; read-only."""
        given = self.split(self.recorded, self.store.segments.copy())
        found = require_assignment(given, len(self.store.segments), self.split)
        found.flags.writeable = False  # what is made from it would not change
        return found

    def tell_leaks(self) -> None:
        """Log what the split leaks, unless it has been logged: when data is first trained, tested or looked at."""
        if not self._told:
            self._told = True
            content = content_of(self.corpus, self.store)
            tell_leaks(self.split_leak, self.recorded, self.store.segments, self.assignment, content)

    def tell_empty(self, stage: str) -> None:
        """Warn if the split left nothing for what a trainer is asked to do: to validate, test or predict."""
        subset = _SERVED.get(stage)
        if subset is not None and not (self.assignment == subset).any():
            _log.warning("The split left no segment for %s: there are no results.", subset)

    @property
    def split_leak(self) -> str | None:
        """The split's leak warning; None if nothing leaks, as with one segment per track."""
        return None if self.segments.track.is_unique else leak_warning(self.split)

    @cached_property
    def rows(self) -> dict[str, NDArray[np.int64]]:
        """Rows of the segments table by subset."""
        rows = {name: np.flatnonzero(self.assignment == name) for name in SUBSETS}
        fits_none = self._scaling is None or isinstance(self._fitted_elsewhere or self._scaling, nn.Module)
        if not len(rows["train"]) and not fits_none:
            raise MusicGenreError(
                f"The split left no segment for train: {counted(len(self.store.segments), 'segment')} of "
                f"{counted(self.store.segments.track.nunique(), 'track')} in {self.corpus.root}. Change the split, or "
                "add tracks."
            )
        return rows

    def require_trainable(self) -> None:
        """Raise an error if a genre has no training segment; warn, once, if one has none for validation or test.

        Raises:
            MusicGenreError: A genre has no training segment, or there is one genre only.
        """
        _ = self._trainable

    @cached_property
    def _trainable(self) -> bool:
        require_several_genres(self.corpus)
        require_trainable(self.segments, self.assignment, self.split)
        return True

    @property
    def standardize(self) -> nn.Module:
        """The standardisation applied before a net: fitted on the training segments, or elsewhere."""
        return self._fitted if self._fitted_elsewhere is None else self._fitted_elsewhere

    @cached_property
    def _fitted(self) -> nn.Module:
        if self._scaling is None:
            return nn.Identity()
        if isinstance(self._scaling, nn.Module):
            return self._scaling
        asked, shape = self._scaling, self.in_shape
        scaling = make_scaling(asked, shape) if isinstance(asked, str) else built(asked, shape)
        rows = np.concatenate([self.rows[name] for name in (SUBSETS if self.fit_on_all else ("train",))])
        return fitted(scaling, self._stored(rows), torch.from_numpy(self.features[rows[:2]]))

    @property
    def can_standardize(self) -> bool:
        """Whether a standardisation is fitted already, has training segments to be fitted on, or is not wanted."""
        return self._scaling is None or isinstance(self._scaling, nn.Module) or bool((self.assignment == "train").any())

    def standardize_with(self, fitted: nn.Module | None) -> None:
        """Use a standardisation that was fitted elsewhere, such as a trained model's; None for the data's own.

        A trainer that is given the data resets this to None before its model can set one.
        """
        self._fitted_elsewhere = fitted

    @property
    def labels(self) -> Tensor:
        """Index of each segment's genre `(N,)`; a copy."""
        return torch.from_numpy(self._segments.label.to_numpy(np.int64, copy=True))

    @property
    def track_numbers(self) -> Tensor:
        """Number of each segment's recording `(N,)`: one for each value in the column recording of `segments`."""
        return torch.from_numpy(pd.factorize(self._segments.recording)[0].astype(np.int64))

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
        """The segments table: track, genre, label, start (s), seconds, recording, artist if any is known; a copy."""
        return self._segments.copy()

    @cached_property
    def _segments(self) -> pd.DataFrame:
        counted = without_copies(self.recorded) if getattr(self.split, "copies_apart", False) else self.recorded
        recording = {track.id: track.recording for track in counted.tracks}
        table = self.store.segments.assign(recording=self.store.segments.track.map(recording))
        artist = {track.id: track.artist for track in self.corpus.tracks if track.artist is not None}
        return table.assign(artist=table.track.map(artist)) if artist else table

    @property
    def features(self) -> NDArray[np.float32]:
        """Features of every segment `(N, C, F, T)`, not standardised, mapped from the store and read-only."""
        return self.store.features

    @property
    def skipped(self) -> pd.DataFrame:
        """Tracks that gave no segment: track, reason; a copy."""
        return self.store.skipped.copy()

    @property
    def key(self) -> str:
        """Hash of the tracks' content and everything else that their features depend on."""
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
        standardize = deepcopy(self.standardize).cpu()
        return (standardize(batch) for batch in self._stored(self.rows[split]))

    def card(self) -> DataCard:
        """Return what a model trained on this data needs to know about it."""
        return DataCard(
            self.genres,
            self.in_shape,
            self.corpus.kind,
            self.segmenter,
            float(self.segments.seconds.median()),
            self._reference() if len(self.rows["train"]) else None,
            self.windows,
        )

    def _reference(self) -> Reference:
        """Describe the training segments' features; without a time axis, also how they vary together."""
        if self.in_shape[-1] > 1:
            return Reference.fit(self.inputs("train"))
        segments = self._segments.iloc[self.rows["train"]]
        artist = {track.id: track.artist for track in self.corpus.tracks}
        tracks, recordings = segments.track.astype(str).tolist(), segments.recording.astype(str).tolist()
        groups = [artist.get(track) or recording for track, recording in zip(tracks, recordings, strict=True)]
        return Reference.fit_directions(self.inputs("train"), recordings, groups)

    def _dataset(self, split: str) -> SegmentDataset:
        self.tell_leaks()
        return SegmentDataset(self.features, self._segments, self.rows[split], deepcopy(self.standardize).cpu())

    def _stored(self, rows: NDArray[np.int64]) -> Iterator[Tensor]:
        """Yield features `(B, C, F, T)` of some rows, as stored."""
        for first in range(0, len(rows), _ROWS):
            yield torch.from_numpy(self.features[rows[first : first + _ROWS]])
