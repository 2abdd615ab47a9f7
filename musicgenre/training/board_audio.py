"""Test segments to listen to: the most confident correct and wrong answers."""

import logging
from typing import NamedTuple

import pandas as pd
import torch
from torch import Tensor

from musicgenre.data.audio.excerpt import read_excerpt
from musicgenre.data.datamodule import GenreDataModule
from musicgenre.errors import MusicGenreError
from musicgenre.evaluation.metrics import genres_of, probabilities_of

log = logging.getLogger(__name__)

_EACH = 2  # segments of each kind
_LONGEST = 4.0  # s of each: a run's audio stays below a megabyte


class Sound(NamedTuple):
    """A segment to listen to.

    Attributes:
        name: `correct_1`, `wrong_1`, ..., the most confident first.
        about: Track, start, genre and answer, as table cells.
        waveform: `(T,)`.
        sample_rate: Hz.
    """

    name: str
    about: tuple[str, ...]
    waveform: Tensor
    sample_rate: int


def confident_segments(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return the most confident correct and wrong answers of different tracks, with `name`, `answer` and `sure` (%).

    Example:
        >>> rows = {"track": ["a", "b", "c"], "start": 0.0, "genre": "jazz", "label": 0}
        >>> table = pd.DataFrame(rows | {"p_jazz": [0.9, 0.2, 0.6], "p_rock": [0.1, 0.8, 0.4]})
        >>> confident_segments(table)[["name", "track", "answer"]].to_numpy().tolist()
        [['correct_1', 'a', 'jazz'], ['correct_2', 'c', 'jazz'], ['wrong_1', 'b', 'rock']]
    """
    probs, genres = probabilities_of(predictions), genres_of(predictions)
    best = probs.argmax(-1)
    table = predictions.assign(answer=[genres[label] for label in best], sure=100 * probs.max(-1))
    right = best == table.label.to_numpy()
    parts = []
    for name, rows in (("correct", table[right]), ("wrong", table[~right])):
        surest = rows.sort_values("sure", ascending=False, kind="stable").drop_duplicates("track").head(_EACH)
        parts.append(surest.assign(name=[f"{name}_{place}" for place in range(1, len(surest) + 1)]))
    found: pd.DataFrame = pd.concat(parts, ignore_index=True)
    return found


def sounds_of(data: GenreDataModule, predictions: pd.DataFrame) -> list[Sound]:
    """Return test segments to listen to; none if the corpus is not recordings.

    Args:
        data: The run's data.
        predictions: Every segment's probabilities.
    """
    tested = predictions[predictions.split == "test"]
    if data.corpus.kind != "audio" or not len(tested):
        return []
    cut, tracks = data.segmenter, {track.id: track for track in data.corpus.tracks}
    found = []
    for row in confident_segments(tested).to_dict("records"):
        start, rate = float(row["start"]), cut.sample_rate
        seconds = min(_LONGEST, cut.length or _LONGEST)
        try:
            heard = read_excerpt(tracks[row["track"]].path, rate, cut.downmix, start + seconds)
        except MusicGenreError as error:
            log.info("TensorBoard plays no segment of %s: %s", row["track"], error)
            continue
        about = (str(row["track"]), f"{start:.1f} s", str(row["genre"]), f"{row['answer']} ({row['sure']:.0f} %)")
        waveform = torch.from_numpy(heard.waveform[round(start * rate) :]).clamp(-1, 1)  # resampled peaks exceed 1
        found.append(Sound(str(row["name"]), about, waveform, rate))
    return found
