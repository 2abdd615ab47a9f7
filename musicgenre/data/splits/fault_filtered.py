"""GTZAN's published split without its faults."""

import logging

import pandas as pd

from musicgenre.data.corpus.artists import shortened
from musicgenre.data.corpus.name_list import look_up, names_without_track
from musicgenre.data.corpus.tracks import Corpus
from musicgenre.data.splits.assignment import Assignment, Split, by_track
from musicgenre.errors import MusicGenreError

_log = logging.getLogger(__name__)


def filtered(*, train_on_val: bool = False) -> Split:
    """Return the split of GTZAN by its fault-filtered lists: no replicas or distortion, hardly any artist on two sides.

    The lists are those of Kereliuk, Sturm and Larsen (2015), "Deep learning and music adversaries", as
    `torchaudio.datasets.gtzan` has them: 443, 197 and 290 tracks. Tracks are found by name, whatever their format; one
    on no list is left out, and listed tracks that the corpus lacks are named in the log.

    Args:
        train_on_val: Whether to train on the validation tracks too: a protocol of its own, for a recipe fixed
            beforehand. Nothing is left to choose an epoch by, so the last one is tested.

    Raises:
        MusicGenreError: When splitting: most of the corpus is on no list (it is not GTZAN).

    Example:
        >>> from pathlib import Path
        >>> from torchaudio.datasets.gtzan import filtered_test, filtered_train, filtered_valid
        >>> from musicgenre.data.corpus.tracks import Track
        >>> keys = [key for key in filtered_train + filtered_valid + filtered_test if key.startswith("blues")]
        >>> corpus = Corpus(Path(), ("blues",), tuple(Track(f"{key}.wav", "blues", Path()) for key in keys))
        >>> subsets = filtered()(corpus, pd.DataFrame({"track": [track.id for track in corpus.tracks]})).tolist()
        >>> subsets.count("train"), subsets.count("val"), subsets.count("test")
        (46, 23, 31)
    """
    return Split("filtered", _filtered, settings={"train_on_val": True} if train_on_val else {})


def _filtered(corpus: Corpus, segments: pd.DataFrame, train_on_val: bool = False) -> Assignment:
    from torchaudio.datasets.gtzan import filtered_test, filtered_train, filtered_valid

    lists = {"train": filtered_train, "val": filtered_valid, "test": filtered_test}
    if train_on_val:
        lists = {"train": filtered_train + filtered_valid, "test": filtered_test}
    listed_in = {key: subset for subset, keys in lists.items() for key in keys}
    subset_of = look_up(corpus, listed_in, "the fault-filtered lists")
    if len(subset_of) < len(corpus.tracks) / 2:
        raise MusicGenreError(
            f"{len(subset_of)} of the {len(corpus.tracks)} tracks in {corpus.root} are on GTZAN's "
            "fault-filtered lists: this is not GTZAN, or its files have been renamed (expected "
            "blues.00000.wav and so on). Use split=stratified"
        )
    absent = names_without_track(corpus, listed_in)
    if missing := sorted(key for key in absent if key.partition(".")[0] in corpus.genres):
        _log.warning(
            "%d of the %d tracks on the fault-filtered lists %s not in %s: %s",
            len(missing),
            len(listed_in),
            "is" if len(missing) == 1 else "are",
            corpus.root,
            shortened(missing),
        )
    return by_track(corpus, segments, subset_of)
