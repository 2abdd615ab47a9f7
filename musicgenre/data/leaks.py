"""Tell what a split leaks, as soon as it has assigned the segments."""

import logging
from collections.abc import Mapping

import pandas as pd

from musicgenre.data.audit.known import known_pairs
from musicgenre.data.corpus.tracks import Corpus
from musicgenre.data.splits import Assignment, shared_between
from musicgenre.words import counted

_log = logging.getLogger(__name__)


def tell_leaks(
    said: str | None, corpus: Corpus, segments: pd.DataFrame, assignment: Assignment, content: Mapping[str, str]
) -> None:
    """Warn if tracks, recordings or pairs that sound alike are on two sides; log at level info if artists are.

    Args:
        said: What the split says of its own leak; None if nothing.
        corpus: The tracks, with parts and copies of a recording identified.
        segments: One row per segment.
        assignment: The subset of each segment, `(S,)`.
        content: Hash of each track's content, by track id.
    """
    found = shared_between(segments, assignment, corpus)
    if said:
        _log.warning("LEAK: %s", said)
    elif found["tracks"]:
        _log.warning(
            "LEAK: %s of %d with segments on two sides of the split: assign tracks, not segments.",
            counted(found["tracks"], "track"),
            segments["track"].nunique(),
        )
    if found["recordings"] > found["tracks"]:
        _log.warning(
            "LEAK: parts or copies of %s are on two sides of the split, as it was published or defined.",
            counted(found["recordings"], "recording"),
        )
    subsets = dict(zip(segments["track"], assignment, strict=True))
    for first, second, score in known_pairs(content):
        sides = sorted({subsets.get(first, ""), subsets.get(second, "")} - {""})
        if len(sides) > 1:
            _log.warning(
                "LEAK: %s (%s) sounds like %s (%s): %.2f.", first, subsets[first], second, subsets[second], score
            )
    if shared := found["test_tracks_of_train_artists"]:
        _log.info(
            "%d of %d test tracks %s by artists of the training set: split=artist_kfold keeps them apart.",
            shared,
            found["test_tracks"],
            "is" if shared == 1 else "are",
        )
