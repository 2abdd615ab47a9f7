"""`musicgenre explore`: what a collection sounds like, and what a trained net makes of it, in figures."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd
from hydra.core.hydra_config import HydraConfig
from matplotlib.figure import Figure
from omegaconf import DictConfig
from rich.console import Console

from musicgenre.commands.build import build_corpus
from musicgenre.commands.explore_net import net_figures
from musicgenre.commands.trained import load_network
from musicgenre.data.audio import Waveform, read_audio
from musicgenre.data.describe_tracks import hand_made_table, track_table
from musicgenre.data.tracks import Corpus, Track
from musicgenre.errors import MusicGenreError
from musicgenre.visual import spectra, tabular, waves
from musicgenre.visual.render import draw, write_png

log = logging.getLogger(__name__)


def run(cfg: DictConfig) -> None:
    """Draw the collection, the chosen tracks and, if a run is named, its net.

    Raises:
        MusicGenreError: The collection, a track, the table or the run is not there, or the run has no net.
    """
    folder = Path(HydraConfig.get().runtime.output_dir)
    corpus = build_corpus(cfg)
    if corpus.kind != "audio":
        raise MusicGenreError(f"{corpus.root} holds pictures, which cannot be heard: choose data=folder or data=gtzan.")
    rate = int(cfg.data.sample_rate)
    chosen = [find_track(corpus, name) for name in cfg.tracks] or [corpus.tracks[0]]
    trained = None if cfg.run is None else load_network(cfg.run)
    figures = {"classes": tabular.classes_figure([track.genre for track in corpus.tracks], str(corpus.root.name))}
    figures["waveforms"] = waves.waveforms_figure(_one_a_genre(corpus, rate), rate)
    figures |= table_figures(corpus, cfg.table, rate)
    for track in chosen:
        wave = read_audio(track.path, rate)
        stem = Path(track.id).stem
        figures |= {f"{stem}/{name}": figure for name, figure in track_figures(wave, rate, stem).items()}
    if trained is not None:
        figures |= net_figures(trained, corpus, chosen, cfg.layer)
    for name, figure in figures.items():
        write_png(folder / f"{name}.png", draw(figure))
    Console().print(f"{len(figures)} figures in {folder}", soft_wrap=True, highlight=False)


def track_figures(wave: Waveform, rate: int, title: str) -> dict[str, Figure]:
    """Everything that is drawn of one track."""
    return {
        "spectrum": spectra.spectrum_figure(wave, rate, title),
        "spectrograms": spectra.spectrograms_figure(wave, rate, title),
        "mfcc": spectra.mfcc_figure(wave, rate, title),
        "zero_crossings": waves.zero_crossings_figure(wave, rate, title),
        "harmonic_percussive": waves.harmonic_percussive_figure(wave, rate, title),
        "tempo": waves.tempo_figure(wave, rate, title),
    }


def table_figures(corpus: Corpus, path: str | None, rate: int) -> dict[str, Figure]:
    """Correlation and principal components of a table of features, read or measured.

    Raises:
        MusicGenreError: The table cannot be read.
    """
    table, name = _table(corpus, path, rate)
    genres, numbers = table.label, table.select_dtypes("number")
    means = numbers[[name for name in numbers.columns if str(name).endswith("_mean")]]
    figures = {"correlation": tabular.correlation_figure(numbers if means.empty else means, name)}
    if len(table) > 3:
        values = numbers.to_numpy(dtype=np.float64)
        figures["variance"] = tabular.variance_figure(values, name)
        figures["components"] = tabular.pca_figure(values, list(genres), name)
    return figures


def _table(corpus: Corpus, path: str | None, rate: int) -> tuple[pd.DataFrame, str]:
    """The table that was asked for, and its name."""
    if path is None:
        return track_table(corpus, rate), "MFCC of each track"
    if path == "features":
        return hand_made_table(corpus, rate), "58 features of each track"
    return _read_table(Path(path).expanduser()), Path(path).name


def find_track(corpus: Corpus, name: str) -> Track:
    """The track of that id, file name or stem.

    Raises:
        MusicGenreError: There is none, or there are several.
    """
    found = [track for track in corpus.tracks if name in (track.id, Path(track.id).name, Path(track.id).stem)]
    if len(found) != 1:
        there = f"no track {name!r}" if not found else f"{len(found)} tracks named {name!r}"
        some = ", ".join(track.id for track in (found or corpus.tracks)[:3])
        raise MusicGenreError(f"{corpus.root} has {there}: give tracks=[GENRE/FILE], such as {some}.")
    return found[0]


def _one_a_genre(corpus: Corpus, rate: int) -> dict[str, Waveform]:
    """The first track of each genre that can be read; a file that cannot is named."""
    found: dict[str, Waveform] = {}
    for track in corpus.tracks:
        if track.genre not in found:
            try:
                found[track.genre] = read_audio(track.path, rate)
            except MusicGenreError as error:
                log.warning("%s: %s", track.id, error)
    if not found:
        raise MusicGenreError(f"None of the {len(corpus.tracks)} tracks in {corpus.root} could be read.")
    return found


def _read_table(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise MusicGenreError(
            f"There is no table {path}: give table=features_30_sec.csv, table=features to compute one, or none."
        )
    try:
        table = pd.read_csv(path)
    except (ValueError, UnicodeDecodeError) as error:
        raise MusicGenreError(f"{path} is not a table: {error}") from error
    if "label" not in table or table.select_dtypes("number").shape[1] < 3:
        raise MusicGenreError(
            f"{path} needs a column label and at least three of numbers; it has {list(table.columns)}."
        )
    return table
