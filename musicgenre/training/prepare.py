"""Compute and keep the features that a training run will read."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from rich.console import Console

from musicgenre.cells import csv_text
from musicgenre.data.datamodule import GenreDataModule
from musicgenre.data.store.feature_table import kaggle_table
from musicgenre.errors import MissingFileError
from musicgenre.files import replace_text

T = TypeVar("T")


def with_files(make: Callable[[], T]) -> T:
    """Return what is made, once a published file that it needs has been fetched.

    Raises:
        MusicGenreError: The file cannot be fetched, or something else is wrong.
    """
    try:
        return make()
    except MissingFileError as error:
        error.fetch()
    return make()


def prepare(data: GenreDataModule, folder: Path) -> None:
    """Open the data's features, computing them if need be, and say what they came to.

    Args:
        data: What training will read.
        folder: Gets features.csv, in Kaggle's format, where the features are hand-made ones.
    """
    start = time.perf_counter()
    store = data.store
    seconds = time.perf_counter() - start
    console = Console()
    done = "computed" if store.computed else "found in the cache"
    shape = " x ".join(map(str, data.in_shape))
    console.print(
        f"{data.corpus.root}: {store.segments.track.nunique()} tracks of {len(data.genres)} genres, "
        f"{len(store.segments)} segments of {shape}, {store.features.nbytes / 1e6:.0f} MB, {done} in {seconds:.1f} s.",
        soft_wrap=True,
        highlight=False,
        markup=False,
    )
    if data.front_end.slow and data.corpus.kind == "audio":
        path = folder / "features.csv"
        replace_text(path, csv_text(kaggle_table(store)))
        console.print(f"The table, in Kaggle's format: {path}", soft_wrap=True, highlight=False, markup=False)
    if len(store.skipped):
        console.print(f"{len(store.skipped)} tracks skipped:")
        for row in store.skipped.itertuples():
            console.print(f"  {row.track}: {row.reason}", soft_wrap=True, highlight=False, markup=False)
