"""What the split functions share: the names of the subsets, and the way from tracks to segments."""

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from musicgenre.data.corpus.artists import shortened
from musicgenre.data.corpus.tracks import Corpus, Track
from musicgenre.errors import MusicGenreError

SUBSETS = ("train", "val", "test")
Assignment = npt.NDArray[np.str_]


def in_order(tracks: Iterable[Track]) -> list[Track]:
    """Sort by name without format, so that WAV, AU and pictures of one corpus are split alike.

    Args:
        tracks: Any tracks.

    Returns:
        The same in one order, whichever they came in.

    Example:
        >>> from pathlib import Path
        >>> tracks = [Track(id, "jazz", Path()) for id in ("jazz/b.au", "jazz/c.wav", "jazz/a.wav")]
        >>> [track.key for track in in_order(tracks)]
        ['a', 'b', 'c']
    """
    return sorted(tracks, key=lambda track: (track.key, track.id))


def by_track(corpus: Corpus, segments: pd.DataFrame, subset_of: Mapping[str, str]) -> Assignment:
    """Give each segment its track's subset.

    Args:
        corpus: The tracks.
        segments: One row a segment.
        subset_of: Subset by track id; a track that it lacks is left out.

    Returns:
        The subset of each segment, `(S,)`.

    Raises:
        MusicGenreError: If a segment is of a track that the corpus does not have.

    Example:
        >>> from pathlib import Path
        >>> corpus = Corpus(Path(), ("jazz",), tuple(Track(id, "jazz", Path()) for id in ("a", "b")))
        >>> by_track(corpus, pd.DataFrame({"track": ["a", "a", "b"]}), {"a": "train", "b": "test"}).tolist()
        ['train', 'train', 'test']
    """
    subsets = {track.id: subset_of.get(track.id, "") for track in corpus.tracks}
    unknown = sorted(set(segments["track"]) - subsets.keys())
    if unknown:
        raise MusicGenreError(f"segments of tracks that {corpus.root} does not hold: {shortened(unknown)}")
    return np.array([subsets[track] for track in segments["track"]], dtype="<U5")


def require_every_genre(corpus: Corpus, subset_of: Mapping[str, str], what: str, remedy: str) -> None:
    """Stop where a subset lacks a genre: it could not be learnt, or its score would stand for nothing.

    Args:
        corpus: The tracks.
        subset_of: Subset by track id.
        what: The split, as the message should call it.
        remedy: What the user can do.

    Raises:
        MusicGenreError: If there is such a gap.

    Example:
        >>> from pathlib import Path
        >>> corpus = Corpus(Path(), ("jazz",), tuple(Track(id, "jazz", Path()) for id in ("a", "b")))
        >>> require_every_genre(corpus, {"a": "train", "b": "test"}, "this split", "Add tracks")
        Traceback (most recent call last):
        ...
        musicgenre.errors.MusicGenreError: this split leaves no track of jazz in val. Add tracks
    """
    held = {(track.genre, subset_of.get(track.id)) for track in corpus.tracks}
    gaps = [f"{genre} in {subset}" for genre in corpus.genres for subset in SUBSETS if (genre, subset) not in held]
    if gaps:
        raise MusicGenreError(f"{what} leaves no track of {', '.join(gaps)}. {remedy}")
