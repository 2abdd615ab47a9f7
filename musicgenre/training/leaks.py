"""What a run's model could learn about the test tracks: announced, counted, and saved with the results."""

from musicgenre.data.audit.known import known_pairs
from musicgenre.data.datamodule import GenreDataModule
from musicgenre.data.recorded import content_of
from musicgenre.data.splits import shared_between
from musicgenre.runs.leaks import Leaks

LEAKING_PROTOCOLS = {
    "as_published": "protocol=as_published fits scaling and principal components on ALL rows, test rows included, as "
    "the source document did. It is there to reproduce a published figure: do not compare it with others",
}


def announced_leaks(data: GenreDataModule, protocol_leaks: str) -> str | None:
    """Return what the data's split and the protocol leak, in words; None if nothing."""
    return ". ".join(text for text in (data.split_leak, protocol_leaks) if text) or None


def leaks_of(data: GenreDataModule, protocol_leaks: str) -> Leaks:
    """Return the leaks to report with a run's results: those of its split, its data and its protocol.

    Args:
        data: The run's data, already split.
        protocol_leaks: What the protocol leaks, in words; empty if nothing.
    """
    found = shared_between(data.segments, data.assignment, data.recorded)
    train, test = (set(data.segments.track.iloc[data.rows[name]]) for name in ("train", "test"))
    return Leaks(
        said=tuple(text for text in (data.split_leak, protocol_leaks) if text),
        test_tracks=found["test_tracks"],
        segments=len(train & test),
        artists=found["test_tracks_of_train_artists"] if "artist" in data.segments else None,
        artists_unknown=found["test_tracks_without_artist"],
        duplicates=_count_copies(data, train, test),
        fitted_on_all=bool(protocol_leaks),
    )


def _count_copies(data: GenreDataModule, train: set[str], test: set[str]) -> int:
    """Count the test tracks that are parts or copies of a training track's recording under another name.

    They are found by name, by content, and by sound where an audit of the data found them alike.
    """
    recording = {track.id: track.recording for track in data.recorded.tracks}
    trained: dict[str, set[str]] = {}
    for track in train:
        trained.setdefault(recording[track], set()).add(track)
    found = {track for track in test if trained.get(recording[track], set()) - {track}}
    for first, second, _ in known_pairs(content_of(data.corpus, data.store)):
        found |= {one for one, other in ((first, second), (second, first)) if one in test and other in train}
    return len(found)
