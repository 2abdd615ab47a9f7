"""Figures of a collection's sound, and of a trained net's view of it."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from musicgenre.data.audio.decode import Waveform
from musicgenre.data.audio.excerpt import EXCERPT, Excerpt
from musicgenre.data.audio.segments import MIN_SAMPLES
from musicgenre.data.corpus.text_table import LABEL_COLUMNS, named, plain_numbers, read_table
from musicgenre.data.corpus.tracks import Corpus, Track, read_track
from musicgenre.errors import MusicGenreError
from musicgenre.explore.inputs import subsets_of
from musicgenre.explore.net import net_figures
from musicgenre.explore.pictures import picture_figures
from musicgenre.explore.stability import stability_table
from musicgenre.explore.track_tables import LONGEST, hand_made_table, hand_made_title, track_table
from musicgenre.features.compiled import compile_librosa
from musicgenre.files import expanded, replace_text
from musicgenre.nets.inspection import require_layer
from musicgenre.training.trained import load_network
from musicgenre.transcript import console
from musicgenre.trust import Trust
from musicgenre.visual import spectra, tabular, waves
from musicgenre.visual.render import draw, write_png
from musicgenre.visual.stability import stability_figure
from musicgenre.words import counted

log = logging.getLogger(__name__)

_MEASURE = "features"  # table=features computes the 58 hand-made ones


def explore(
    corpus: Corpus,
    folder: Path,
    *,
    sample_rate: int = 22050,
    tracks: Sequence[str] = (),
    table: str | None = None,
    run: str | None = None,
    layer: str | None = None,
    downmix: str = "mean",
    stability: bool = False,
    trust: bool | Trust = False,
) -> None:
    """Draw a collection, the chosen tracks and, if a run is named, its net.

    Args:
        corpus: Tracks of audio, or pictures.
        folder: Where the figures are written.
        sample_rate: Sample rate at which the tracks are read, in Hz.
        tracks: Tracks to draw in detail, by id or file name; if empty, the first one.
        table: "features" for the 58 hand-made features, a CSV file, or None for MFCC of every track.
        run: A trained run, whose net is drawn too.
        layer: Layer of that net; None for the last convolution or LSTM.
        downmix: How several channels are reduced to one, see `Mixer`; for the net, as in its training.
        stability: Whether log-mel and Gabor filters are measured in short floating-point formats, on a track a genre.
        trust: Whether to build whatever the run names, or what to trust: see `musicgenre.trust`.

    Raises:
        MusicGenreError: The collection, a track, the table or the run does not exist, the run has no net, or a setting
            needs another one that is missing.
    """
    if layer is not None and run is None:
        raise MusicGenreError(f"layer={layer} needs a run: give run=RUN, too, or leave layer out.")
    _require_heard(corpus, table, stability)
    model = None if run is None else load_network(run, trust=trust)
    if model is not None and layer is not None:
        require_layer(model.made_net, layer)
    subsets = {} if run is None else subsets_of(run, corpus)
    asked = [find_track(corpus, name) for name in tracks]
    if corpus.kind == "picture":
        chosen = _named(asked or [corpus.tracks[0]])
        figures = picture_figures(corpus, chosen)
    else:
        read = None if table in (None, _MEASURE) else _read_table(expanded(str(table)))
        compile_librosa(beats=True)
        examples, corpus = _one_a_genre(corpus, sample_rate, downmix)
        chosen = _named(asked or [next(iter(examples))])
        heard = {name: _heard(track, sample_rate, downmix) for name, track in chosen.items()}
        if read is not None:
            genres, title = [track.genre for track in corpus.tracks], Path(str(table)).name
        else:
            read, title = _measured(corpus, sample_rate, downmix, hand_made=table == _MEASURE)
            genres = list(read.label)  # of the tracks that can be used
        figures = {"classes": tabular.classes_figure(genres, corpus.root.name)}
        figures |= _of_genres(examples, heard, sample_rate)
        figures |= table_figures(read, title)
        figures |= _of_tracks(chosen, heard, sample_rate)
        if stability:
            figures["stability"] = _of_stability(examples.values(), sample_rate, folder)
    if run is not None and model is not None:
        figures |= net_figures(model, corpus, run, chosen, layer, subsets, trust)
    _write(figures, folder)


def _require_heard(corpus: Corpus, table: str | None, stability: bool) -> None:
    """Check that a collection is audio, or pictures without settings that need audio.

    Raises:
        MusicGenreError: It is a table, or pictures and a setting needs audio.
    """
    if corpus.kind == "table":
        raise MusicGenreError(
            f"{corpus.root} is a table of features, not audio: choose data=folder or data=gtzan, and give the table "
            "as table=CSV."
        )
    of_audio = [*([f"table={table}"] if table is not None else []), *(["stability=true"] if stability else [])]
    if corpus.kind == "picture" and of_audio:
        raise MusicGenreError(f"{of_audio[0]} needs audio, but {corpus.root} is a folder of pictures.")


def explore_table(table: str, folder: Path) -> None:
    """Draw a table of features alone.

    Args:
        table: A CSV file with a column `label`, `genre` or `class`.
        folder: Where the figures are written.

    Raises:
        MusicGenreError: The table does not exist, or has other columns.
    """
    path = expanded(table)
    _write(table_figures(_read_table(path), path.name), folder)


def _of_genres(examples: Mapping[Track, Excerpt], heard: Mapping[str, Excerpt], sample_rate: int) -> dict[str, Figure]:
    """Draw a track of each genre of an audio collection, and the chosen tracks side by side."""
    by_genre = {track.genre: excerpt.waveform for track, excerpt in examples.items()}
    cut = any(not excerpt.whole for excerpt in examples.values())
    several = by_genre if len(heard) < 2 else {name: excerpt.waveform for name, excerpt in heard.items()}  # the chosen
    return {
        "waveforms": waves.waveforms_figure(
            by_genre, sample_rate, f"First {EXCERPT:g} s of longer recordings" if cut else ""
        ),
        "side_by_side_mel": spectra.side_by_side_figure(several, sample_rate, "mel"),
        "side_by_side_mfcc": spectra.side_by_side_figure(several, sample_rate, "mfcc"),
    }


def _measured(corpus: Corpus, sample_rate: int, downmix: str, *, hand_made: bool) -> tuple[pd.DataFrame, str]:
    """Compute a table of features of those of a collection's tracks that can be used; return it with its title."""
    if not hand_made:
        return track_table(corpus, sample_rate, downmix=downmix), f"MFCC of each track, of {LONGEST:g} s at most"
    measured = hand_made_table(corpus, sample_rate, downmix)
    return measured, hand_made_title(measured, sample_rate)


def _of_tracks(chosen: Mapping[str, Track], heard: Mapping[str, Excerpt], sample_rate: int) -> dict[str, Figure]:
    """Draw each of the chosen tracks in detail, in a folder with its name."""
    figures: dict[str, Figure] = {}
    for name, excerpt in heard.items():
        title = excerpt.named(Path(chosen[name].id).stem)
        drawn = track_figures(excerpt.waveform, sample_rate, title, chosen[name].genre)
        figures |= {f"{name}/{kind}": figure for kind, figure in drawn.items()}
    return figures


def _of_stability(examples: Collection[Excerpt], sample_rate: int, folder: Path) -> Figure:
    """Measure front ends in short floating-point formats, write the table, and draw it."""
    stable = stability_table([each.waveform for each in examples], range(len(examples)), sample_rate)
    replace_text(folder / "stability.csv", stable.to_csv(index=False, float_format="%.6g", lineterminator="\n"))
    return stability_figure(stable)


def _write(figures: Mapping[str, Figure], folder: Path) -> None:
    for name, figure in figures.items():
        write_png(folder / f"{name}.png", draw(figure))
    console().print(f"{counted(len(figures), 'figure')} in {folder}", soft_wrap=True, highlight=False, markup=False)


def track_figures(wave: Waveform, rate: int, title: str, genre: str) -> dict[str, Figure]:
    """Draw all figures of one track."""
    return {
        "waveform": waves.waveform_figure(wave, rate, title, genre),
        "stft_lines": spectra.stft_lines_figure(wave, rate, title),
        "spectrum": spectra.spectrum_figure(wave, rate, title),
        "spectrograms": spectra.spectrograms_figure(wave, rate, title),
        "mfcc": spectra.mfcc_figure(wave, rate, title),
        "zero_crossings": waves.zero_crossings_figure(wave, rate, title),
        "harmonic_percussive": waves.harmonic_percussive_figure(wave, rate, title),
        "tempo": waves.tempo_figure(wave, rate, title),
    }


def table_figures(table: pd.DataFrame, name: str) -> dict[str, Figure]:
    """Draw correlations and principal components of a table of features: a column label, and numbers.

    If the rows do not differ nothing is drawn, and that is logged.

    Args:
        table: One row per track.
        name: Name of the table, for the titles.
    """
    genres, numbers = table.label, table.select_dtypes("number")
    if (numbers.nunique() <= 1).all():
        log.warning("%s: not drawn, since all of its rows are equal.", name)
        return {}
    means = numbers[[name for name in numbers.columns if str(name).endswith("_mean")]]
    figures = {"correlation": tabular.correlation_figure(numbers if means.empty else means, name)}
    if len(table) > 3:
        values = numbers.to_numpy(dtype=np.float64)
        figures["variance"] = tabular.variance_figure(values, name)
        figures["components"] = tabular.pca_figure(values, list(genres), name)
    return figures


def find_track(corpus: Corpus, name: str) -> Track:
    """Return the track with that id, file name or stem.

    Raises:
        MusicGenreError: There is none, or there are several.
    """
    found = [track for track in corpus.tracks if name in (track.id, Path(track.id).name, Path(track.id).stem)]
    if len(found) != 1:
        there = f"no track {name!r}" if not found else f"{len(found)} tracks named {name!r}"
        some = ", ".join(track.id for track in (found or corpus.tracks)[:3])
        raise MusicGenreError(f"{corpus.root} has {there}: give tracks=[GENRE/FILE], such as {some}.")
    return found[0]


def _named(tracks: Sequence[Track]) -> dict[str, Track]:
    """Return tracks by the names of their figures' folders: their stems, or their ids if stems are equal."""
    stems = [Path(track.id).stem for track in tracks]
    return {
        stem if stems.count(stem) == 1 else track.id.replace("/", "_"): track
        for stem, track in zip(stems, tracks, strict=True)
    }


def _one_a_genre(corpus: Corpus, rate: int, downmix: str) -> tuple[dict[Track, Excerpt], Corpus]:
    """Read the first usable track of each genre; log those before it, and return the collection without them."""
    found: dict[Track, Excerpt] = {}
    unusable = set[Track]()
    for track in corpus.tracks:
        if track.genre not in {each.genre for each in found}:
            try:
                found[track] = _heard(track, rate, downmix)
            except MusicGenreError as error:
                log.warning("%s", error)
                unusable.add(track)
    if not found:
        raise MusicGenreError(f"No track in {corpus.root} could be read ({len(corpus.tracks)} tried).")
    return found, replace(corpus, tracks=tuple(track for track in corpus.tracks if track not in unusable))


def _heard(track: Track, rate: int, downmix: str) -> Excerpt:
    """Read a track, or its beginning.

    Raises:
        MusicGenreError: It cannot be read, or is too short; the message names the track.
    """
    excerpt = read_track(track, rate, downmix)
    if len(excerpt.waveform) < MIN_SAMPLES:
        raise MusicGenreError(f"{track.id}: too short: {len(excerpt.waveform) / rate:.2f} s")
    return excerpt


def _read_table(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise MusicGenreError(
            f"There is no table {path}: give table=features_30_sec.csv, table=features to compute one, or none."
        )
    texts = read_table(path, "the table")
    label = named(texts, {"label": LABEL_COLUMNS}).get("label")
    numbers = plain_numbers(texts.drop(columns=label or []))
    numbers = numbers.loc[:, numbers.notna().mean() >= 0.5]  # others are names
    if label is None or numbers.shape[1] < 3:
        raise MusicGenreError(
            f"{path} needs a column label (or genre, or class) and at least three numeric ones; it has "
            f"{list(texts.columns)}."
        )
    incomplete = numbers.isna() | numbers.isin([np.inf, -np.inf])
    incomplete[label] = texts[label] == ""
    if incomplete.any(axis=None):
        row, column = np.argwhere(incomplete.to_numpy())[0]
        n_missing = int(incomplete.sum().sum())
        raise MusicGenreError(
            f"{path} has {n_missing} missing or infinite value{'s' * (n_missing > 1)}, the first in column "
            f"{incomplete.columns[column]} of line {texts.index[row]}: fill them in or remove the rows."
        )
    return texts.assign(**numbers).rename(columns={label: "label"}).reset_index(drop=True)
