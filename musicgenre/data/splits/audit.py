"""Count what is on two sides of a split."""

import pandas as pd

from musicgenre.data.corpus.tracks import Corpus
from musicgenre.data.splits.assignment import SUBSETS, Assignment
from musicgenre.words import same_artists


def shared_between(segments: pd.DataFrame, assignment: Assignment, corpus: Corpus) -> dict[str, int]:
    """Count what is on two sides of a split, and so lets a model see test material beforehand.

    Args:
        segments: One row per segment.
        assignment: The subset of each segment, `(S,)`, from a split.
        corpus: The tracks, with artists where they are known.

    Returns:
        `tracks`: tracks with segments in two of train, val and test; `recordings`: recordings with tracks (parts,
        copies) in two of them; `artists`: artists with tracks in two of them; `test_tracks`: tracks in test;
        `test_tracks_of_train_artists`: those of them whose artist is in training too; `test_tracks_without_artist`:
        those of them without a known artist.

    Example:
        >>> import numpy as np
        >>> from pathlib import Path
        >>> from musicgenre.data.corpus.tracks import Track
        >>> tracks = tuple(Track(id, "jazz", Path(), artist="Miles Davis") for id in ("a", "b"))
        >>> segments = pd.DataFrame({"track": ["a", "b"]})
        >>> found = shared_between(segments, np.array(["train", "test"]), Corpus(Path(), ("jazz",), tracks))
        >>> found["tracks"], found["artists"]
        (0, 1)
    """
    known = {track.id: track.artist for track in corpus.tracks if track.artist is not None}
    same = same_artists(known.values())
    groups = {track: same[artist] for track, artist in known.items()}
    tracks = {subset: set(segments["track"][assignment == subset]) for subset in SUBSETS}
    artists = {subset: {groups[track] for track in ids if track in groups} for subset, ids in tracks.items()}
    whole = {track.id: track.recording for track in corpus.tracks}
    recordings = {subset: {whole.get(track, track) for track in ids} for subset, ids in tracks.items()}
    return {
        "tracks": _in_two(tracks),
        "recordings": _in_two(recordings),
        "artists": _in_two(artists),
        "test_tracks": len(tracks["test"]),
        "test_tracks_of_train_artists": sum(groups.get(track) in artists["train"] for track in tracks["test"]),
        "test_tracks_without_artist": sum(track not in groups for track in tracks["test"]),
    }


def _in_two(members: dict[str, set[str]]) -> int:
    everything = set().union(*members.values())
    return sum(sum(name in subset for subset in members.values()) > 1 for name in everything)
