"""Compute and cache the features that a training run will read."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from musicgenre.cells import csv_text
from musicgenre.data.datamodule import GenreDataModule
from musicgenre.data.store.feature_table import kaggle_table
from musicgenre.errors import MissingFileError
from musicgenre.files import replace_text
from musicgenre.transcript import console
from musicgenre.words import counted

T = TypeVar("T")


def with_files(make: Callable[[], T]) -> T:
    """Return what `make` returns, downloading a published file first if it needs one.

    Raises:
        MusicGenreError: The download failed, or `make` did.
    """
    try:
        return make()
    except MissingFileError as error:
        error.fetch()
    return make()


def prepare_net(model: Any, data: GenreDataModule) -> None:  # noqa: ANN401  # whatever the config's model is
    """Read the published weights that a net starts from, downloading them first if needed; skip other models.

    Raises:
        MusicGenreError: The weights cannot be downloaded, or belong to another network.
    """
    if callable(getattr(getattr(model, "func", None), "start", None)):
        with_files(model(data.in_shape, len(data.genres)).start)


def has_table(data: GenreDataModule) -> bool:
    """Return whether the features are hand-made features of audio, which are written as a table."""
    return "table" in data.front_end.reads and data.corpus.kind == "audio"


def prepare(data: GenreDataModule, folder: Path) -> None:
    """Open the data's features, computing them if needed, and print a summary.

    Args:
        data: The data that training will read.
        folder: Where features.csv is written, in Kaggle's format, if the features are hand-made.
    """
    start = time.perf_counter()
    store = data.store
    seconds = time.perf_counter() - start
    screen = console()
    done = "computed" if store.computed else "found in the cache"
    shape = " x ".join(map(str, data.in_shape))
    tracks, genres = counted(store.segments.track.nunique(), "track"), counted(len(data.genres), "genre")
    size = f"{counted(len(store.segments), 'segment')} of {shape}, {store.features.nbytes / 1e6:.0f} MB"
    screen.print(
        f"{data.corpus.root}: {tracks} of {genres}, {size}, {done} in {seconds:.1f} s.",
        soft_wrap=True,
        highlight=False,
        markup=False,
    )
    if has_table(data):
        path = folder / "features.csv"
        replace_text(path, csv_text(kaggle_table(store)))
        screen.print(f"The table, in Kaggle's format: {path}", soft_wrap=True, highlight=False, markup=False)
    if len(store.skipped):
        screen.print(f"{counted(len(store.skipped), 'track')} skipped:")
        for row in store.skipped.itertuples():
            screen.print(f"  {row.track}: {row.reason}", soft_wrap=True, highlight=False, markup=False)
