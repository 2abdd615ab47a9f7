"""Decide which tracks are for training, validation and test.

Each function here returns a `Split` with its settings. Called with a corpus and its table of segments, a split returns
an array `(S,)` of "train", "val", "test" or "" (left out), one for each row of the table. All but `segment_random`
assign whole recordings: the result does not depend on which tracks could be read, and neither a track nor two parts of
one recording are on two sides, unless a list or folders put them there: a run counts these. A custom split is any
function `(corpus, segments) -> (S,)`.
"""

from musicgenre.data.splits.assignment import SUBSETS, Assignment, Split, leak_warning
from musicgenre.data.splits.audit import shared_between
from musicgenre.data.splits.by_artist import artist_kfold
from musicgenre.data.splits.by_segment import segment_random
from musicgenre.data.splits.by_track import random_tracks, stratified
from musicgenre.data.splits.coverage import genres_without, require_assignment, require_trainable
from musicgenre.data.splits.fault_filtered import filtered
from musicgenre.data.splits.published import folders, lists

__all__ = [
    "SUBSETS",
    "Assignment",
    "Split",
    "artist_kfold",
    "filtered",
    "folders",
    "genres_without",
    "leak_warning",
    "lists",
    "random_tracks",
    "require_assignment",
    "require_trainable",
    "segment_random",
    "shared_between",
    "stratified",
]
