"""Fit the head that ships with musicgenre: `python -m musicgenre.training.head FOLDER ARTISTS HEAD.json`."""

import sys
from pathlib import Path

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression

from musicgenre.classical import fit_pipeline, pipeline
from musicgenre.data.corpus.sources import folder
from musicgenre.data.corpus.tracks import Corpus, require_several_genres
from musicgenre.data.datamodule import GenreDataModule
from musicgenre.data.splits import stratified
from musicgenre.features import Musicnn
from musicgenre.features.musicnn import MUSICNN_RATE
from musicgenre.features.profile import Reference
from musicgenre.prediction.head import Head, write_head

SECONDS = 3.0
_MODEL, _LAYER = "MSD_musicnn", "penultimate"
_C = 0.01


def fit_head(corpus: Corpus) -> Head:
    """Fit logistic regression on the standardised features of all tracks' windows, holding none out.

    Raises:
        MusicGenreError: Musicnn's weights are missing, or the corpus has fewer than two genres.
    """
    require_several_genres(corpus)
    hears = Musicnn(MUSICNN_RATE, layer="penultimate")
    data = GenreDataModule(corpus, hears, length=SECONDS, short="repeat", split=stratified())
    x = np.array(data.features).reshape(len(data.features), -1).astype(float)
    model = pipeline(LogisticRegression(C=_C, max_iter=1000), scale="standard")
    fitted = fit_pipeline(model, x, data.labels.numpy(), np.arange(len(x)), data.segments.track.to_numpy())
    scale, last = fitted["scale"], fitted["estimator"]
    weight, bias = last.coef_, last.intercept_
    if len(weight) == 1:  # scikit-learn keeps one row for two genres
        weight, bias = np.concatenate([-weight / 2, weight / 2]), np.array([-bias[0] / 2, bias[0] / 2])
    z = torch.tensor(scale.transform(x))[:, None, :, None]  # (N, 1, D, 1)
    artist = {track.id: track.artist for track in corpus.tracks}
    tracks = list(data.segments.track)
    like = Reference.fit_directions([z], tracks, [artist[track] or track for track in tracks])
    directions = np.array(like.directions).reshape(-1, 2 * x.shape[1])[:, : x.shape[1]]  # without those over time
    return Head(
        *(data.genres, _MODEL, _LAYER, SECONDS, scale.mean_, scale.scale_, weight, bias),
        *(directions, np.array(like.variances), like.rest, like.limit),
    )


if __name__ == "__main__":
    write_head(fit_head(folder(sys.argv[1], artists=sys.argv[2])), Path(sys.argv[3]))
