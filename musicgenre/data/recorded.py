"""Find the tracks of one recording, by their names and their content."""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import TYPE_CHECKING

import xxhash

from musicgenre.data.corpus.artists import shortened
from musicgenre.data.corpus.copies import copies_of, with_copies
from musicgenre.data.corpus.endings import said_of_endings
from musicgenre.data.corpus.recordings import (
    ambiguous_stems,
    groups_of,
    may_be_numbered_anew,
    same_names,
    with_recordings,
)
from musicgenre.data.corpus.tracks import Corpus
from musicgenre.data.store.feature_store import FeatureStore
from musicgenre.data.store.fingerprint import hash_tracks
from musicgenre.words import counted

if TYPE_CHECKING:
    from musicgenre.data.segmented import SegmentedCorpus

_log = logging.getLogger(__name__)


def content_of(corpus: Corpus, store: FeatureStore) -> dict[str, str]:
    """Return a hash of each track's content: its file, or its rows of a table."""
    if corpus.kind != "table":
        return hash_tracks(corpus)
    rows = store.segments.groupby("track", sort=False).indices
    return {str(track): xxhash.xxh3_128_hexdigest(store.features[at].tobytes()) for track, at in rows.items()}


def usable_content(corpus: Corpus, store: FeatureStore) -> dict[str, str]:
    """Return `content_of` the tracks that can be read: two failed downloads are not copies of one recording.

    Tracks that are too short or too long for the segments are kept, so that no split depends on `segments.length`, and
    an audit's split is the same.
    """
    skipped = zip(store.skipped.track, store.skipped.reason, strict=True)
    unusable = {track for track, reason in skipped if "segments.length" not in reason}
    return {track: content for track, content in content_of(corpus, store).items() if track not in unusable}


def find_recordings(corpus: Corpus, content: dict[str, str]) -> Corpus:
    """Join parts and copies into recordings, and log them: copies and ambiguous names in a warning.

    Args:
        corpus: Any corpus.
        content: Hash of each track's content, by track id; tracks without one are not copies.

    Returns:
        The corpus with `Track.part_of` and `Track.copy_of` set.
    """
    by_name = with_recordings(corpus)
    parts = [group for group in groups_of(by_name.tracks) if len(group) > 1]
    if parts:
        _log.info(
            "By their names, %d tracks are parts of %s, and are kept together: %s.",
            sum(map(len, parts)),
            counted(len(parts), "recording"),
            shortened([f"{group[0].recording} ({len(group)})" for group in parts], 3),
        )
    if anew := may_be_numbered_anew((track for group in parts for track in group), content):
        _log.warning(
            "Taken as one recording, as these names are like GTZAN's, despite different content: %s. If the folders "
            "number their tracks anew, write the folder into the names, before the number: jazz_train_00000.",
            shortened([" = ".join(track.id for track in tracks) for tracks in anew], 5),
        )
    numbered = ambiguous_stems(by_name)
    for stem, named in list(numbered.items())[:5]:
        _log.warning(
            "%d tracks are called %s and a number: they count as separate recordings. If they are parts of one "
            "recording, name them by its title, TITLE_part1 and so on, so that no split divides it.",
            len(named),
            stem,
        )
    if more := [f"{stem} ({len(named)})" for stem, named in numbered.items()][5:]:
        _log.warning("Likewise %s.", shortened(more))
    for said in said_of_endings(by_name):
        _log.warning("%s", said)
    if alike := same_names(by_name):
        _log.warning(
            "Same name, but treated as different recordings: %s. If they are the same, keep one file.",
            shortened([" = ".join(track.id for track in tracks) for tracks in alike], 5),
        )
    copies = copies_of(corpus, content)
    for tracks in copies[:10]:
        genres = sorted({track.genre for track in tracks})
        under = f", under {len(genres)} genres" if len(genres) > 1 else ""
        _log.warning("Copies of one file%s, kept together: %s.", under, " = ".join(track.id for track in tracks))
    if len(copies) > 10:
        _log.warning("And copies of %s more.", counted(len(copies) - 10, "file"))
    return with_copies(by_name, content)


def seen_tracks(data: SegmentedCorpus, subset: str, contents: Collection[str]) -> list[str]:
    """List the tracks of a subset whose recording is known by the content of the track or of another part of it."""
    here = content_of(data.corpus, data.store)
    recording = {track.id: track.recording for track in data.recorded.tracks}
    heard = {recording[track] for track, content in here.items() if content in contents}
    return [track for track in data.segments.track.iloc[data.rows[subset]].unique() if recording[track] in heard]
