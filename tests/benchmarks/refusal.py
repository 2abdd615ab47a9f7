"""How well `unlike` tells other sounds from music not trained on: area under the ROC curve, by kind of sound.

Needs musicnn's weights (`musicgenre prepare features=musicnn`), a folder of genres with its artists, and recordings:
`refusal.py FOLDER ARTISTS speech=FILE,FILE animals=FILE,FILE`. Noise and tones are generated.
"""

import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import Pipeline
from torch import Tensor

from musicgenre.classical import fit_pipeline, pipeline
from musicgenre.data.audio.decode import read_audio
from musicgenre.data.corpus.sources import folder
from musicgenre.data.datamodule import GenreDataModule
from musicgenre.data.splits import stratified
from musicgenre.features import Musicnn
from musicgenre.features.musicnn import MUSICNN_RATE
from musicgenre.features.profile import Reference, profiles

SECONDS = 3.0
FOLDS = 5
Waves = Mapping[str, list[NDArray[np.float32]]]


def made() -> Waves:
    """Make noises and tones of ten seconds each."""
    rng, t = np.random.default_rng(0), np.arange(10 * MUSICNN_RATE) / MUSICNN_RATE
    white = rng.standard_normal((3, len(t)))
    colours = [np.fft.irfft(np.fft.rfft(each) / np.maximum(np.arange(len(t) // 2 + 1), 1) ** p) for each in white
               for p in (0, 0.5, 1)]  # white, pink, brown  # fmt: skip
    tones = [np.sin(2 * np.pi * hertz * t) for hertz in (50, 220, 440, 1000, 4000)]
    tones += [np.sign(tone) for tone in tones[1:4]] + [np.sin(2 * np.pi * (100 + 300 * t) * t)]
    return {name: [(0.2 * w / np.abs(w).max()).astype(np.float32) for w in waves]
            for name, waves in (("noise", colours), ("tones", tones))}  # fmt: skip


def windows(hears: Musicnn, wave: NDArray[np.float32]) -> NDArray[np.float64]:
    """Compute the features `(N, D)` of each 3 s of a waveform; a shorter one is repeated."""
    length = round(SECONDS * MUSICNN_RATE)
    whole = np.resize(wave, max(length, len(wave)))
    cut = torch.from_numpy(whole[: len(whole) // length * length].reshape(-1, length))
    return np.asarray(hears(cut)[:, 0, :, 0].double())


def scores(x: NDArray[np.float64], model: Pipeline, like: Reference) -> tuple[float, float]:
    """Return a recording's distance from the training music, and the classifier's uncertainty about it."""
    scaled = model["scale"].transform(x)
    unsure = 1 - model["estimator"].predict_proba(scaled).mean(0).max()
    return like.distance(profiles(as_features(scaled))), float(unsure)


def as_features(scaled: NDArray[np.float64]) -> Tensor:
    """Return rows `(N, D)` as features of one frame `(N, 1, D, 1)`."""
    return torch.tensor(scaled)[:, None, :, None]


def main() -> None:
    """Print the table: each fold's held-out music against each kind, averaged over the folds."""
    root, artists, *given = sys.argv[1:]
    hears = Musicnn(MUSICNN_RATE, layer="penultimate")
    corpus = folder(root, artists=artists)
    data = GenreDataModule(corpus, hears, length=SECONDS, short="repeat", split=stratified())
    x, y = np.array(data.features).reshape(len(data.features), -1).astype(float), data.labels.numpy()
    tracks = data.segments.track.to_numpy()
    artist = {track.id: track.artist or track.id for track in corpus.tracks}
    groups = np.array([artist[track] for track in tracks])
    kinds = dict(made())
    for kind, _, files in (each.partition("=") for each in given):
        kinds[kind] = [read_audio(Path(file), MUSICNN_RATE) for file in files.split(",")]
    heard = {kind: [windows(hears, wave) for wave in waves] for kind, waves in kinds.items()}
    areas: dict[str, list[tuple[float, float]]] = {kind: [] for kind in heard}
    for train, test in GroupKFold(FOLDS, shuffle=True, random_state=0).split(x, y, groups):
        model = fit_pipeline(pipeline(LogisticRegression(C=0.01, max_iter=1000), scale="standard"),
                             x, y, train, tracks)  # fmt: skip
        like = Reference.fit_directions(
            [as_features(model["scale"].transform(x[train]))], list(tracks[train]), list(groups[train])
        )
        music = [scores(x[test][tracks[test] == track], model, like) for track in sorted(set(tracks[test]))]
        for kind, recordings in heard.items():
            others = [scores(rows, model, like) for rows in recordings]
            truth = [0] * len(music) + [1] * len(others)
            both = np.array(music + others)
            areas[kind].append((roc_auc_score(truth, both[:, 0]), roc_auc_score(truth, both[:, 1])))
    table = Table("kind", "recordings", "distance (unlike)", "1 - likeliest (unsure)")
    for kind, found in areas.items():
        table.add_row(kind, str(len(heard[kind])), *(f"{value:.2f}" for value in np.mean(found, axis=0)))
    Console().print(table)


if __name__ == "__main__":
    main()
