"""A corpus, cut into segments and split, as batches on the device."""

from collections.abc import Callable
from typing import Any

import lightning as L
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from musicgenre.arguments import require_arguments
from musicgenre.data.arguments import DATA_ARGUMENTS
from musicgenre.data.audio.segments import Segmenter, Short
from musicgenre.data.augmented import augmented, restore, states
from musicgenre.data.corpus.tracks import Corpus, Kind
from musicgenre.data.given import given_data
from musicgenre.data.loader import BatchLoader, share_of
from musicgenre.data.samples import Samples
from musicgenre.data.segmented import Scaling, SegmentedCorpus
from musicgenre.data.splits import SUBSETS, stratified
from musicgenre.data.splits.assignment import SplitFunction
from musicgenre.data.store.open import require_readable
from musicgenre.data.store.resident import resident
from musicgenre.data.waves import AugmentedWaves
from musicgenre.data.windows import Windows
from musicgenre.errors import MusicGenreError
from musicgenre.features import FrontEnd, HandMade, LogMel, MelImage
from musicgenre.quiet import quiet_lightning
from musicgenre.words import counted

quiet_lightning()

_DEFAULTS: dict[Kind, type[FrontEnd]] = {"audio": LogMel, "picture": MelImage, "table": HandMade}


class GenreDataModule(SegmentedCorpus, L.LightningDataModule):
    """Segments of a corpus for training, validation and test.

        corpus -> features of every segment (cached) -> split -> standardise -> augment (training only) -> batches

    Features are computed once and kept on the trainer's device; batches are gathered, standardised and augmented there.
    The standardisation is fitted on the training segments. The data is opened on first access; `setup()` does nothing
    else.

    Args:
        corpus: The tracks, such as `gtzan("genres_original")`.
        features: Front end; audio is read at its sample rate. None takes log-mel (128 bands) for audio, mel pictures
            for pictures, and the table's own columns for a table.
        length: Length of a segment in s; None takes whole tracks, for front ends that give one size for any length.
        overlap: Fraction of a segment shared with the next, in [0, 1).
        short: What to do with a track shorter than `length`: "drop", "pad" with silence to one segment, or "repeat"
            until it fills one.
        max_segments: Keep only this many segments of each track, from its start; None keeps all.
        window: Fraction of a segment's frames that the net sees at a time: in training a window at a random position,
            drawn anew each epoch; in tests windows side by side, from which a classical model also learns, whose
            probabilities are averaged; None for whole segments.
        window_overlap: Minimum fraction of a window shared with the next in tests, in [0, 1).
        windows: Windows drawn from each training segment per epoch.
        split: Gives "train", "val", "test" or "" for each row of the segments table; None for `splits.stratified()`.
        batch_size: Segments per batch (on each device).
        standardize: What shares a mean and a standard deviation ("coefficient", "global", "element"), "minmax", None
            for unscaled features, a fitted module, or a factory of one to be fitted, called with the shape of an input.
        fit_on_all: Fit the standardisation on all segments, test included: a leak, to reproduce a published figure.
        augment: Applied to training batches `(B, C, F, T)`, on their device.
        wave_augment: Applied to the training segments' waveforms `(B, T)`, before the front end.
        seed: Seed of the order of batches.
        downmix: How several channels of audio become one: "mean", "left", "right" or "power".
        on_error: What to do with a file that cannot be used: "skip" leaves it out and names it, "raise" stops.

    Attributes:
        corpus: The tracks.
        front_end: Computes features from waveforms.
        segmenter: Cuts audio into segments.

    Raises:
        MusicGenreError: The settings are invalid, or contradict each other.

    Example:
        >>> from musicgenre import synthetic
        >>> data = GenreDataModule(synthetic(tracks_per_genre=5, seconds=3.0))  # doctest: +SKIP
        >>> data.train[0].track, data.train[0].features.shape  # doctest: +SKIP
        ('blues/blues.00001.wav', torch.Size([1, 128, 130]))
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
        window: float | None = None,
        window_overlap: float = 0.5,
        windows: int = 1,
        split: SplitFunction | None = None,
        batch_size: int = 32,
        standardize: str | Scaling | nn.Module | None = "coefficient",
        fit_on_all: bool = False,
        augment: Callable[[Tensor], Tensor] | None = None,
        wave_augment: nn.Module | None = None,
        seed: int = 0,
        downmix: str = "mean",
        on_error: str = "skip",
    ) -> None:
        require_arguments(locals(), DATA_ARGUMENTS)
        L.LightningDataModule.__init__(self)
        if batch_size < 1:
            raise MusicGenreError(f"batch_size is {batch_size}: a batch holds at least one segment.")
        front_end = features or _DEFAULTS[corpus.kind]()
        segmenter = Segmenter(front_end.sample_rate, length, overlap, short, max_segments, downmix)
        require_readable(corpus, front_end, segmenter)
        SegmentedCorpus.__init__(
            self, corpus, front_end, segmenter, split or stratified(), standardize, fit_on_all, on_error
        )
        self.batch_size, self.seed, self.augment = batch_size, seed, augment
        self.waves = None if wave_augment is None else AugmentedWaves(front_end, segmenter, wave_augment)
        if self.waves is not None:
            self.waves.require_usable(corpus)
        self.windows = None if window is None else Windows(window, window_overlap, windows)
        self.extra: Samples | None = None

    def setup(self, stage: str | None = None) -> None:
        """Compute or open the features and split them; for training, fit the standardisation.

        A trainer calls this before its model can set a standardisation, so one set by an earlier model is dropped. A
        trainer that is given only loaders calls it on the data of an earlier call, which then stays unchanged.

        Raises:
            MusicGenreError: The corpus cannot be used or split as asked.
        """
        if stage is not None and self.trainer is not None and given_data(self.trainer) is not self:
            return
        if stage is not None:
            self.standardize_with(None)
            self.tell_leaks()
            self.tell_empty(stage)
        if stage == "fit":
            self.require_trainable()
        _ = self.assignment
        if stage in (None, "fit"):  # otherwise the model may set it
            _ = self.standardize

    def add_training(self, extra: Samples) -> None:
        """Train on these too, in place of any added before; validation, test and the standardisation do not use them.

        In training batches their `row` continues from the last row of the segments table.

        Raises:
            MusicGenreError: Their genres or the shape of their features differ, or they do not have one valid label
                each.
        """
        extra.require_for(self.genres, self.in_shape)
        self.extra = extra

    def train_dataloader(self) -> BatchLoader:
        """Serve augmented training segments, including added ones, in a new order each epoch.

        When overfitting a few batches, the order stays the same.
        """
        features, labels, tracks = self._training(), self.labels, self.track_numbers
        rows = self.rows["train"]
        if self.extra is not None:  # in a new tensor: no row of validation or test can refer to them
            n_extra = len(self.extra.labels)
            rows = np.append(rows, np.arange(len(features), len(features) + n_extra))
            added = torch.from_numpy(self.extra.features).to(features)
            features = torch.cat([features, added])  # (N + M, C, F, T)
            labels = torch.cat([labels, torch.from_numpy(self.extra.labels)])  # (N + M,)
            tracks = torch.cat([tracks, tracks.max() + 1 + torch.arange(n_extra)])
        if self.windows is not None:
            rows = np.repeat(rows, self.windows.drawn)
        if overfit := self._overfit:
            ranks = self.trainer.world_size if self.trainer else 1
            rows = self._in_one_order(rows)[: ranks * share_of(len(rows), self.batch_size, training=True, ranks=ranks)]
        return self._loader(features, labels, tracks, rows, self._augmented, shuffle=not overfit)

    def unaugmented_dataloader(self) -> BatchLoader:
        """Serve unaugmented training segments, without added ones; genres are mixed if only a few batches are taken."""
        rows, some = self.rows["train"], self._overfit or self._limited
        return self._unchanged_loader(self._in_one_order(rows) if some else rows)

    def val_dataloader(self) -> BatchLoader:
        """Serve validation segments."""
        return self._unchanged_loader(self.rows["val"])

    def test_dataloader(self) -> BatchLoader:
        """Serve test segments."""
        return self._unchanged_loader(self.rows["test"])

    def predict_dataloader(self) -> BatchLoader:
        """Serve test segments."""
        return self._unchanged_loader(self.rows["test"])

    def as_in_training(self, rows: NDArray[np.int64]) -> Tensor:
        """Return inputs `(N, C, F, T)` of segments (or of windows of them) as a training step sees them, on the CPU."""
        return self._augmented(self._training()[torch.tensor(rows)].cpu())

    def state_dict(self) -> dict[str, Any]:
        """Return the augmentations' buffers, if any; fitted state is in the classifier's checkpoint."""
        return states(self._augmentations)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        restore(self._augmentations, state_dict)

    @property
    def _augmentations(self) -> dict[str, object]:
        return {"augment": self.augment, "wave_augment": getattr(self.waves, "augment", None)}

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__}({self.corpus!r})", f"  features     {self._described_features()}"]
        lines.append(f"  split        {self.split!r}" + self._counts())
        scaling = self._fitted_elsewhere or self._scaling
        lines.append(f"  batches      of {self.batch_size}, standardised: {scaling or 'not'}")
        return "\n".join([*lines, f"  augmented    {self.augment or 'not'}"])

    __str__ = __repr__  # Lightning's own counts the loaders, which opens the data

    def _described_features(self) -> str:
        text = repr(self.front_end).split("\n")[0].rstrip("(") or type(self.front_end).__name__
        if self.corpus.kind != "audio":
            return text
        length = "whole tracks" if self.segmenter.length is None else f"segments of {self.segmenter.length:g} s"
        return f"{text} at {self.front_end.sample_rate} Hz, {length}, overlap {self.segmenter.overlap:g}"

    def _counts(self) -> str:
        if "rows" not in self.__dict__:  # repr must not compute features
            return ""
        return ": " + ", ".join(f"{name} {counted(len(self.rows[name]), 'segment')}" for name in SUBSETS)

    def _standardised(self, x: Tensor) -> Tensor:
        standardised: Tensor = self.standardize.to(x.device)(x)
        return standardised

    def _augmented(self, x: Tensor) -> Tensor:
        """Return a net's inputs from a training batch of features or waveforms."""
        standardised = self._standardised(x if self.waves is None else self.waves(x))
        if self.windows is not None:
            standardised = self.windows.draw(standardised)
        if self.augment is None:
            return standardised
        return augmented(self.augment, standardised, standardised=not isinstance(self.standardize, nn.Identity))

    def _training(self) -> Tensor:
        """Return what training batches are gathered from: features, or waveforms if those are augmented."""
        if self.waves is None:
            return resident(self.store, self._device)
        if self.extra is not None:
            raise MusicGenreError("Generated features have no waveform: choose wave_augment=none with a GAN's samples.")
        return self.waves.segments(self.corpus, self.store, self._device)

    @property
    def _device(self) -> torch.device:
        return self.trainer.strategy.root_device if self.trainer else torch.device("cpu")

    def _unchanged_loader(self, rows: NDArray[np.int64]) -> BatchLoader:
        features = resident(self.store, self._device)
        return self._loader(features, self.labels, self.track_numbers, rows, self._standardised)

    @property
    def _overfit(self) -> bool:
        """Whether the trainer overfits a few batches; Lightning sets the attribute without declaring it."""
        return bool(getattr(self.trainer, "overfit_batches", 0))

    @property
    def _limited(self) -> bool:
        """Whether training is limited to a number or a share of the batches."""
        limit = getattr(self.trainer, "limit_train_batches", None) or 1.0
        return isinstance(limit, int) or limit < 1.0

    def _in_one_order(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return rows shuffled, in the same order each time, so that all genres come early."""
        return np.random.default_rng(self.seed).permutation(rows)

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
            segments=self.segments if len(labels) == len(self.store.segments) else None,  # which lacks added ones
            transform=transform,
            device=self._device,
            batch_size=self.batch_size,
            shuffle=shuffle,
            seed=self.seed,
            rank=self.trainer.global_rank if self.trainer else 0,
            ranks=self.trainer.world_size if self.trainer else 1,
        )
