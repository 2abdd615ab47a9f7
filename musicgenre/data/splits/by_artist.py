"""Split so that no artist is on two sides."""

import logging
import warnings
from collections.abc import Mapping

import pandas as pd

from musicgenre.arguments import is_whole
from musicgenre.data.corpus.artists import shortened
from musicgenre.data.corpus.tracks import Corpus, Track
from musicgenre.data.splits.assignment import Assignment, Split, by_track, check_seed, in_order
from musicgenre.errors import MusicGenreError
from musicgenre.words import same_artists

_log = logging.getLogger(__name__)


def artist_kfold(*, folds: int = 5, fold: int = 0, seed: int = 0) -> Split:
    """Return a split into folds so that no artist is on two sides, with the genres about evenly in each.

    Fold `fold` is for test, the next one for validation, the rest for training. Spellings of an artist that differ in
    case, punctuation, spaces, accents, "&" for "and", or "the" at either end count as one. A track without a known
    artist is left out: it may be by anyone, including an artist on the other side. The folds are those of
    scikit-learn's `StratifiedGroupKFold`. The corpus needs artists, from
    `musicgenre.data.corpus.artists.with_artists`.

    Args:
        folds: Number of folds, at least 3.
        fold: The test fold, counted from 0.
        seed: Seed of the draw of the folds.

    Raises:
        MusicGenreError: The settings are invalid; when splitting, no track has an artist, or no genre has enough of
            them.

    Example:
        >>> from pathlib import Path
        >>> tracks = tuple(Track(f"{n}.wav", "jazz", Path(), artist=f"artist {n % 3}") for n in range(6))
        >>> segments = pd.DataFrame({"track": [track.id for track in tracks]})
        >>> subsets = artist_kfold(folds=3)(Corpus(Path(), ("jazz",), tracks), segments)
        >>> sorted(subsets.tolist()), (subsets[:3] == subsets[3:]).tolist()  # tracks 0 and 3 share an artist, and so on
        (['test', 'test', 'train', 'train', 'val', 'val'], [True, True, True])
    """
    if not is_whole(folds) or not is_whole(fold) or folds < 3 or not 0 <= fold < folds:
        raise MusicGenreError(
            f"folds is {folds!r} and fold {fold!r}: give at least 3 folds (train, val, test) and a fold from 0 to "
            "folds - 1"
        )
    settings = {"folds": int(folds), "fold": int(fold), "seed": check_seed(seed)}
    return Split("artist_kfold", _artist_kfold, settings=settings)


def artist_groups(corpus: Corpus) -> dict[str, str]:
    """Find what must not be divided: all tracks of an artist, and all parts and copies of each of their recordings.

    Args:
        corpus: The tracks.

    Returns:
        A name of the group by track id; tracks of recordings without a known artist are left out.

    Example:
        >>> from pathlib import Path
        >>> whole = [("a", "Ann", "x"), ("b", "Bob", "x"), ("c", "Bob", None), ("d", None, "x"), ("e", None, None)]
        >>> tracks = tuple(Track(id, "jazz", Path(), artist, part_of) for id, artist, part_of in whole)
        >>> artist_groups(Corpus(Path(), ("jazz",), tracks))
        {'a': 'ann', 'b': 'ann', 'c': 'ann', 'd': 'ann'}
    """
    same = same_artists(track.artist for track in corpus.tracks if track.artist is not None)
    joined: dict[str, str] = {}  # a group's name -> the group that it was joined to
    first: dict[str, str] = {}  # first group of each recording

    def root(group: str) -> str:
        while group in joined:
            group = joined[group]
        return group

    for track in corpus.tracks:
        if track.artist is not None:
            mine = root(same[track.artist])
            theirs = root(first.setdefault(track.recording, mine))
            if mine != theirs:
                joined[mine] = theirs
    return {track.id: root(first[track.recording]) for track in corpus.tracks if track.recording in first}


def _artist_kfold(corpus: Corpus, segments: pd.DataFrame, *, folds: int, fold: int, seed: int) -> Assignment:
    from sklearn.model_selection import StratifiedGroupKFold  # imported here to keep the start of training fast

    group_of = artist_groups(corpus)
    tracks = in_order(track for track in corpus.tracks if track.id in group_of)
    groups = [group_of[track.id] for track in tracks]
    _require_artists(corpus, tracks, groups, folds)
    labels = [track.genre for track in tracks]
    shuffled = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a genre with too few artists was reported above
        dealt = [held_out for _, held_out in shuffled.split(tracks, labels, groups)]
    subset_of = {track.id: "train" for track in tracks}
    for name, place in (("test", fold), ("val", (fold + 1) % folds)):
        subset_of |= {tracks[row].id: name for row in dealt[place]}
    return by_track(corpus, segments, subset_of)


def _require_artists(corpus: Corpus, tracks: list[Track], groups: list[str], folds: int) -> None:
    if not tracks:
        raise MusicGenreError(
            f"no track in {corpus.root} has a known artist, which this split needs: give data.artists=CSV (columns "
            "track and artist), or choose another split"
        )
    if len(tracks) < len(corpus.tracks):
        known = {track.id for track in tracks}
        without = [track.id for track in corpus.tracks if track.id not in known]
        _log.warning(
            "%d of %d tracks have no known artist, and are left out of the split: %s",
            len(without),
            len(corpus.tracks),
            shortened(without),
        )
    artists: dict[str, set[str]] = {genre: set() for genre in corpus.genres}
    for track, group in zip(tracks, groups, strict=True):
        artists[track.genre].add(group)
    _require_enough({genre: len(names) for genre, names in artists.items()}, folds)


def _require_enough(artists: Mapping[str, int], folds: int) -> None:
    """Raise an error if a genre has fewer than two artists, or all have fewer than `folds`; warn if only some do."""
    few = [f"{genre} has {count}" for genre, count in artists.items() if count < folds]
    if not few:
        return
    found = f"{folds} folds need {folds} artists in each genre; {', '.join(few)}"
    most, enough = min(artists.values()), [count for count in artists.values() if count >= 3]
    if most >= 3:
        remedy = f"Use split.folds={most}"
    elif len(enough) >= 2:
        at_most = f", and set split.folds={min(enough)}" if min(enough) < folds else ""
        remedy = f"Choose genres with at least 3 artists by data.genres=[...]{at_most}"
    else:
        remedy = "No number of folds is possible: choose another split"
    if most < 2 or len(few) == len(artists):
        raise MusicGenreError(f"{found}. {remedy}")
    _log.warning("%s. %s, or accept folds that lack those genres.", found, remedy)
