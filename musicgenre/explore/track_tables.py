"""A few numbers on each track of a corpus."""

import logging
from itertools import product

import pandas as pd
import torch

from musicgenre.data.audio.decode import read_audio
from musicgenre.data.audio.segments import Segmenter
from musicgenre.data.corpus.tracks import Corpus
from musicgenre.data.store.cached import CachedExtractor
from musicgenre.data.store.extract import AudioExtractor
from musicgenre.data.store.feature_store import open_store
from musicgenre.data.store.feature_table import kaggle_table
from musicgenre.errors import MusicGenreError
from musicgenre.features import MFCC, HandMade
from musicgenre.features.profile import profiles
from musicgenre.progress import track_progress

log = logging.getLogger(__name__)


def track_table(corpus: Corpus, sample_rate: int, n_mfcc: int = 20) -> pd.DataFrame:
    """Compute mean and deviation over time of each MFCC: columns filename, label, `mfcc1_mean`, ..., `mfcc1_std`, ...

    A track that cannot be read is named in the log and left out.

    Args:
        corpus: Tracks of audio.
        sample_rate: At which they are measured, Hz.
        n_mfcc: Number of coefficients.

    Raises:
        MusicGenreError: None can be read.
    """
    front_end = MFCC(sample_rate, n_mfcc=n_mfcc)
    columns = [f"mfcc{i + 1}_{moment}" for moment, i in product(("mean", "std"), range(n_mfcc))]
    rows = {}
    for track in track_progress(corpus.tracks, len(corpus.tracks), "Measuring tracks"):
        try:
            wave = read_audio(track.path, sample_rate)
        except MusicGenreError as error:
            log.warning("%s: %s", track.id, error)
            continue
        with torch.inference_mode():
            values = profiles(front_end(torch.tensor(wave)[None]))[0].tolist()
        rows[track.id] = [track.genre, *values]
    if not rows:
        raise MusicGenreError(f"None of the {len(corpus.tracks)} tracks in {corpus.root} could be read.")
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["label", *columns])
    return table.rename_axis("filename").reset_index()


def hand_made_table(corpus: Corpus, sample_rate: int) -> pd.DataFrame:
    """Compute each track's 58 hand-made features (S2): columns as in Kaggle's features_30_sec.csv.

    librosa takes about 3 s for a track of 30 s on one core; all cores compute, and the cache keeps every track.

    Args:
        corpus: Tracks of audio.
        sample_rate: At which they are measured, Hz.

    Raises:
        MusicGenreError: None can be read.
    """
    whole = AudioExtractor(HandMade(sample_rate), Segmenter(sample_rate, length=None), sample_rate)
    return kaggle_table(open_store(corpus, CachedExtractor(whole)))
