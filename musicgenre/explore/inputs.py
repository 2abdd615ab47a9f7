"""Inputs of a trained net from the tracks of a collection: audio segments, or pictures."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from musicgenre.augment.about_mean import about_mean
from musicgenre.data.audio.segments import Segmenter
from musicgenre.data.audio.stream import Stream, cut_stream
from musicgenre.data.corpus.tracks import Corpus, Track
from musicgenre.data.pictures import read_picture
from musicgenre.data.splits import SUBSETS
from musicgenre.data.store.fingerprint import hash_tracks
from musicgenre.errors import MusicGenreError
from musicgenre.features.picture import Mode
from musicgenre.files import expanded
from musicgenre.modules.classifier import GenreClassifier
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.model_file import checkpoint_of
from musicgenre.runs.read import read_split
from musicgenre.training.build import build_augmentations
from musicgenre.training.trained import folder_of, load_network, trust_in_record, with_own_paths
from musicgenre.training.unseen import subsets_by_name
from musicgenre.trust import Trust, as_trust, require_known

_SEGMENTS = 8  # of each track: enough for its mean, and few enough for large collections


@dataclass(frozen=True)
class TrackInputs:
    """A net's inputs from tracks.

    Attributes:
        raw: A track -> waveforms `(S, T)`, or pictures `(S, C, H, W)`.
        features: Those -> standardised features `(S, C, F, T)`.
        change: The training's augmentation of waveforms; None for none.
        augment: The training's augmentation of features; None for none.
    """

    raw: Callable[[Track], Tensor]
    features: Callable[[Tensor], Tensor]
    change: Callable[[Tensor], Tensor] | None
    augment: Callable[[Tensor], Tensor] | None

    def __call__(self, track: Track) -> Tensor:
        """Return a track's inputs `(S, C, F, T)`.

        Raises:
            MusicGenreError: It cannot be read, or is too short; the message names the track.
        """
        with torch.no_grad():
            return self.features(self.raw(track))

    def augmented(self, raw: Tensor) -> Tensor | None:
        """Return inputs augmented as in the run's training; None if it used no augmentation."""
        if self.change is None and self.augment is None:
            return None
        with torch.no_grad():
            x = self.features(raw if self.change is None else self.change(raw))
            return x if self.augment is None else self.augment(x)


def inputs_of(model: GenreClassifier, corpus: Corpus, run: str | Path, trust: bool | Trust = False) -> TrackInputs:
    """Return the inputs of a run's net from a collection.

    Args:
        model: The run's model.
        corpus: The tracks.
        run: The run folder, or a checkpoint of one; files of its augmentations are found from any working folder.
        trust: Whether to build whatever the run names, or what to trust.

    Raises:
        MusicGenreError: The run does not take such files.
    """
    require_known(model.config or {}, ("wave_augment", "augment"), "The run's checkpoint", as_trust(trust))
    change, asked = build_augmentations(with_own_paths(model.config or {}, run))
    augment = None if asked is None else about_mean(asked, model.standardize is not None)
    if corpus.kind == "audio":
        listen = model.audio_classifier()
        return TrackInputs(partial(_segments, listen.segmenter), listen.features, change, augment)
    front_end: Any = model.front_end
    if front_end is None or corpus.kind not in getattr(front_end, "reads", ()):
        raise MusicGenreError(f"The run was trained on {type(front_end).__name__} features, not on pictures.")
    picture = partial(_picture, front_end.picture_size, front_end.picture_mode)
    standardised = nn.Identity() if model.standardize is None else model.standardize
    return TrackInputs(picture, standardised, None, augment)


def _segments(segmenter: Segmenter, track: Track) -> Tensor:
    """Return the first segments of a track `(S, T)`."""
    try:
        with Stream(track.path, segmenter.sample_rate, segmenter.downmix) as stream:
            waves = [wave for _, wave in islice(cut_stream(stream, segmenter), _SEGMENTS)]
    except MusicGenreError as error:
        raise MusicGenreError(f"{track.id}: {error}") from error
    if not waves:
        raise MusicGenreError(f"{track.id}: too short for a segment of the run.")
    return torch.from_numpy(np.stack(waves))


def _picture(size: tuple[int, int], mode: Mode, track: Track) -> Tensor:
    """Read a track's picture `(1, C, H, W)`."""
    try:
        return torch.from_numpy(read_picture(track.path, size, mode))[None]
    except MusicGenreError as error:
        raise MusicGenreError(f"{track.id}: {error}") from error


def data_of(run: str | Path, trust: bool | Trust = False) -> dict[str, Any]:
    """Return the config of a run's own data, after checking that its names are in musicgenre's configs or trusted.

    Raises:
        MusicGenreError: The run cannot be read, does not say what it was trained on, or has a name that is not trusted.
    """
    model = load_network(run, trust=trust)
    if model.config is None or not model.config.get("data"):
        raise MusicGenreError(f"{run} does not say which data it was trained on: add data=... to the command.")
    origin = checkpoint_of(expanded(run))
    require_known(model.config, ["data"], str(origin), trust_in_record(run, trust))
    return with_own_paths(model.config, run)


def subsets_of(run: str | Path, corpus: Corpus) -> dict[str, str]:
    """Return the run's subset of each of a collection's tracks, by id: "train", "val" or "test"; unknown ones left out.

    Tracks are matched by content, whatever their names; others by name, as in `same_names`.
    """
    folder = RunFolder(folder_of(run))
    if not folder.split_csv.is_file():
        return {}
    listed = read_split(folder.split_csv, "content")
    held = {content: each for each in ("", *reversed(SUBSETS)) for content in listed.content[listed.split == each]}
    by_name = subsets_by_name(folder, corpus)
    found = {track: held.get(content, by_name.get(track)) for track, content in hash_tracks(corpus).items()}
    return {track: subset for track, subset in found.items() if subset}
