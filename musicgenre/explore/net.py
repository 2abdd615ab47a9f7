"""Figures of a trained net: its layers' outputs for tracks, and what its predictions depend on."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import Tensor

from musicgenre.data.corpus.tracks import Corpus, Track
from musicgenre.errors import MusicGenreError
from musicgenre.explore.inputs import TrackInputs, inputs_of
from musicgenre.features import Standardize, bins_of, hertz_of
from musicgenre.modules.classifier import GenreClassifier
from musicgenre.nets.inspection import embeddings, first_filters, last_activation, layer_output, saliency
from musicgenre.progress import track_progress
from musicgenre.trust import Trust
from musicgenre.visual.inputs import inputs_figure
from musicgenre.visual.networks import activations_figure, filterbank_figure, filters_figure, saliency_figure
from musicgenre.visual.tabular import pca_figure
from musicgenre.words import counted

log = logging.getLogger(__name__)
_FEWEST = 4  # tracks for three components
_MOST_VALUES = 4096  # of a layer's output that are used individually, like the 48 of S0's second pool
_WHERE = {"train": " (TRAINING track)", "val": " (validation track)", "test": " (test track)"}


def net_figures(
    model: GenreClassifier,
    corpus: Corpus,
    run: str | Path,
    chosen: Mapping[str, Track],
    layer: str | None,
    subsets: Mapping[str, str] = MappingProxyType({}),
    trust: bool | Trust = False,
) -> dict[str, Figure]:
    """Draw the first layer's filters, tracks by a layer's output, and details of each chosen track.

    Args:
        model: The model of a trained run.
        corpus: The tracks.
        run: The run folder, or a checkpoint of one.
        chosen: Tracks to draw in detail, by the folders of their figures.
        layer: Name of a layer; None for the last convolution or LSTM, after its activation function, for the details,
            and the penultimate layer for the tracks.
        subsets: The run's subsets of the tracks, by id, see `subsets_of`.
        trust: Whether to build whatever the run names, or what to trust.

    Raises:
        MusicGenreError: There is no such layer, or the run does not take audio.
    """
    net, inputs = model.made_net, inputs_of(model, corpus, run, trust)
    drawn = layer or last_activation(net)
    figures = _tracks_figures(model, inputs, corpus, layer, subsets) | _filters(model)
    for name, track in chosen.items():
        where = _WHERE.get(subsets.get(track.id, ""), "")
        closer = _closer(model, inputs, track, drawn, where)
        figures |= {f"{name}/{kind}": figure for kind, figure in closer.items()}
    return figures


def _filters(model: GenreClassifier) -> dict[str, Figure]:
    """Draw the filters of the net's first layer; if it has none, draw nothing and log why."""
    net, card = model.made_net, model.card
    assert card is not None  # a trained run has one
    bank: Any = next((each for each in net.modules() if hasattr(each, "responses")), None)
    if bank is not None:
        return {"net/filters": filterbank_figure(bank.responses(), bank.sample_rate, "The learnt filterbank")}
    try:
        filters = first_filters(net, card.net_shape)
    except MusicGenreError as error:
        log.info("%s", error)
        return {}
    return {"net/filters": filters_figure(_upright(model, filters), "Filters of the first layer")}


def _closer(model: GenreClassifier, inputs: TrackInputs, track: Track, layer: str, where: str) -> dict[str, Figure]:
    """Draw activations, saliency and augmentations of the middle one of a track's segments."""
    genres, net = model.genres or (), model.made_net
    raw = inputs.raw(track)
    raw = raw[len(raw) // 2 : len(raw) // 2 + 1]  # (1, T), or a picture
    rate = getattr(model.front_end, "sample_rate", None)
    seconds = raw.shape[1] / rate if raw.ndim == 2 and rate else None
    with torch.no_grad():
        one = inputs.features(raw)  # (1, C, F, T)
        probs = model(one).softmax(-1)[0]
    label = int(probs.argmax())
    said = f"{Path(track.id).stem}{where} predicted as {genres[label]} ({100 * probs[label]:.0f} %)"
    picture = _upright(model, one[0, 0])
    depends = _upright(model, saliency(net, one, label)[0])
    axes: dict[str, Any] = {"seconds": seconds, "bins": bins_of(model.front_end), "hertz": hertz_of(model.front_end)}
    axes["standardised"] = isinstance(model.standardize, Standardize)
    maps = layer_output(net, layer, one)  # with windows, one map of each
    of = f"layer {layer}" + (f", window {len(maps) // 2 + 1} of {len(maps)}" if len(maps) > 1 else "")
    figures = {
        "saliency": saliency_figure(picture, depends, title=said, **axes),
        "activations": activations_figure(maps[len(maps) // 2], f"{said}: {of}"),
    }
    after = inputs.augmented(raw.repeat(4, *[1] * (raw.ndim - 1)))
    if after is not None:
        draws = [f"draw {number}" for number in range(1, 5)]
        before = _upright(model, one.repeat(4, 1, 1, 1))
        figures["augmentations"] = inputs_figure(before, _upright(model, after), [track.genre] * 4, draws, **axes)
    return figures


def _tracks_figures(
    model: GenreClassifier, inputs: TrackInputs, corpus: Corpus, layer: str | None, subsets: Mapping[str, str]
) -> dict[str, Figure]:
    """Draw tracks by a layer's output, in three principal components of the unscaled values.

    Tracks that the run has not learnt from have one figure, training and validation tracks another, which says so: a
    net places tracks that it has memorised where they belong. A net without a penultimate layer has no figure, and the
    reason is logged.
    """
    try:
        rows = _rows(model, inputs, corpus, layer)
    except MusicGenreError as error:
        if layer is not None:
            raise
        log.info("%s Draw the tracks by another layer with layer=NAME.", error)
        return {}
    name, there = layer or "Penultimate layer", [track for track in corpus.tracks if track.id in rows]
    learnt = [track for track in there if subsets.get(track.id) in ("train", "val")]
    heard = [track for track in there if track not in learnt]
    if len(there) < _FEWEST:
        raise MusicGenreError(
            f"Only {counted(len(rows), 'track')} of {corpus.root} could be used, but three components need four."
        )

    def figure(tracks: Sequence[Track], what: str) -> Figure:
        values = np.stack([rows[track.id] for track in tracks])
        return pca_figure(values, [track.genre for track in tracks], f"{name}, {len(tracks)} {what}", scale=None)

    if not learnt:
        return {"net/tracks": figure(heard, "tracks, none used for training or validation")}
    if len(heard) < _FEWEST:
        return {"net/tracks": figure(there, f"tracks, {len(learnt)} of them TRAINING or validation tracks")}
    figures = {"net/tracks": figure(heard, "tracks not used for training or validation")}
    if len(learnt) >= _FEWEST:
        figures["net/training_tracks"] = figure(learnt, "TRAINING and validation tracks")
    return figures


def _rows(
    model: GenreClassifier, inputs: TrackInputs, corpus: Corpus, layer: str | None
) -> dict[str, NDArray[np.float32]]:
    """Return a layer's output for each track, averaged over its segments; tracks that cannot be read are logged."""
    net, rows = model.made_net, {}
    for track in track_progress(corpus.tracks, len(corpus.tracks), "Looking at tracks"):
        try:
            x = inputs(track)
        except MusicGenreError as error:
            log.warning("%s", error)
            continue
        found = embeddings(net, x) if layer is None else layer_output(net, layer, x)
        if found.ndim > 2 and found.flatten(1).shape[1] > _MOST_VALUES:  # maps: use their means
            found = found.flatten(2).mean(-1)
        rows[track.id] = found.flatten(1).mean(0).numpy()
    return rows


def _upright(model: GenreClassifier, x: Tensor) -> Tensor:
    """Flip features `(..., F, T)` if needed so that the lowest frequency is first: in a picture the highest is."""
    return x.flip(-2) if getattr(model.front_end, "top_is_high", False) else x
