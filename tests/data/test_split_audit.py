import dataclasses

import numpy as np
import pandas as pd
from made_corpus import make_corpus, make_segments

from musicgenre.data.corpus.scan import Corpus
from musicgenre.data.splits import (
    Assignment,
    shared_between,
)


def _by_hand() -> tuple[Corpus, pd.DataFrame, Assignment]:
    corpus = make_corpus({"blues": 3, "jazz": 2}, artists=2)
    tracks = tuple(dataclasses.replace(t, artist=None) if t.key == "jazz.00001" else t for t in corpus.tracks)
    corpus = dataclasses.replace(corpus, tracks=tracks)
    segments = make_segments(corpus, each=2).iloc[:8]  # the last track, jazz.00001, has no segments
    return corpus, segments, np.array(["train", "test", "val", "val", "test", "test", "train", ""])


def test_shared_between_by_hand() -> None:
    corpus, segments, assignment = _by_hand()
    # blues.00000 and .00002 are by one artist; the first stands in train and test, the second in test
    assert shared_between(segments, assignment, corpus) == {
        "tracks": 1,
        "recordings": 1,
        "artists": 1,
        "test_tracks": 2,
        "test_tracks_of_train_artists": 2,
        "test_tracks_without_artist": 0,
    }
