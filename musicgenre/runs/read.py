"""Read the files of a run folder, or say in one sentence which of them is missing or damaged."""

import json
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from musicgenre.cells import unguarded
from musicgenre.errors import MusicGenreError
from musicgenre.files import NO_FILE, unreadable_reason
from musicgenre.yaml_text import parse_yaml

if TYPE_CHECKING:
    import pandas as pd

_PROBABILITY = "p_"  # begins the name of a genre's column
_TEXTS = ("split", "track", "genre")  # columns that hold names: a genre may be called "NA", a track "007"
_MORE_TEXTS = (*_TEXTS, "recording", "artist")
_SPLITS = ("train", "val", "test", "")
_LARGEST = 1 << 24  # most bytes of a run's JSON or YAML files


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in a JSON file.

    Raises:
        MusicGenreError: There is no such file, or it holds no JSON object.
    """
    try:
        found = json.loads(_text(path))
    except (ValueError, RecursionError) as error:
        raise damaged(path, str(error)) from error
    if not isinstance(found, dict):
        raise damaged(path, f"it holds a {type(found).__name__}, not a JSON object")
    return found


def read_metrics(path: Path) -> dict[str, float | str]:
    """Return a run's results by name; undefined ones, null in the file, are NaN.

    Raises:
        MusicGenreError: There is no such file, or it holds something else.
    """
    found = read_json(path)
    if wrong := [name for name, value in found.items() if not isinstance(value, int | float | str | None)]:
        raise damaged(path, f"{wrong[0]} is neither a number nor a string")
    return {name: float("nan") if value is None else value for name, value in found.items()}


def read_yaml(path: Path) -> Any:  # noqa: ANN401  # whatever the file holds
    """Return what a YAML file holds, as plain values; `${...}` stays text.

    Raises:
        MusicGenreError: There is no such file, or it cannot be parsed.
    """
    try:
        return parse_yaml(_text(path))
    except ValueError as error:  # a date with month 13, and all that YAML itself refuses
        raise damaged(path, str(error)) from error


def read_settings(path: Path) -> dict[str, Any]:
    """Return the settings in a YAML file, nested by group.

    Raises:
        MusicGenreError: There is no such file, or it is no mapping.
    """
    found = read_yaml(path)
    if not isinstance(found, dict):
        raise damaged(path, "it is not a mapping of settings")
    return found


def read_overrides(path: Path) -> tuple[str, ...]:
    """Return the overrides in a YAML file, as typed.

    Raises:
        MusicGenreError: There is no such file, or it is no list of texts.
    """
    found = read_yaml(path)
    if not isinstance(found, list) or not all(isinstance(text, str) for text in found):
        raise damaged(path, "it holds no list of overrides")
    return tuple(found)


def read_predictions(path: Path) -> "pd.DataFrame":
    """Return a predictions table: split, track, start (s), genre, label, then `p_<genre>` for each genre.

    Raises:
        MusicGenreError: There is no such file, or it holds no complete predictions table.
    """
    table = read_table(path)
    probs = [str(name) for name in table.columns if str(name).startswith(_PROBABILITY)]
    if missing := [name for name in (*_TEXTS, "start", "label") if name not in table.columns]:
        raise damaged(path, f"it lacks the column {missing[0]}")
    if not probs or not len(table):
        raise damaged(path, "it has no column p_GENRE" if not probs else "it has no rows")
    for name in ("start", "label", *probs):
        if table[name].dtype.kind not in "iuf":
            raise damaged(path, f"its column {name} is not numeric")
    if (broken := table[[*_TEXTS, "label", *probs]].isna().any(axis=1)).any():
        raise damaged(path, f"row {broken.argmax() + 1} is incomplete")
    if not table["label"].isin(range(len(probs))).all():
        raise damaged(path, f"its labels are not all from 0 to {len(probs) - 1}")
    return table.astype({"label": int})


def read_split(path: Path, *more: str) -> "pd.DataFrame":
    """Return a run's split table, all as text: split, track and more.

    Args:
        path: The table.
        more: Further columns that it must have, such as "content"; runs of version 0.1 have fewer.

    Raises:
        MusicGenreError: There is no such file, or it holds no such table.
    """
    table = read_table(path, texts=True).fillna("")  # a split may leave tracks out
    if missing := [name for name in ("split", "track", *more) if name not in table.columns]:
        raise damaged(path, f"it lacks the column {missing[0]}")
    if not table["split"].isin(_SPLITS).all():
        raise damaged(path, f"its column split holds values other than {', '.join(filter(None, _SPLITS))}")
    return table


def read_history(path: Path) -> "pd.DataFrame":
    """Return the table of epochs: `epoch`, and one column per curve.

    Raises:
        MusicGenreError: There is no such file, or it holds no such table.
    """
    table = read_table(path)
    if "epoch" not in table.columns or table["epoch"].isna().any():
        raise damaged(path, "some or all rows have no epoch")
    if words := [str(name) for name in table.columns if table[name].dtype.kind not in "iufb"]:
        raise damaged(path, f"its column {words[0]} is not numeric")
    return table


def path_of(given: object, name: str) -> Path:
    """Return a path that was given as a text or as a path.

    Args:
        given: The given value.
        name: The argument's name, for the message.

    Raises:
        MusicGenreError: It is neither.
    """
    if not isinstance(given, str | PathLike):
        raise MusicGenreError(f"{name} is {given!r}: give the path of a folder, such as multirun.")
    return Path(given)


def damaged(path: Path, reason: str) -> MusicGenreError:
    """Return the error for a file that exists but cannot be used."""
    return MusicGenreError(f"{path} is damaged ({' '.join(reason.split())}): repair or remove it.")


def _text(path: Path) -> str:
    if reason := unreadable_reason(path):
        raise _unreadable(path, reason)
    try:
        if (size := path.stat().st_size) > _LARGEST:
            raise damaged(path, f"it has {size} bytes, more than any run writes")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise damaged(path, str(error)) from error


def _unreadable(path: Path, reason: str) -> MusicGenreError:
    if reason == NO_FILE:
        return MusicGenreError(f"{path.parent} has no {path.name}: the run has not finished, or did not keep it.")
    return damaged(path, reason)


def read_table(path: Path, *, texts: bool = False) -> "pd.DataFrame":
    """Return a CSV file's table, all as text if asked for; only empty fields are NaN."""
    import pandas as pd

    if reason := unreadable_reason(path):
        raise _unreadable(path, reason)
    try:
        kinds = str if texts else dict.fromkeys(_MORE_TEXTS, str)
        if b"\0" in path.read_bytes():  # a hole, which pandas would read as one long text, rows and all
            raise damaged(path, "it contains null bytes")
        table = pd.read_csv(path, keep_default_na=False, na_values=[""], dtype=kinds, low_memory=False)
    except (OSError, ValueError, OverflowError, MemoryError) as error:  # pandas' own errors are ValueErrors
        raise damaged(path, str(error)) from error
    if not isinstance(table.index, pd.RangeIndex):
        raise damaged(path, "its rows have more fields than its header")
    return unguarded(table)
