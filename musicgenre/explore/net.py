"""A trained net in figures: what its layers make of tracks, and what its predictions hang on."""

import logging
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor, nn

from musicgenre.data.audio.stream import cut_stream, stream_audio
from musicgenre.data.corpus.tracks import Corpus, Track
from musicgenre.errors import MusicGenreError
from musicgenre.features import bins_of
from musicgenre.modules.classifier import GenreClassifier
from musicgenre.nets.inspection import embeddings, first_filters, layer_output, saliency
from musicgenre.prediction import AudioClassifier
from musicgenre.progress import track_progress
from musicgenre.training.build import build_augmentations
from musicgenre.visual.inputs import inputs_figure
from musicgenre.visual.networks import activations_figure, filterbank_figure, filters_figure, saliency_figure
from musicgenre.visual.tabular import pca_figure

log = logging.getLogger(__name__)
_SEGMENTS = 8  # of each track: enough for its mean, and a large collection goes through in time


def net_figures(
    model: GenreClassifier, corpus: Corpus, chosen: Mapping[str, Track], layer: str | None
) -> dict[str, Figure]:
    """Draw the first layer's filters, tracks by what a layer makes of them, and a closer look at each chosen track.

    Args:
        model: Of a trained run.
        corpus: The tracks.
        chosen: Those to look at closely, by the folders of their figures.
        layer: Name of a layer; None takes the last convolution or LSTM for pictures, the penultimate for the tracks.

    Raises:
        MusicGenreError: There is no such layer, or the run does not take audio.
    """
    net = model.made_net
    drawn = layer or _last_layer(net)
    figures = {"net/tracks": _tracks_figure(model, corpus, layer)} | _filters(model)
    for name, track in chosen.items():
        figures |= {f"{name}/{kind}": figure for kind, figure in _closer(model, track, drawn).items()}
    return figures


def _filters(model: GenreClassifier) -> dict[str, Figure]:
    """Draw what the net's first layer lets through; for a layer without filters nothing, and log why."""
    net, card = model.made_net, model.card
    assert card is not None  # a trained run has one
    bank: Any = next((each for each in net.modules() if hasattr(each, "responses")), None)
    if bank is not None:
        return {"net/filters": filterbank_figure(bank.responses(), bank.sample_rate, "The learnt filterbank")}
    try:
        filters = first_filters(net, tuple(card.in_shape))
    except MusicGenreError as error:
        log.info("%s", error)
        return {}
    return {"net/filters": filters_figure(_upright(model, filters), "Filters of the first layer")}


def _closer(model: GenreClassifier, track: Track, layer: str) -> dict[str, Figure]:
    """Draw activations, saliency and augmentations of the middle one of a track's segments."""
    listen, genres = model.audio_classifier(), model.genres or ()
    waves = _segments(listen, track)
    net = model.made_net
    wave = waves[len(waves) // 2 : len(waves) // 2 + 1]  # (1, T)
    seconds = wave.shape[1] / listen.segmenter.sample_rate
    with torch.no_grad():
        one = listen.features(wave)  # (1, C, F, T)
    with torch.no_grad():
        probs = model(one).softmax(-1)[0]
    label = int(probs.argmax())
    said = f"{Path(track.id).stem} taken for {genres[label]} ({100 * probs[label]:.0f} %)"
    picture = _upright(model, one[0, 0])
    depends = _upright(model, saliency(net, one, label)[0])
    bins = bins_of(model.front_end)
    figures = {
        "saliency": saliency_figure(picture, depends, seconds, said, bins),
        "activations": activations_figure(layer_output(net, layer, one)[0], f"{said}: layer {layer}"),
    }
    after = _augmented(model, listen, wave.repeat(4, 1))
    if after is not None:
        draws = [f"draw {number}" for number in range(1, 5)]
        before = _upright(model, one.repeat(4, 1, 1, 1))
        figures["augmentations"] = inputs_figure(before, _upright(model, after), [track.genre] * 4, draws, bins=bins)
    return figures


def _augmented(model: GenreClassifier, listen: AudioClassifier, waves: Tensor) -> Tensor | None:
    """Compute features of waveforms `(B, T)` as the run's training saw them; None if it augmented nothing."""
    change, augment = build_augmentations(model.config or {})
    if change is None and augment is None:
        return None
    with torch.no_grad():
        features: Tensor = listen.features(waves if change is None else change(waves))
        return features if augment is None else augment(features)


def _tracks_figure(model: GenreClassifier, corpus: Corpus, layer: str | None) -> Figure:
    """Draw every track by what a layer makes of it, the mean over its segments, in three principal components."""
    net, listen = model.made_net, model.audio_classifier()
    rows, genres = [], []
    for track in track_progress(corpus.tracks, len(corpus.tracks), "Looking at tracks"):
        try:
            waves = _segments(listen, track)
        except MusicGenreError as error:
            log.warning("%s", error)
            continue
        with torch.no_grad():
            x = listen.features(waves)
        found = embeddings(net, x) if layer is None else layer_output(net, layer, x)
        rows.append(found.flatten(2).mean(-1).mean(0).numpy() if found.ndim > 2 else found.mean(0).numpy())
        genres.append(track.genre)
    if len(rows) < 4:
        raise MusicGenreError(f"{len(rows)} tracks of {corpus.root} could be used; three components need four.")
    return pca_figure(np.stack(rows), genres, layer or "Penultimate layer")


def _segments(listen: AudioClassifier, track: Track) -> Tensor:
    """Cut some of a track's segments `(B, T)`.

    Raises:
        MusicGenreError: It cannot be read, or is too short; the track is named.
    """
    segmenter = listen.segmenter
    blocks = stream_audio(track.path, segmenter.sample_rate, downmix=segmenter.downmix)
    cut = islice(cut_stream(blocks, segmenter, listen.whole_seconds), _SEGMENTS)
    try:
        waves = [wave for _, wave in cut]
    except MusicGenreError as error:
        raise MusicGenreError(f"{track.id}: {error}") from error
    if not waves:
        raise MusicGenreError(f"{track.id}: too short for a segment of the run.")
    return torch.from_numpy(np.stack(waves))


def _upright(model: GenreClassifier, x: Tensor) -> Tensor:
    """Turn features `(..., F, T)` so that the lowest frequency is first: a picture's first row is its highest."""
    return x.flip(-2) if getattr(model.front_end, "top_is_high", False) else x


def _last_layer(net: nn.Module) -> str:
    """Name of the last convolution or LSTM; of a net without, of its first layer."""
    layers: list[tuple[str, nn.Module]] = list(net.named_modules())
    deep = [name for name, layer in layers if isinstance(layer, nn.Conv1d | nn.Conv2d | nn.LSTM)]
    linear = [name for name, layer in layers if isinstance(layer, nn.Linear)]
    return str(deep[-1] if deep else linear[0])
