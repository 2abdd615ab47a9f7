"""Several models' probabilities as one model's: their mean."""

import re
from collections.abc import Sequence

import pandas as pd

from musicgenre.errors import MusicGenreError
from musicgenre.evaluation.metrics import genres_of, probability_columns, track_probabilities

_KEYS = ["split", "track", "start"]
_SUFFIXES = re.compile(r"(\.[A-Za-z]\w{0,4})+$")  # .wav, .wav.png, and not the .00000 of GTZAN


def mean_predictions(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Average several predictions tables, segment by segment where they have the same segments.

    Members that cut tracks differently agree on tracks alone: then a row is a track, each member's probabilities
    being the mean of its segments', and `start` is 0. Audio, pictures and rows of a table of the same tracks go
    together by the tracks' names; the first member's stand in the table.

    Args:
        tables: Predictions of the members, over the same tracks in the same splits.

    Returns:
        A predictions table.

    Raises:
        MusicGenreError: Members know other genres, or hold other tracks in a split: one may have been trained on what
            the other is tested on.

    Example:
        >>> keys = {"split": ["test"], "track": ["a"], "start": [0.0], "genre": ["jazz"], "label": [0]}
        >>> tables = [pd.DataFrame(keys | {"p_jazz": [p], "p_rock": [1 - p]}) for p in (0.75, 0.25)]
        >>> mean_predictions(tables)[["p_jazz", "p_rock"]].to_numpy().tolist()
        [[0.5, 0.5]]
    """
    genres = genres_of(tables[0])
    members = [tables[0]]
    for place, table in enumerate(tables[1:], start=2):
        if genres_of(table) != genres:
            raise MusicGenreError(
                f"Members 1 and {place} of the ensemble know other genres: {', '.join(genres)}, and "
                f"{', '.join(genres_of(table))}."
            )
        members.append(_named_as(tables[0], table))
        _require_same_tracks(tables[0], members[-1], place)
    if any(set(map(tuple, t[_KEYS].to_numpy())) != set(map(tuple, members[0][_KEYS].to_numpy())) for t in members):
        members = [track_probabilities(table).assign(start=0.0) for table in members]
    columns = probability_columns(genres)
    keys = [*_KEYS, *(name for name in ("recording", "artist") if all(name in t for t in members)), "genre", "label"]
    means = pd.concat(members).groupby(keys, sort=False, dropna=False)[columns].mean().reset_index()
    return means[[*keys, *columns]]


def _named_as(first: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Return the other table with the first one's names of tracks, where they differ in folders and suffixes alone."""
    about = [name for name in ("track", "recording", "artist") if name in first and name in other]
    ours, theirs = (
        once.set_index(_names(once)) for once in (t.drop_duplicates(["split", "track"]) for t in (first, other))
    )
    if set(first.track) == set(other.track) or not (ours.index.is_unique and theirs.index.is_unique):
        return other
    if set(ours.index) != set(theirs.index):
        return other
    return other.assign(**{name: ours[name].reindex(_names(other)).to_numpy() for name in about})


def _names(table: pd.DataFrame) -> pd.Series:
    """Return each row's split, genre and track without its folder and suffix."""
    plain = table.track.str.rpartition("/")[2].str.replace(_SUFFIXES, "", regex=True)
    return table.split + "/" + table.genre + "/" + plain


def _require_same_tracks(first: pd.DataFrame, other: pd.DataFrame, place: int) -> None:
    ours, theirs = (set(zip(table.split, table.track, strict=True)) for table in (first, other))
    if different := sorted(ours ^ theirs):
        split, track = different[0]
        raise MusicGenreError(
            f"Members 1 and {place} of the ensemble hold other tracks: {len(different)} differ, such as {track} in "
            f"{split}. One may have been trained on what the other is tested on: use runs of one data, split and seed."
        )
