"""A few numbers on each track of a corpus."""

import logging
from itertools import chain, product
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from musicgenre.data.audio.facts import AudioError
from musicgenre.data.audio.segments import MIN_SAMPLES, Segmenter
from musicgenre.data.audio.stream import stream_audio
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

_AT_A_TIME = 60  # s of a track whose MFCC are computed at once


def track_table(corpus: Corpus, sample_rate: int, n_mfcc: int = 20, downmix: str = "mean") -> pd.DataFrame:
    """Compute mean and deviation over time of each MFCC: columns filename, label, `mfcc1_mean`, ..., `mfcc1_std`, ...

    A track that cannot be read is named in the log and left out.

    Args:
        corpus: Tracks of audio.
        sample_rate: At which they are measured, Hz.
        n_mfcc: Number of coefficients.
        downmix: What becomes of several channels, see `Mixer`.

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
        raise MusicGenreError(f"None of the {len(corpus.tracks)} tracks in {corpus.root} could be read.")
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["label", *columns])
    return table.rename_axis("filename").reset_index()


def _moments(path: Path, front_end: MFCC, downmix: str) -> list[float]:
    """Compute mean and deviation over time of each coefficient of a file, a minute at a time.

    Raises:
        AudioError: It cannot be read, or is too short.
    """
    parts: list[Tensor] = []
    frames: list[int] = []
    waiting = np.empty(0, np.float32)
    blocks = chain(stream_audio(path, front_end.sample_rate, downmix=downmix), [None])
    for block in blocks:
        waiting = waiting if block is None else np.concatenate([waiting, block])
        if len(waiting) >= MIN_SAMPLES and (block is None or len(waiting) >= _AT_A_TIME * front_end.sample_rate):
            with torch.inference_mode():
                x = front_end(torch.from_numpy(waiting)[None])
            parts.append(profiles(x)[0].double())
            frames.append(x.shape[-1])
            waiting = np.empty(0, np.float32)
    if not parts:
        raise AudioError(f"too short: {len(waiting) / front_end.sample_rate:.2f} s")
    means, deviations = torch.stack(parts).chunk(2, dim=1)
    share = torch.tensor(frames, dtype=torch.float64)[:, None] / sum(frames)
    mean = (share * means).sum(0)
    variance = (share * (deviations**2 + (means - mean) ** 2)).sum(0)
    return [*mean.tolist(), *variance.sqrt().tolist()]


def hand_made_table(corpus: Corpus, sample_rate: int, downmix: str = "mean") -> pd.DataFrame:
    """Compute each track's 58 hand-made features (S2): columns as in Kaggle's features_30_sec.csv.

    librosa takes about 3 s for a track of 30 s on one core; all cores compute, and the cache keeps every track.

    Args:
        corpus: Tracks of audio.
        sample_rate: At which they are measured, Hz.
        downmix: What becomes of several channels, see `Mixer`.

    Raises:
        MusicGenreError: None can be read.
    """
    whole = AudioExtractor(HandMade(sample_rate), Segmenter(sample_rate, None, downmix=downmix), sample_rate)
    return kaggle_table(open_store(corpus, CachedExtractor(whole)))
