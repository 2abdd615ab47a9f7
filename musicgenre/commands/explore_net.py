"""A trained net in figures: what its layers make of tracks, and what its predictions hang on."""

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from hydra.utils import instantiate
from matplotlib.figure import Figure
from torch import Tensor, nn

from musicgenre.commands.trained import TrainedRun
from musicgenre.data.audio import read_audio
from musicgenre.data.tracks import Corpus, Track
from musicgenre.errors import MusicGenreError
from musicgenre.features import MFCC, MelImage
from musicgenre.nets.inspection import embeddings, first_filters, layer_output, saliency
from musicgenre.progress import track_progress
from musicgenre.runs import audio_classifier
from musicgenre.visual.inputs import inputs_figure
from musicgenre.visual.networks import activations_figure, filters_figure, saliency_figure
from musicgenre.visual.tabular import pca_figure

log = logging.getLogger(__name__)
_SEGMENTS = 8  # of each track: enough for its mean, and a large collection goes through in time


def net_figures(trained: TrainedRun, corpus: Corpus, chosen: Sequence[Track], layer: str | None) -> dict[str, Figure]:
    """Filters of the first layer; tracks by what a layer makes of them; of each chosen track a closer look.

    Args:
        trained: The run.
        corpus: The tracks.
        chosen: Those to look at closely.
        layer: Name of a layer; None takes the last convolution or LSTM for pictures, the penultimate for the tracks.

    Raises:
        MusicGenreError: There is no such layer, or the run does not take audio.
    """
    net = trained.classifier.net
    drawn = layer or _last_layer(net)
    figures = {"net/tracks": _tracks_figure(trained, corpus, layer)}
    try:
        filters = first_filters(net, tuple(trained.classifier.hparams["in_shape"]))
        figures["net/filters"] = filters_figure(_upright(trained, filters), "Filters of the first layer")
    except MusicGenreError as error:
        log.info("%s", error)
    for track in chosen:
        x, seconds = _segments(trained, track)
        figures |= {f"{Path(track.id).stem}/{n}": f for n, f in _closer(trained, x, seconds, track, drawn).items()}
    return figures


def _closer(trained: TrainedRun, x: Tensor, seconds: float, track: Track, layer: str) -> dict[str, Figure]:
    """Activations, saliency and augmentations of the middle one of a track's segments."""
    classifier = trained.classifier
    one = x[len(x) // 2 : len(x) // 2 + 1]  # (1, C, F, T)
    with torch.no_grad():
        probs = classifier.net(one).softmax(-1)[0]
    label = int(probs.argmax())
    said = f"{Path(track.id).stem} taken for {classifier.genres[label]} ({100 * probs[label]:.0f} %)"
    picture = _upright(trained, one[0, 0])
    depends = _upright(trained, saliency(classifier.net, one, label)[0])
    bins = "coefficient" if isinstance(classifier.front_end, MFCC) else "mel bin"
    figures = {
        "saliency": saliency_figure(picture, depends, seconds, said, bins),
        "activations": activations_figure(layer_output(classifier.net, layer, one)[0], f"{said}: layer {layer}"),
    }
    augment = instantiate(trained.config.augment)
    if not isinstance(augment, nn.Identity):
        several = one.expand(4, *one.shape[1:]).clone()
        before, after = _upright(trained, several), _upright(trained, augment(several))
        draws = [f"draw {number}" for number in range(1, 5)]
        figures["augmentations"] = inputs_figure(before, after, [track.genre] * 4, draws, bins=bins)
    return figures


def _tracks_figure(trained: TrainedRun, corpus: Corpus, layer: str | None) -> Figure:
    """Every track by what a layer makes of it, the mean over its segments, in three principal components."""
    net = trained.classifier.net
    rows, genres = [], []
    for track in track_progress(corpus.tracks, len(corpus.tracks), "Looking at tracks"):
        try:
            x, _ = _segments(trained, track)
        except MusicGenreError as error:
            log.warning("%s: %s", track.id, error)
            continue
        found = embeddings(net, x) if layer is None else layer_output(net, layer, x)
        rows.append(found.flatten(2).mean(-1).mean(0).numpy() if found.ndim > 2 else found.mean(0).numpy())
        genres.append(track.genre)
    if len(rows) < 4:
        raise MusicGenreError(f"{len(rows)} tracks of {corpus.root} could be used; three components need four.")
    return pca_figure(np.stack(rows), genres, layer or "Penultimate layer")


def _segments(trained: TrainedRun, track: Track) -> tuple[Tensor, float]:
    """Standardised features of some of a track's segments `(B, C, F, T)`, and their length in s."""
    listen = audio_classifier(trained)
    waves = listen.segmenter.cut(read_audio(track.path, listen.segmenter.sample_rate))[:_SEGMENTS]
    if not len(waves):
        raise MusicGenreError("too short for a segment of the run")
    with torch.no_grad():
        return listen.features(torch.tensor(waves)), waves.shape[1] / listen.segmenter.sample_rate


def _upright(trained: TrainedRun, x: Tensor) -> Tensor:
    """Features `(..., F, T)` with the lowest frequency first: a picture's first row is its highest."""
    return x.flip(-2) if isinstance(trained.classifier.front_end, MelImage) else x


def _last_layer(net: nn.Module) -> str:
    """Name of the last convolution or LSTM; of a net without, of its first layer."""
    layers: list[tuple[str, nn.Module]] = list(net.named_modules())
    deep = [name for name, layer in layers if isinstance(layer, nn.Conv1d | nn.Conv2d | nn.LSTM)]
    linear = [name for name, layer in layers if isinstance(layer, nn.Linear)]
    return str(deep[-1] if deep else linear[0])
