"""Splits made by others: as a list of tracks, or as folders train/ and test/."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from zlib import crc32

import numpy as np
import pandas as pd

from musicgenre.arguments import is_number
from musicgenre.data.corpus.artists import shortened
from musicgenre.data.corpus.name_list import list_key, look_up, most_named, names_without_track
from musicgenre.data.corpus.subsets import is_left_out
from musicgenre.data.corpus.subsets import subset_of as subset_named
from musicgenre.data.corpus.text_table import (
    SUBSET_COLUMNS,
    TRACK_COLUMNS,
    may_name,
    named,
    read_table,
    require_one_number,
)
from musicgenre.data.corpus.tracks import Corpus
from musicgenre.data.splits.assignment import Assignment, Split, by_genre, by_track, check_seed
from musicgenre.errors import MusicGenreError
from musicgenre.files import expanded
from musicgenre.words import counted

_log = logging.getLogger(__name__)
_Rows = Sequence[tuple[str, str]]
_COLUMNS = {"track": TRACK_COLUMNS, "subset": SUBSET_COLUMNS}


def lists(*, file: str | Path, val: float = 0.0, seed: int = 0) -> Split:
    r"""Return the split in a table with columns track and subset (train, val, test, or empty for left out).

    Tracks are found by name, whatever folders, format and case the list uses; clips of a listed track are found by its
    name. A track not in the list is left out, and counted in a warning; so are names that the corpus lacks.

    Args:
        file: CSV, TSV and the like.
        val: Fraction of each genre's training recordings to validate on, if the list has no validation tracks of that
            genre.
        seed: Seed of that draw.

    Raises:
        MusicGenreError: The file is not such a table, or gives a track two subsets; when splitting, it names no track
            of the corpus.

    Example:
        >>> import tempfile
        >>> from musicgenre.data.corpus.tracks import Track
        >>> corpus = Corpus(Path(), ("jazz",), tuple(Track(f"jazz/jazz.0000{n}.au", "jazz", Path()) for n in (0, 1)))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     table = Path(folder, "split.csv")
        ...     _ = table.write_text("track,subset\njazz.00000.wav,train\njazz.00001.wav,test\n")
        ...     lists(file=table)(corpus, pd.DataFrame({"track": [track.id for track in corpus.tracks]})).tolist()
        ['train', 'test']
    """
    path = expanded(file)
    val, seed = _check_share(val), check_seed(seed)
    rows = _read(path)
    if len(rows) == 1:
        _by_key(next(iter(rows.values())), path)  # refuses it before the data are read
    said = {(list_key(name), subset) for those in rows.values() for name, subset in those}
    content = " ".join(f"{name}={subset}" for name, subset in sorted(said))
    settings = {"file": str(file), "val": val, "seed": seed}
    return Split("lists", partial(_lists, rows=rows), settings=settings, content=content)


def folders(*, val: float = 0.0, seed: int = 0) -> Split:
    """Return the split given by a corpus's folders train/, test/ and perhaps val/, or by its table of labels.

    Args:
        val: Fraction of each genre's training recordings to validate on, if there are no validation tracks of that
            genre.
        seed: Seed of that draw.

    Raises:
        MusicGenreError: When splitting, no track has a subset.

    Example:
        >>> from musicgenre.data.corpus.tracks import Track
        >>> tracks = tuple(Track(f"{n}/a.wav", "jazz", Path(), subset=n) for n in ("test", "train"))
        >>> segments = pd.DataFrame({"track": [track.id for track in tracks]})
        >>> folders()(Corpus(Path(), ("jazz",), tracks), segments).tolist()
        ['test', 'train']
    """
    val, seed = _check_share(val), check_seed(seed)
    return Split("folders", _folders, settings={"val": val, "seed": seed})


def _lists(
    corpus: Corpus, segments: pd.DataFrame, *, rows: Mapping[str, _Rows], file: str, val: float, seed: int
) -> Assignment:
    column = most_named(corpus, {name: [track for track, _ in those] for name, those in rows.items()})
    subsets = _by_key(rows[column], Path(file))
    return by_track(corpus, segments, _with_val(corpus, _found(corpus, subsets, Path(file)), val, seed))


def _folders(corpus: Corpus, segments: pd.DataFrame, *, val: float, seed: int) -> Assignment:
    subset_of = {track.id: track.subset for track in corpus.tracks if track.subset}
    if not subset_of:
        raise MusicGenreError(
            f"{corpus.root} has no folders train and test, with genre folders in each or in each genre folder (nor a "
            "column subset in data.labels): choose split=stratified, or give a list with split=lists split.file=CSV"
        )
    return by_track(corpus, segments, _with_val(corpus, subset_of, val, seed))


def _check_share(val: float) -> float:
    if not is_number(val) or not 0 <= val < 1:
        raise MusicGenreError(
            f"split.val is {val!r}: give the share of training tracks to validate on, from 0 to below 1"
        )
    return float(str(val)) if isinstance(val, np.generic) else val


def _read(path: Path) -> dict[str, _Rows]:
    """Return the rows by the column that may name the tracks: name and subset, "" for a track that is left out."""
    table = read_table(path, "the list of the split")
    columns = named(table, _COLUMNS)
    if len(columns) < 2:
        raise MusicGenreError(
            f"the list of the split {path} needs the columns track and subset; it has {shortened(list(table.columns))}"
        )
    require_one_number(table, columns["track"], f"the list of the split {path}")
    subsets = [
        _subset(text, name, path) for name, text in zip(table[columns["track"]], table[columns["subset"]], strict=True)
    ]
    return {name: [*zip(table[name], subsets, strict=True)] for name in may_name(table, columns["track"])}


def _subset(text: str, name: str, path: Path) -> str:
    subset = "" if is_left_out(text) else subset_named(text)
    if subset is None:
        raise MusicGenreError(f"{path} gives {name} the subset {text!r}: write train, val, test or nothing")
    return subset


def _by_key(rows: _Rows, path: Path) -> dict[str, str]:
    """Return the subset by list key."""
    subsets: dict[str, str] = {}
    for name, subset in rows:
        if subsets.setdefault(list_key(name), subset) != subset:
            raise MusicGenreError(
                f"{path} gives {name} two subsets, {subsets[list_key(name)]!r} and {subset!r}: keep one, or add "
                "the folders if they are two tracks"
            )
    return subsets


def _found(corpus: Corpus, subsets: Mapping[str, str], path: Path) -> dict[str, str]:
    found = look_up(corpus, subsets, f"the list of the split {path}")
    if not any(found.values()):
        raise MusicGenreError(
            f"the list of the split {path} names none of the {len(corpus.tracks)} tracks in {corpus.root}: it has "
            f"{next(iter(subsets))} where the corpus has {corpus.tracks[0].key}"
        )
    if missing := names_without_track(corpus, subsets):
        _log.warning(
            "%d of %d tracks on %s are not in %s: %s", len(missing), len(subsets), path, corpus.root, shortened(missing)
        )
    unnamed = [track.id for track in corpus.tracks if track.id not in found]
    if unnamed:
        _log.warning(
            "%s not on %s, and left out of the split: %s", counted(len(unnamed), "track"), path, shortened(unnamed)
        )
    return found


def _with_val(corpus: Corpus, subset_of: Mapping[str, str], share: float, seed: int) -> dict[str, str]:
    """Move a share of the training recordings to validation for each genre that has none there."""
    taken = dict(subset_of)
    if not share:
        return taken
    validated = {track.genre for track in corpus.tracks if subset_of.get(track.id) == "val"}
    trained = replace(corpus, tracks=tuple(track for track in corpus.tracks if subset_of.get(track.id) == "train"))
    for genre, groups in by_genre(trained).items():
        if genre in validated:
            continue
        order = np.random.default_rng([seed, crc32(genre.encode())]).permutation(len(groups))
        for place in order[: min(round(share * len(groups)) or 1, len(groups) - 1)]:
            taken |= {track.id: "val" for track in groups[place]}
    return taken
