"""Tracks of equal content, whatever their names."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from musicgenre.data.corpus.tracks import Corpus, Track


def with_copies(corpus: Corpus, content: Mapping[str, str]) -> Corpus:
    """Join tracks of equal content, and the recordings that they are parts of, into one recording.

    Args:
        corpus: Any corpus.
        content: Hash of each track's content, by track id; tracks without one stay unchanged.

    Returns:
        The corpus with `Track.copy_of` set for the copies.

    Example:
        >>> from pathlib import Path
        >>> corpus = Corpus(Path(), ("jazz",), tuple(Track(id, "jazz", Path()) for id in ("a", "b", "c")))
        >>> [track.recording for track in with_copies(corpus, {"a": "1f", "b": "3e", "c": "1f"}).tracks]
        ['a', 'b', 'a']
    """
    joined: dict[str, str] = {}  # a recording's name -> the recording that it was joined to

    def root(recording: str) -> str:
        while recording in joined:
            recording = joined[recording]
        return recording

    for copies in copies_of(corpus, content):
        first = root(copies[0].recording)
        for track in copies[1:]:
            other = root(track.recording)
            if other != first:
                joined[other] = first
    if not joined:
        return corpus
    whole = {track.id: root(track.recording) for track in corpus.tracks}
    several = {*joined.values()}
    tracks = tuple(
        replace(track, copy_of=whole[track.id]) if whole[track.id] in several else track for track in corpus.tracks
    )
    return replace(corpus, tracks=tracks)


def without_copies(corpus: Corpus) -> Corpus:
    """Return the corpus with the recordings that it had before `with_copies`."""
    return replace(corpus, tracks=tuple(replace(track, copy_of=None) for track in corpus.tracks))


def copies_of(corpus: Corpus, content: Mapping[str, str]) -> list[list[Track]]:
    """List the tracks of equal content, two or more each, in the corpus' order.

    Example:
        >>> from pathlib import Path
        >>> corpus = Corpus(Path(), ("jazz",), tuple(Track(id, "jazz", Path()) for id in ("a", "b", "c")))
        >>> [[track.id for track in copies] for copies in copies_of(corpus, {"a": "1f", "b": "3e", "c": "1f"})]
        [['a', 'c']]
    """
    by_content: defaultdict[str, list[Track]] = defaultdict(list)
    for track in corpus.tracks:
        if track.id in content and not content[track.id].startswith("unreadable"):
            by_content[content[track.id]].append(track)
    return [copies for copies in by_content.values() if len(copies) > 1]
