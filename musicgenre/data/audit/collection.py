"""Check a collection before training on it."""

import logging
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from musicgenre.arguments import is_number, require_arguments
from musicgenre.data.arguments import DATA_ARGUMENTS
from musicgenre.data.audit.fingerprints import SHORTEST, find_matches
from musicgenre.data.audit.gtzan import compare_with_gtzan, is_gtzan
from musicgenre.data.audit.known import remember_pairs
from musicgenre.data.audit.measures import UNREADABLE, measure_all, picture_problems
from musicgenre.data.corpus.copies import copies_of, with_copies
from musicgenre.data.corpus.endings import said_of_endings
from musicgenre.data.corpus.recordings import ambiguous_stems, with_recordings
from musicgenre.data.corpus.tracks import Corpus
from musicgenre.data.recorded import content_of
from musicgenre.data.splits import Assignment, genres_without, require_assignment, shared_between
from musicgenre.data.splits.assignment import SplitFunction
from musicgenre.data.store.feature_table import table_store
from musicgenre.data.store.fingerprint import hash_tracks
from musicgenre.errors import MusicGenreError
from musicgenre.synthetic.plan import said_of
from musicgenre.words import are, counted

_log = logging.getLogger(__name__)
ALIKE = 0.4  # correlation of two fingerprints above which tracks count as near-duplicates
_CLIPPED = 1e-3  # share of samples
_SILENT = 0.5  # share of time
_SHORT = 0.5  # of the median length
_LONG = 10  # times the median length
_ODD = 0.05  # of the median length, if most tracks are of one length
_COLUMNS = [
    "track",
    "genre",
    "recording",
    "seconds",
    "rate",
    "channels",
    "peak",
    "rms_db",
    "clipped",
    "silent",
    "problem",
]


@dataclass(frozen=True)
class Audit:
    """What an audit found.

    Attributes:
        tracks: One row per track: track, genre, recording, artist, seconds, rate (Hz), channels, peak, rms_db, clipped
            and silent (shares), problem, split, same_as and sounds_like (other tracks).
        pairs: One row per pair of tracks: first, second, kind (exact or near), score, seconds, semitones, splits.
        notes: Further findings, as sentences.
        heard: Whether near-duplicates were looked for.
        opened: Whether the tracks' files were opened; those of a feature table are not.
    """

    tracks: pd.DataFrame
    pairs: pd.DataFrame
    notes: list[str] = field(default_factory=list)
    heard: bool = True
    opened: bool = True

    def __repr__(self) -> str:
        problems = int((self.tracks.problem != "").sum())
        tracks, pairs = counted(len(self.tracks), "track"), counted(len(self.pairs), "pair of copies")
        return f"Audit({tracks}, {problems} with a problem, {pairs})"


def audit(
    corpus: Corpus,
    split: SplitFunction | None = None,
    *,
    near: bool = True,
    threshold: float = ALIKE,
    downmix: str = "mean",
) -> Audit:
    """Measure every track, and look for copies and near-duplicates.

    Near-duplicates are found by their sound, whatever their level, offset, sample rate and codec, up to a semitone
    higher or lower; the first two minutes of each track are compared, and at least four seconds must match; a note
    counts the tracks that are shorter. Run time grows with the square of the number of tracks. Measurements are cached
    by file content.

    Args:
        corpus: Tracks of audio; of pictures, only copies and unreadable files are looked for, and of tables copies.
        split: A split, to count the pairs that it divides; None for none.
        near: Whether to look for near-duplicates.
        threshold: Minimum correlation, from 0 to 1, of what two near-duplicates share.
        downmix: How several channels become one: "mean", "left", "right" or "power".

    Returns:
        The tables of tracks and of pairs, and notes.

    Raises:
        MusicGenreError: The corpus cannot be read at all.

    Example:
        >>> from musicgenre import synthetic
        >>> audit(synthetic(tracks_per_genre=1, seconds=3.0))  # doctest: +SKIP
        Audit(10 tracks, 0 with a problem, 0 pairs of copies)
    """
    require_arguments({"corpus": corpus, "split": split}, DATA_ARGUMENTS)
    if not is_number(threshold) or not 0 < threshold <= 1:
        raise MusicGenreError(f"threshold is {threshold!r}: give a correlation above 0, up to 1")
    content = hash_tracks(corpus) if corpus.kind != "table" else content_of(corpus, table_store(corpus))
    named = with_recordings(corpus)
    tracks, prints = _measured(named, content, downmix)
    unusable = {*tracks.track[tracks.problem.str.startswith(UNREADABLE)]}  # failed downloads are not copies
    usable = {track: held for track, held in content.items() if track not in unusable}
    recorded = with_copies(named, usable)
    tracks["recording"] = [track.recording for track in recorded.tracks]
    tracks["problem"] = _problems(tracks)
    subsets, notes = _subsets(recorded, split)
    tracks["split"] = [subsets.get(track, "") for track in tracks.track]
    pairs = _exact(recorded, usable)
    heard = near and corpus.kind == "audio"
    if heard and prints:
        pairs += _near(recorded, content, prints, threshold)
        notes = [*_too_short(prints), *notes]
    table = pd.DataFrame(pairs, columns=["first", "second", "kind", "score", "seconds", "semitones"])
    table["splits"] = [_sides(subsets, a, b) for a, b in zip(table["first"], table["second"], strict=True)]
    for kind, column in (("exact", "same_as"), ("near", "sounds_like")):
        tracks[column] = _others(tracks, table[table.kind == kind])
    stems = [f"{stem} ({counted(len(named), 'track')})" for stem, named in ambiguous_stems(recorded).items()]
    if stems:
        notes.append(f"Numbered names that may be parts of one recording: {', '.join(stems[:5])}.")
    notes += said_of_endings(recorded)
    if rendered := said_of(corpus.root):
        notes.append(rendered)
    elif is_gtzan(tracks, corpus.genres):
        notes += compare_with_gtzan(tracks, corpus.genres)
    return Audit(tracks, table, notes, heard, corpus.kind != "table")


def _measured(corpus: Corpus, content: dict[str, str], downmix: str) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """Return the table of tracks, and the fingerprints of those that can be read."""
    prints: dict[str, np.ndarray] = {}
    if corpus.kind != "audio":
        named = [(track.id, track.genre, track.recording) for track in corpus.tracks]
        plain = pd.DataFrame(named, columns=_COLUMNS[:3]).reindex(columns=_COLUMNS)
        problems = picture_problems(corpus.tracks) if corpus.kind == "picture" else ""
        return plain.assign(problem=problems, artist=[track.artist or "" for track in corpus.tracks]), prints
    rows = []
    for track, found, heard in measure_all(corpus.tracks, content, downmix):
        rows.append((track.id, track.genre, track.recording, *found))
        if heard is not None:
            prints[track.id] = heard
    table = pd.DataFrame(rows, columns=_COLUMNS)
    return table.assign(artist=[track.artist or "" for track in corpus.tracks]), prints


def _problems(tracks: pd.DataFrame) -> list[str]:
    """Return what is wrong with each track, empty if nothing is."""
    median = float(tracks.seconds.median()) if tracks.seconds.notna().any() else float("nan")
    usual = bool(((tracks.seconds / median - 1).abs() < _ODD).mean() > 0.8)
    problems = []
    for row in tracks.to_dict("records"):
        found = [str(row["problem"])] if row["problem"] else []
        if row["silent"] > _SILENT:
            found.append(f"silent for {row['silent']:.0%} of its length")
        if row["clipped"] > _CLIPPED:
            found.append(f"clipped ({row['clipped']:.1%} of its samples)")
        if row["seconds"] < _SHORT * median:
            found.append(f"short: {row['seconds']:.2f} s, where the median is {median:.2f} s")
        elif row["seconds"] > _LONG * median:
            found.append(f"long: {row['seconds']:.2f} s, where the median is {median:.2f} s")
        elif usual and abs(row["seconds"] / median - 1) > _ODD:
            found.append(f"odd length: {row['seconds']:.2f} s, where most have about {median:.2f} s")
        problems.append("; ".join(found))
    return problems


def _subsets(corpus: Corpus, split: SplitFunction | None) -> tuple[dict[str, str], list[str]]:
    """Return each track's subset, and notes: what the split divides; its error if it is impossible."""
    if split is None:
        return {}, []
    genres = [track.genre for track in corpus.tracks]
    rows = pd.DataFrame({"track": [t.id for t in corpus.tracks], "genre": genres, "start": 0.0, "seconds": 0.0})
    rows["label"] = [corpus.genres.index(genre) for genre in genres]
    try:
        found = require_assignment(split(corpus, rows), len(rows), split)
        return dict(zip(rows.track, map(str, found), strict=True)), _divided(rows, found, corpus)
    except MusicGenreError as error:
        return {}, [f"The split cannot be made: {error}."]


def _divided(rows: pd.DataFrame, found: Assignment, corpus: Corpus) -> list[str]:
    """Say which recordings and artists are on two sides of a split, and which genres it leaves nothing to train on."""
    counts, notes = shared_between(rows, found, corpus), []
    if missing := genres_without(rows, found).get("train"):
        notes.append(f"Split: no track of {', '.join(missing)} is left to train on, which training refuses.")
    if recordings := counts["recordings"]:
        notes.append(f"Split: parts or copies of {counted(recordings, 'recording')} are on two sides.")
    if shared := counts["test_tracks_of_train_artists"]:
        of_all = f"{shared} of {counts['test_tracks']} test tracks"
        notes.append(f"Split: {of_all} {are(shared)} by artists of the training set.")
    return notes


def _exact(corpus: Corpus, content: dict[str, str]) -> list[tuple[str, str, str, float, float, float]]:
    return [
        (copies[0].id, track.id, "exact", 1.0, float("nan"), 0)
        for copies in copies_of(corpus, content)
        for track in copies[1:]
    ]


def _near(
    corpus: Corpus, content: dict[str, str], prints: dict[str, np.ndarray], threshold: float
) -> list[tuple[str, str, str, float, float, float]]:
    """Find pairs of different recordings that sound alike, and keep them for training to warn of."""
    recording = {track.id: track.recording for track in corpus.tracks}
    names = list(prints)
    found = []
    for match in find_matches(list(prints.values()), threshold=threshold):
        first, second = names[match.first], names[match.second]
        if recording[first] != recording[second]:
            found.append((first, second, "near", match.score, match.seconds, match.semitones))
    remember_pairs(content.values(), [(content[a], content[b], score) for a, b, _, score, _, _ in found])
    return found


def _too_short(prints: dict[str, np.ndarray]) -> list[str]:
    """Say how many tracks were not compared: short ones sound alike by chance, such as loops of one rhythm."""
    short = sum(found.shape[1] < SHORTEST for found in prints.values())
    return [f"{counted(short, 'track')} {are(short)} shorter than 4 s, too short to be compared."] if short else []


def _sides(subsets: dict[str, str], first: str, second: str) -> str:
    ours, theirs = subsets.get(first, ""), subsets.get(second, "")
    return f"{ours}|{theirs}" if ours and theirs and ours != theirs else ""


def _others(tracks: pd.DataFrame, pairs: pd.DataFrame) -> list[str]:
    others: defaultdict[str, list[str]] = defaultdict(list)
    for first, second, score in zip(pairs["first"], pairs["second"], pairs["score"], strict=True):
        others[first].append(f"{second} ({score:.2f})")
        others[second].append(f"{first} ({score:.2f})")
    return ["; ".join(others[track]) for track in tracks.track]
