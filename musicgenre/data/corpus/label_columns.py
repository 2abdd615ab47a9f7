"""The columns of a table of labels: which are read, and what is said of others."""

import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING

from musicgenre.data.corpus.artists import shortened
from musicgenre.data.corpus.genres import lists_several, one_label
from musicgenre.data.corpus.numbering import is_year
from musicgenre.data.corpus.text_table import SUBSET_COLUMNS, TRACK_COLUMNS, named, plain_name, require_one_number
from musicgenre.errors import MusicGenreError

if TYPE_CHECKING:
    import pandas as pd

_log = logging.getLogger(__name__)
_COLUMNS = {
    "path": ("path", *TRACK_COLUMNS),
    "genre": ("genre", "genretop", "genres", "label", "class", "tag", "category", "tags"),  # a label may be a record's
    "artist": ("artist", "artistname", "artistgroup", "artistid", "performer"),
    "album": ("albumartist",),  # where a track's own is missing
    "subset": SUBSET_COLUMNS,
}
_LISTS_LAST = ("genre", "genretop", "label", "class", "genres", "tag", "category", "tags")
_UNIT = r"(?:time|at)?(?:s|secs?|seconds?|ms|msecs?|samples?|frames?)?"
_START = re.compile(rf"(?:segment|clip|excerpt)?(?:start|begin|onset){_UNIT}")
_END = re.compile(rf"(?:segment|clip|excerpt)?(?:end|stop|offset|duration|length){_UNIT}")


def label_columns(rows: "pd.DataFrame", path: Path) -> dict[str, str]:
    """Find the columns of a table of labels, and say what is not read of it.

    Args:
        rows: The table.
        path: Its file, for messages.

    Returns:
        The names of the columns path and genre, and of artist, album and subset if they are there.

    Raises:
        MusicGenreError: There is no path or no genre, or two columns of numbers may name the files.
    """
    columns = named(rows, _COLUMNS | ({"genre": _LISTS_LAST} if _has_lists(rows) else {}))
    if missing := [name for name in ("path", "genre") if name not in columns]:
        raise MusicGenreError(
            f"the table of labels {path} has no column {' and no column '.join(missing)}: it has "
            f"{shortened(list(rows.columns))}"
        )
    require_one_number(rows, columns["path"], f"the table of labels {path}")
    taken = columns["genre"]
    if others := [name for name in rows.columns if plain_name(name) in _COLUMNS["genre"] and name != taken]:
        _log.info("The genres are those in the column %s of %s, not in %s.", taken, path, shortened(others))
    if spans := span_columns(rows):
        _log.warning(
            "The columns %s of %s are not read, and files are heard whole: to use parts of one, cut it up first.",
            *(" and ".join(spans), path),
        )
    return columns


def _has_lists(rows: "pd.DataFrame") -> bool:
    """Return whether a column genres holds lists of genres, or their numbers, in half of the filled cells or more."""
    found = [one_label(text) for name in rows.columns if plain_name(name) == "genres" for text in rows[name] if text]
    return 2 * sum(text.isdecimal() or lists_several(text, ()) for text in found) >= len(found)


def span_columns(rows: "pd.DataFrame") -> list[str]:
    """Return the names of the two columns that say where in a file a row begins and ends; nothing if there are none.

    Example:
        >>> import pandas as pd
        >>> span_columns(pd.DataFrame({"path": ["a.wav"], "start_time": ["0:30"], "End (s)": ["40"]}))
        ['start_time', 'End (s)']
        >>> span_columns(pd.DataFrame({"path": ["a.wav"], "duration": ["30.1"]}))
        []
        >>> span_columns(pd.DataFrame({"path": ["a.wav"], "begin": ["1970"], "end": ["1980"]}))
        []
    """
    starts, ends = ([name for name in rows.columns if kind.fullmatch(plain_name(name))] for kind in (_START, _END))
    if not starts or not ends or not rows[starts[0]].str.fullmatch(r"[\d.,:]+\s*(?:s|ms)?").any():
        return []
    spans = [starts[0], ends[0]]
    told = [text for name in spans for text in rows[name] if text[:1].isdecimal()]
    return [] if all(map(is_year, told)) else spans  # a band's years
