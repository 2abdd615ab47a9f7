"""Average several models' probabilities."""

from collections.abc import Sequence

import pandas as pd

from musicgenre.errors import MusicGenreError
from musicgenre.evaluation.metrics import genres_of, probability_columns, track_probabilities
from musicgenre.words import counted

_KEYS = ["split", "track", "start"]


def mean_predictions(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Average several predictions tables, segment by segment if they have the same segments.

    Members that cut tracks differently only have tracks in common: then a row is a track, with each member's
    probabilities averaged over its segments, and `start` is 0. If members give different artists or recordings for a
    track, the first known one is used for all.

    Args:
        tables: Predictions of the members, over the same tracks in the same splits.

    Returns:
        A predictions table.

    Raises:
        MusicGenreError: The members' genres, a track's genre or the tracks of a split differ: one may have been trained
            on what another is tested on.

    Example:
        >>> keys = {"split": ["test"], "track": ["a"], "start": [0.0], "genre": ["jazz"], "label": [0]}
        >>> tables = [pd.DataFrame(keys | {"p_jazz": [p], "p_rock": [1 - p]}) for p in (0.75, 0.25)]
        >>> mean_predictions(tables)[["p_jazz", "p_rock"]].to_numpy().tolist()
        [[0.5, 0.5]]
    """
    genres = genres_of(tables[0])
    for place, table in enumerate(tables[1:], start=2):
        if genres_of(table) != genres:
            raise MusicGenreError(
                f"Members 1 and {place} of the ensemble have different genres: {', '.join(genres)}; and "
                f"{', '.join(genres_of(table))}."
            )
        _require_same_tracks(tables[0], table, place)
    members = _told_by_all(tables)
    if any(set(map(tuple, t[_KEYS].to_numpy())) != set(map(tuple, tables[0][_KEYS].to_numpy())) for t in tables):
        members = [track_probabilities(table).assign(start=0.0) for table in members]
    columns = probability_columns(genres)
    told = [name for name in ("recording", "artist") if all(name in t for t in members)]
    rows = pd.concat(members).groupby([*_KEYS, "genre", "label"], sort=False, dropna=False)
    means = rows[columns].mean().assign(**{name: rows[name].first() for name in told}).reset_index()
    return means[[*_KEYS, *told, "genre", "label", *columns]]


def _told_by_all(tables: Sequence[pd.DataFrame]) -> list[pd.DataFrame]:
    """Return the tables with one recording and one artist per track: the first known to a member, if any."""
    found = list(tables)
    for name in ("recording", "artist"):
        if said := [table[["track", name]].dropna() for table in tables if name in table]:
            alone = {track: track for track in tables[0]["track"]} if name == "recording" else {}
            known = alone | dict(pd.concat(said).drop_duplicates("track").to_numpy().tolist())
            found = [table.assign(**{name: table["track"].map(known)}) for table in found]
    return found


def _require_same_tracks(first: pd.DataFrame, other: pd.DataFrame, place: int) -> None:
    ours, theirs = (set(zip(table.split, table.track, strict=True)) for table in (first, other))
    if different := sorted(ours ^ theirs):
        split, track = different[0]
        raise MusicGenreError(
            f"Members 1 and {place} of the ensemble have different tracks: {len(different)} differ, such as {track} in "
            f"{split}. One may have been trained on what the other is tested on: use runs of one data, split and seed."
        )
    genre, other_genre = (dict(zip(table.track, table.genre, strict=True)) for table in (first, other))
    if apart := sorted(track for track in genre if genre[track] != other_genre[track]):
        raise MusicGenreError(
            f"Members 1 and {place} of the ensemble disagree on the genre of {counted(len(apart), 'track')}, such as "
            f"{apart[0]} ({genre[apart[0]]}; {other_genre[apart[0]]}): use runs on the same data."
        )
