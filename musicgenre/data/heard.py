"""How much of each file was heard, as a table: tracks.csv of every run and prediction."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from musicgenre.data.audio.facts import Facts
from musicgenre.words import counted

log = logging.getLogger(__name__)

_SAMPLES = 0.002  # s by which a length may differ when counted at another rate
_REST = 0.1  # share of a file; a smaller unheard end is not reported

COLUMNS = (*("file", "format", "rate", "channels", "seconds", "seconds_heard", "segments", "hash", "reason", "note"),)


def file_row(
    name: str, facts: Facts, segments: int, content: str, reason: str = "", end: float | None = None
) -> dict[str, Any]:
    """Make one row of the table.

    Args:
        name: Name of the file.
        facts: What it is, and how much of it was decoded.
        segments: Number of its segments.
        content: Hash of its content.
        reason: Why it was skipped (nothing of it was heard); empty if it was not.
        end: End of its last segment in s, after which nothing was heard; None if all that was decoded was.

    Example:
        >>> row = file_row("a.wav", Facts("WAV PCM_16", 44100, 2, 10.0, 5.0), 0, "f00", "truncated")
        >>> row["seconds"], row["seconds_heard"], row["reason"]
        (10.0, 0.0, 'truncated')
        >>> file_row("a.wav", Facts(seconds=44.0, heard=44.0), 1, "f00", end=30.0)["seconds_heard"]
        30.0
    """
    heard = facts.heard if end is None or facts.heard - end < _SAMPLES else end
    return {
        "file": name,
        "format": facts.format,
        "rate": facts.rate,
        "channels": facts.channels,
        "seconds": facts.seconds,
        "seconds_heard": 0.0 if reason else heard,
        "segments": segments,
        "hash": content,
        "reason": reason,
        "note": facts.note,
    }


def files_table(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Build the table from rows, with the columns `COLUMNS`."""
    table = pd.DataFrame(list(rows), columns=list(COLUMNS))
    whole = {"rate": "Int64", "channels": "Int64", "segments": "Int64"}
    return table.astype({**whole, "seconds": np.float64, "seconds_heard": np.float64})


def tell_heard(files: pd.DataFrame) -> None:
    """Log notes on the files that were heard, and how much was heard if not all; others are reported elsewhere.

    Args:
        files: From `files_table`.
    """
    files = files[files.reason.fillna("") == ""]
    for row in files[files.note.astype(bool)].itertuples():
        log.warning("  %s: %s", row.file, row.note)
    short = files[files.seconds - files.seconds_heard > _REST * files.seconds]
    if len(short):
        log.info(
            "More than %.0f %% of %s was not heard, such as an end shorter than a segment: %.1f of %.1f s were; see "
            "tracks.csv.",
            100 * _REST,
            counted(len(short), "file"),
            short.seconds_heard.sum(),
            short.seconds.sum(),
        )
