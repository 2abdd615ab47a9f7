"""Decide which tracks train, validate and test; every function answers once a segment.

A split is `split(corpus, segments, *, settings) -> (S,)` array of "train", "val", "test" or "" (left out),
one for each row of the table of segments. All but `segment_random` decide over the corpus' tracks, so that
the answer does not depend on which tracks could be read, and no track stands on two sides.
"""

from musicgenre.data.splits.assignment import SUBSETS, Assignment
from musicgenre.data.splits.audit import describe_split, shared_between
from musicgenre.data.splits.by_artist import artist_kfold
from musicgenre.data.splits.by_segment import LEAKY, leak_warning, segment_random
from musicgenre.data.splits.by_track import stratified
from musicgenre.data.splits.fault_filtered import filtered
from musicgenre.data.splits.unstratified import random_tracks

__all__ = [
    "LEAKY",
    "SUBSETS",
    "Assignment",
    "artist_kfold",
    "describe_split",
    "filtered",
    "leak_warning",
    "random_tracks",
    "segment_random",
    "shared_between",
    "stratified",
]
