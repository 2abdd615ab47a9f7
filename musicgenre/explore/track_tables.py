"""Tables with a few numbers for each track of a corpus."""

import logging
from itertools import product
from pathlib import Path

import pandas as pd
import torch

from musicgenre.data.audio.excerpt import Excerpt, read_excerpt
from musicgenre.data.audio.facts import AudioError, Facts
from musicgenre.data.audio.segments import MIN_SAMPLES, Segmenter
from musicgenre.data.corpus.tracks import Corpus
from musicgenre.data.store.cached import CachedExtractor
from musicgenre.data.store.extract import AudioExtractor, Extracted
from musicgenre.data.store.feature_store import open_store
from musicgenre.data.store.feature_table import kaggle_table
from musicgenre.errors import MusicGenreError
from musicgenre.features import MFCC, HandMade
from musicgenre.features.profile import profiles
from musicgenre.progress import track_progress

log = logging.getLogger(__name__)

LONGEST = 300.0  # s of a track that are measured


def track_table(corpus: Corpus, sample_rate: int, n_mfcc: int = 20, downmix: str = "mean") -> pd.DataFrame:
    """Compute mean and deviation over time of each MFCC: columns filename, label, `mfcc1_mean`, ..., `mfcc1_std`, ...

    Of tracks longer than five minutes the first five are used. Tracks that cannot be read are logged and left out.

    Args:
        corpus: Tracks of audio.
        sample_rate: Sample rate at which they are read, in Hz.
        n_mfcc: Number of coefficients.
        downmix: How several channels are reduced to one, see `Mixer`.

    Raises:
        MusicGenreError: None can be read.
    """
    front_end = MFCC(sample_rate, n_mfcc=n_mfcc)
    columns = [f"mfcc{i + 1}_{moment}" for moment, i in product(("mean", "std"), range(n_mfcc))]
    rows = {}
    for track in track_progress(corpus.tracks, len(corpus.tracks), "Measuring tracks"):
        try:
            values = _moments(track.path, front_end, downmix)
        except MusicGenreError as error:
            log.warning("%s: %s", track.id, error)
            continue
        rows[track.id] = [track.genre, *values]
    if not rows:
        raise MusicGenreError(f"No track in {corpus.root} could be read ({len(corpus.tracks)} tried).")
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["label", *columns])
    return table.rename_axis("filename").reset_index()


def _moments(path: Path, front_end: MFCC, downmix: str) -> list[float]:
    """Compute mean and standard deviation over time of each coefficient of a file, or of its beginning.

    Raises:
        AudioError: It cannot be read, or is too short.
    """
    wave = read_excerpt(path, front_end.sample_rate, downmix, LONGEST).waveform
    if len(wave) < MIN_SAMPLES:
        raise AudioError(f"too short: {len(wave) / front_end.sample_rate:.2f} s")
    with torch.inference_mode():
        moments: list[float] = profiles(front_end(torch.from_numpy(wave)[None]))[0].tolist()
    return moments


def hand_made_table(corpus: Corpus, sample_rate: int, downmix: str = "mean") -> pd.DataFrame:
    """Compute each track's 58 hand-made features (S2).

    librosa takes about 4 s per minute of audio on one core, and 3 MB per second; all cores are used, and every track is
    cached. Of tracks longer than five minutes the first five are used. Tracks that cannot be read are logged and left
    out.

    Args:
        corpus: Tracks of audio.
        sample_rate: Sample rate at which they are read, in Hz.
        downmix: How several channels are reduced to one, see `Mixer`.

    Returns:
        Columns as in Kaggle's features_30_sec.csv.

    Raises:
        MusicGenreError: None can be read.
    """
    whole = Segmenter(sample_rate, length=None, downmix=downmix)
    store = open_store(corpus, TrackExtractor(HandMade(sample_rate), whole, sample_rate))
    for track, reason in zip(store.skipped.track, store.skipped.reason, strict=True):
        log.warning("%s: %s", track, reason)
    return kaggle_table(store)


def hand_made_title(table: pd.DataFrame, sample_rate: int) -> str:
    """Return a title for a table of `hand_made_table`.

    Example:
        >>> hand_made_title(pd.DataFrame({"length": [661500, 6615000]}), 22050)
        '58 features of each track, first 300 s of longer ones'
    """
    cut = bool((table.length >= LONGEST * sample_rate).any())
    return "58 features of each track" + f", first {LONGEST:g} s of longer ones" * cut


class BeginningExtractor(AudioExtractor):
    """Slow features of the beginning of a track, of which no more is decoded."""

    in_processes = True

    @property
    def settings(self) -> str:
        """The settings of the front end and the segmenter, and what is heard."""
        return f"{type(self).__name__} {super().settings} {LONGEST}"

    def __call__(self, path: Path) -> Extracted:
        """Compute features of one audio file, as a single segment.

        Raises:
            AudioError: The file cannot be used; the message is the reason.
        """
        return self.of_waveform(self.excerpt(path).waveform, Facts())

    def excerpt(self, path: Path) -> Excerpt:
        """Read the beginning of a file."""
        return read_excerpt(path, self.sample_rate, self.segmenter.downmix, LONGEST)


class TrackExtractor(BeginningExtractor):
    """Slow features of a track, or of its beginning if it is long, cached by file; training uses the whole tracks'."""

    def __call__(self, path: Path) -> Extracted:
        """Compute features of one audio file, as a single segment.

        Raises:
            AudioError: The file cannot be used; the message is the reason.
        """
        kind = AudioExtractor if self.excerpt(path).whole else BeginningExtractor
        return CachedExtractor(kind(self.front_end, self.segmenter, self.sample_rate))(path)
