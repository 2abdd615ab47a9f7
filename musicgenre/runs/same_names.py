"""Track names for predictions of one collection in several forms: audio, pictures of it, a table of its features."""

import logging
from collections.abc import Sequence
from pathlib import PurePosixPath

import pandas as pd

from musicgenre.data.corpus.tracks import track_key

_log = logging.getLogger(__name__)


def under_one_name(tables: Sequence[pd.DataFrame]) -> list[pd.DataFrame]:
    """Give the tracks of all tables the names that they have in the first, if only the form of the files differs.

    Tracks are matched by `track_key` and, if both tables name folders, by folder. A table is unchanged if it holds
    other tracks, or files of the same format in folders, or if several tracks share a name.

    Args:
        tables: Predictions tables, with split, track, genre and perhaps recording and artist.

    Example:
        >>> rows = {"split": ["val", "test"], "genre": ["jazz", "jazz"]}
        >>> audio = pd.DataFrame(rows | {"track": ["jazz/a.wav", "jazz/b.wav"]})
        >>> pictures = pd.DataFrame(rows | {"track": ["jazz/a.png", "jazz/b.png"]})
        >>> under_one_name([audio, pictures])[1].track.tolist()
        ['jazz/a.wav', 'jazz/b.wav']
    """
    first = tables[0]
    found = [first]
    for place, table in enumerate(tables[1:], start=2):
        renamed = _named_as(first, table)
        if renamed is not table:
            _log.info(
                "Tracks of member %d are matched by name: %s is %s, and so on.", place, table.track[0], renamed.track[0]
            )
        found.append(renamed)
    return found


def _named_as(first: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    folders = all("/" in str(track) for table in (first, other) for track in table.track.unique())
    if set(first.track) == set(other.track) or (folders and _formats(first) == _formats(other)):
        return other
    once = [table.drop_duplicates(["split", "track"]) for table in (first, other)]
    ours, theirs = (table.set_index(_keys(table, folders)) for table in once)
    if not (ours.index.is_unique and theirs.index.is_unique) or set(ours.index) != set(theirs.index):
        return other
    about = [name for name in ("track", "recording", "artist") if name in first and name in other]
    return other.assign(**{name: ours[name].reindex(_keys(other, folders)).to_numpy() for name in about})


def _formats(table: pd.DataFrame) -> set[str]:
    return {PurePosixPath(str(track)).suffix.lower() for track in table.track.unique()}


def _keys(table: pd.DataFrame, folders: bool) -> pd.Index:
    """Return split, genre, folder (if it counts) and name of each row's track, as one text."""
    names = [
        (PurePosixPath(str(track)).parent.as_posix() if folders else "") + "/" + track_key(str(track))
        for track in table.track
    ]
    return pd.Index(table.split + "/" + table.genre + "/" + names)
