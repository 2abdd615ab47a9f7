"""The prediction for one recording."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from musicgenre.data.audio.facts import Facts
from musicgenre.evaluation.metrics import genres_of, probabilities_of, probability_columns
from musicgenre.features.profile import UNLIKE
from musicgenre.words import counted

UNSURE = 0.5  # below this probability, all other genres together are likelier than the likeliest one


@dataclass(frozen=True)
class Prediction:
    """Genre probabilities of a recording, segment by segment and as a whole.

    Attributes:
        genres: The K genres.
        segments: One row per segment of each run: run (number), start (s), seconds, then `p_<genre>` for each genre.
        seconds: Length of the recording in s.
        facts: Facts about the recording, and how much of it was heard; None if unknown.
        distance: Distance of its sound from the training music, see `Reference.distance`; None if unknown.
        heard: End in s of the last segment that was heard, even a silent one; None if no silent one follows.

    Example:
        >>> segments = pd.DataFrame({"run": [0, 0], "start": [0.0, 3.0], "seconds": [3.0, 3.0]})
        >>> segments = segments.assign(p_jazz=[1.0, 0.25], p_rock=[0.0, 0.75])
        >>> heard = Prediction(("jazz", "rock"), segments, seconds=6.0)
        >>> heard.genre, heard.confidence, heard.agreement
        ('jazz', 0.625, 0.5)
    """

    genres: tuple[str, ...]
    segments: pd.DataFrame
    seconds: float
    distance: float | None = None
    facts: Facts | None = None
    heard: float | None = None

    def __repr__(self) -> str:
        ranked = ", ".join(f"{genre} {100 * p:.0f} %" for genre, p in self.probabilities.head(3).items())
        doubt = f"; {self.doubt}" if self.doubt else ""
        return f"Prediction({ranked}; {self.seconds:.1f} s in {counted(len(self.segments), 'segment')}{doubt})"

    @cached_property
    def probabilities(self) -> "pd.Series[float]":
        """Probability by genre, the likeliest first: the mean over segments, then over runs."""
        columns = probability_columns(self.genres)
        means = self.segments.groupby("run")[columns].mean().mean()
        means.index = pd.Index(self.genres)
        return means.sort_values(ascending=False, kind="stable")

    @property
    def genre(self) -> str:
        """The likeliest genre."""
        return str(self.probabilities.index[0])

    @property
    def confidence(self) -> float:
        """The likeliest genre's probability."""
        return float(self.probabilities.iloc[0])

    @property
    def agreement(self) -> float:
        """Share of the segments whose own likeliest genre is the recording's."""
        likeliest = probabilities_of(self.segments).argmax(axis=1)
        return float((likeliest == genres_of(self.segments).index(self.genre)).mean())

    @property
    def doubt(self) -> str:
        """Why the answer should not be trusted: "unsure", "unlike" the training music, or empty."""
        if self.distance is not None and self.distance > UNLIKE:
            return "unlike"
        return "unsure" if self.confidence < UNSURE else ""

    @cached_property
    def timeline(self) -> pd.DataFrame:
        """Probability of each genre over time: index time (s), columns the genres.

        The value at each time holds until the next: the mean over the segments that cover it, then over runs; NaN where
        only silence was heard, and in the last row, the end. The times are all starts and ends of segments.

        Example:
            >>> segments = pd.DataFrame({"run": [0], "start": [0], "seconds": [3.0], "p_jazz": [0.9], "p_rock": [0.1]})
            >>> timeline = Prediction(("jazz", "rock"), segments, seconds=3.0).timeline
            >>> timeline.index.tolist(), timeline.dropna().idxmax(axis=1).tolist()
            ([0.0, 3.0], ['jazz'])
        """
        ends = self.segments.start + self.segments.seconds
        last = [] if self.heard is None else [self.heard]
        times = np.unique(np.concatenate([[0.0], self.segments.start, ends, last]).round(3))
        parts = [self._at(times, rows) for _, rows in self.segments.groupby("run")]
        with np.errstate(invalid="ignore"):
            heard = np.sum([~np.isnan(part) for part in parts], axis=0)
            mean = np.nansum(parts, axis=0) / np.where(heard > 0, heard, np.nan)
        return pd.DataFrame(mean, index=pd.Index(times, name="time"), columns=list(self.genres))

    def _at(self, times: np.ndarray, rows: pd.DataFrame) -> np.ndarray:
        """Average over the segments that cover each time: `(N, K)`, NaN where none does."""
        probs = probabilities_of(rows)
        first = np.searchsorted(times, rows.start.round(3))
        last = np.searchsorted(times, (rows.start + rows.seconds).round(3))
        sums, counts = np.zeros((len(times), probs.shape[1])), np.zeros(len(times))
        for begin, end, prob in zip(first, last, probs, strict=True):
            sums[begin:end] += prob
            counts[begin:end] += 1
        return sums / np.where(counts > 0, counts, np.nan)[:, None]
