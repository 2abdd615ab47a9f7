"""A trained run tested on its test tracks deformed by codecs, frequency bands, noise, pitch and tempo."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rich.table import Table

from musicgenre.data.audio.decode import AudioError, read_audio
from musicgenre.data.corpus.tracks import Corpus, Track
from musicgenre.data.datamodule import GenreDataModule
from musicgenre.errors import MusicGenreError
from musicgenre.evaluation.intervals import bootstrap_accuracy, wilson
from musicgenre.evaluation.same_tracks import compare_on_tracks, difference_by_groups
from musicgenre.modules.classifier import GenreClassifier
from musicgenre.prediction import AudioClassifier
from musicgenre.prediction.deformations import deformed
from musicgenre.progress import track_progress
from musicgenre.runs.deformed import CLEAN, NAME, SHARES, deformations_figure
from musicgenre.runs.folder import RunFolder
from musicgenre.transcript import empty_table, show
from musicgenre.visual.render import draw


def require_audio(corpus: Corpus) -> None:
    """Raise an error if there is no audio to deform.

    Raises:
        MusicGenreError: The tracks are pictures or rows of a table.
    """
    if corpus.kind != "audio":
        raise MusicGenreError(
            f"deform changes recordings, but {corpus.root} holds {corpus.kind}s: name audio with data=gtzan "
            "data.root=DIR, or leave deform out."
        )


def answers(
    model: GenreClassifier, data: GenreDataModule, names: Sequence[str]
) -> tuple[NDArray[np.bool_], NDArray[np.str_], list[str]]:
    """Predict the genre of each test track, original and deformed.

    Args:
        model: The run's model.
        data: The data, set up; its test tracks are recordings.
        names: Names of the deformations.

    Returns:
        Whether each answer is correct `(1 + D, N)`, the recording of each track `(N,)`, and the tracks that failed in
        one of the versions, which are left out of all.
    """
    listen = model.audio_classifier(model.device)
    table = data.segments.iloc[data.rows["test"]].drop_duplicates("track")
    recording = dict(zip(table.track, table.recording, strict=True))
    tracks = [track for track in data.corpus.tracks if track.id in recording]
    right, groups, unheard = [], [], []
    for track in track_progress(tracks, len(tracks), "Deforming tracks"):
        try:
            right.append(_right(listen, track, names))
        except AudioError:
            unheard.append(track.id)
        else:
            groups.append(str(recording[track.id]))
    if not right:
        raise MusicGenreError("No test track could be read under every deformation that deform names: name fewer.")
    return np.array(right).T, np.array(groups), unheard


def _right(listen: AudioClassifier, track: Track, names: Sequence[str]) -> list[bool]:
    rate = listen.segmenter.sample_rate
    wave = read_audio(track.path, rate, listen.segmenter.downmix)
    waves = [wave, *(deformed(wave, rate, name, track.id) for name in names)]
    return [listen(each, rate).probabilities.idxmax() == track.genre for each in waves]


def deformation_table(right: NDArray[np.bool_], groups: NDArray[np.str_], names: Sequence[str]) -> pd.DataFrame:
    """Return the accuracy under each deformation, with its difference from the undeformed tracks.

    Args:
        right: Whether each answer is correct `(1 + D, N)`, the undeformed tracks first.
        groups: The recording of each track `(N,)`.
        names: Names of the deformations.

    Returns:
        A row each: deformation, tracks, accuracy, low, high (of the 95 % interval), difference, difference_low,
        difference_high (from the undeformed tracks, over the same tracks), all as fractions.

    Example:
        >>> right = np.array([[True, True, True, False], [True, False, False, False]])
        >>> table = deformation_table(right, np.array(list("abcd")), ["noise_10"])
        >>> table[["deformation", "accuracy", "difference"]].values.tolist()
        [['as they are', 0.75, 0.0], ['noise_10', 0.25, -0.5]]
    """
    several = len(np.unique(groups)) < len(groups)  # parts or copies of one recording count as one group
    rows = []
    for name, each in zip((CLEAN, *names), right, strict=True):
        share = float(each.mean())
        low, high = bootstrap_accuracy(each, groups) if several else wilson(share, len(each))
        pair = compare_on_tracks(right[0], each)
        between = difference_by_groups(right[0], each, groups) if several else (pair.low, pair.high)
        bounds = (0.0, 0.0) if name == CLEAN else between
        rows.append((name, len(each), share, low, high, pair.difference, *bounds))
    columns = ("deformation", "tracks", "accuracy", "low", "high", "difference", "difference_low", "difference_high")
    return pd.DataFrame(rows, columns=columns)


def write_deformed(folder: RunFolder, table: pd.DataFrame, unheard: Sequence[str]) -> None:
    """Write the table and its figure into a run folder, and print the table."""
    folder.write_table(NAME, table)
    title = f"Deformed test tracks (as they are: {100 * table.accuracy[0]:.1f} %)"
    in_percent = table.assign(**{name: 100 * table[name] for name in SHARES})
    folder.write_figure("deformations", draw(deformations_figure(in_percent, title)))
    left_out = [f"Left out, as one of these versions could not be read: {', '.join(unheard)}."] if unheard else []
    show(_printed(table), *left_out)


def _printed(table: pd.DataFrame) -> Table:
    numbers = ("accuracy", "95 % interval", "difference", "its interval")
    printed = empty_table("Deformed test tracks (%)", ("deformation",), numbers, whole=("deformation",))
    for row in (100 * table.set_index("deformation").drop(columns="tracks")).itertuples():
        bounds, between = (
            f"{row.low:.1f} to {row.high:.1f}",
            f"{row.difference_low:+z.1f} to {row.difference_high:+z.1f}",
        )
        apart = ("", "") if row.Index == CLEAN else (f"{row.difference:+z.1f}", between)
        printed.add_row(str(row.Index), f"{row.accuracy:.1f}", bounds, *apart)
    return printed
