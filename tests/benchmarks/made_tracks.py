"""Folders of many tracks: the rendered corpus, repeated under other names."""

import shutil
from pathlib import Path

from musicgenre.data.corpus.sources import synthetic
from musicgenre.data.corpus.tracks import Corpus


def repeated(folder: Path, n_tracks: int) -> Path:
    """Fill the folder with `n_tracks` WAV files in genre folders, all real copies; return it."""
    corpus: Corpus = synthetic()
    for number in range(n_tracks):
        genre = corpus.genres[number % len(corpus.genres)]
        tracks = [track for track in corpus.tracks if track.genre == genre]
        source = tracks[number // len(corpus.genres) % len(tracks)]
        target = folder / genre / f"{genre}.{number // len(corpus.genres):05d}.wav"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source.path, target)
    return folder
