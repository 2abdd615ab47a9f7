"""Figures of a folder of pictures."""

import logging
from collections import defaultdict
from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from musicgenre.data.corpus.tracks import Corpus, Track
from musicgenre.data.pictures import read_picture
from musicgenre.errors import MusicGenreError
from musicgenre.visual.mosaic import Picture, mosaic_figure
from musicgenre.visual.tabular import classes_figure

log = logging.getLogger(__name__)

_A_GENRE = 8  # pictures in the mosaic
_SIDE = 180  # most pixels at which one of them is drawn
_IN_MEAN = 100  # most pictures in a genre's mean


def picture_figures(corpus: Corpus, chosen: Mapping[str, Track]) -> dict[str, Figure]:
    """Draw the number of pictures of each genre, some of them side by side, each genre's mean, and the chosen ones.

    Args:
        corpus: A corpus of pictures.
        chosen: Pictures to draw in detail, by the folders of their figures.

    Raises:
        MusicGenreError: A chosen picture, or every one of a genre, cannot be read.
    """
    by_genre = _read(corpus)
    name = corpus.root.name
    shown = {genre: pictures[:_A_GENRE] for genre, pictures in by_genre.items()}
    means = {genre: [np.stack(pictures).mean(axis=0)] for genre, pictures in by_genre.items()}
    n_mean = max(len(pictures) for pictures in by_genre.values())
    figures = {
        "classes": classes_figure([track.genre for track in corpus.tracks], name),
        "mosaic": mosaic_figure(shown, f"{name}: the first pictures of each genre"),
        "means": mosaic_figure(means, f"{name}: mean of each genre's first {n_mean}"),
    }
    for folder, track in chosen.items():
        picture = _one(track, None)
        figures[f"{folder}/picture"] = mosaic_figure({track.genre: [picture]}, track.id)
    return figures


def _read(corpus: Corpus) -> dict[str, list[Picture]]:
    """Return the first pictures of each genre, all at one size; those that cannot be read are logged."""
    found: defaultdict[str, list[Picture]] = defaultdict(list)
    size: tuple[int, int] | None = None
    for track in corpus.tracks:
        if len(found[track.genre]) < _IN_MEAN:
            try:
                if size is None:
                    size = _drawn_size(_one(track, None))
                found[track.genre].append(_one(track, size))
            except MusicGenreError as error:
                log.warning("%s", error)
    if empty := [genre for genre, pictures in found.items() if not pictures]:
        raise MusicGenreError(f"None of the pictures of {', '.join(empty)} in {corpus.root} could be read.")
    return dict(found)


def _one(track: Track, size: tuple[int, int] | None) -> Picture:
    try:
        return read_picture(track.path, size, "RGB")
    except MusicGenreError as error:
        raise MusicGenreError(f"{track.id}: {error}") from error


def _drawn_size(picture: Picture) -> tuple[int, int]:
    """Return the height and width at which pictures like this one are drawn in the mosaic."""
    height, width = picture.shape[1:]
    shrink = min(1.0, _SIDE / max(height, width))
    return max(1, round(shrink * height)), max(1, round(shrink * width))
