import dataclasses

import numpy as np
import pandas as pd
from made_corpus import make_corpus, make_segments

from musicgenre.data.corpus.scan import Corpus
from musicgenre.data.splits import (
    Assignment,
    describe_split,
    shared_between,
)


def _by_hand() -> tuple[Corpus, pd.DataFrame, Assignment]:
    corpus = make_corpus({"blues": 3, "jazz": 2}, artists=2)
    tracks = tuple(dataclasses.replace(t, artist=None) if t.key == "jazz.00001" else t for t in corpus.tracks)
    corpus = dataclasses.replace(corpus, tracks=tracks)
    segments = make_segments(corpus, each=2).iloc[:8]  # the last track, jazz.00001, gave nothing
    return corpus, segments, np.array(["train", "test", "val", "val", "test", "test", "train", ""])


def test_describe_split_by_hand() -> None:
    table = describe_split(*_by_hand())
    rows = table.to_dict(orient="index")
    assert rows["blues"] == {
        "train_tracks": 1, "train_segments": 1,
        "val_tracks": 1, "val_segments": 2,
        "test_tracks": 2, "test_segments": 3,
        "left_out_tracks": 0, "left_out_segments": 0,
        "tracks_without_segments": 0,
    }  # fmt: skip
    assert list(rows) == ["blues", "jazz", "all"]
    jazz = {"train_tracks": 1, "train_segments": 1, "left_out_tracks": 1, "left_out_segments": 1}
    assert rows["jazz"] == dict.fromkeys(table.columns, 0) | jazz | {"tracks_without_segments": 1}
    assert rows["all"] == {name: rows["blues"][name] + rows["jazz"][name] for name in table.columns}


def test_shared_between_by_hand() -> None:
    corpus, segments, assignment = _by_hand()
    # blues.00000 and .00002 are by one artist; the first stands in train and test, the second in test
    assert shared_between(segments, assignment, corpus) == {
        "tracks": 1,
        "artists": 1,
        "test_tracks": 2,
        "test_tracks_of_train_artists": 2,
        "test_tracks_without_artist": 0,
    }
