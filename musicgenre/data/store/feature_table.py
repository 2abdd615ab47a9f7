"""Kaggle's tables of hand-made features, as a corpus with ready-made features.

filename             length  chroma_stft_mean ...  mfcc20_var   label
blues.00000.wav      661794  0.350 ...                          blues      30 s: one row per track
blues.00000.0.wav     66149  0.335 ...                          blues      3 s: ten rows per track
jazz/Ann/Rain.mp3.0   66150  0.351 ...                          jazz       of jazz/Ann/Rain.mp3, written here
"""

import logging
import posixpath
import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd

from musicgenre.data.audio.decode import AUDIO_SUFFIXES
from musicgenre.data.audio.facts import Facts
from musicgenre.data.corpus.artists import shortened
from musicgenre.data.corpus.genres import plain_genre
from musicgenre.data.corpus.layout import listed
from musicgenre.data.corpus.recordings import with_recordings
from musicgenre.data.corpus.subsets import subset_of
from musicgenre.data.corpus.text_table import LABEL_COLUMNS, named, plain_name, plain_numbers, read_table
from musicgenre.data.corpus.tracks import Corpus, Track, is_gtzan_name, named_genre, track_key
from musicgenre.data.heard import file_row, files_table
from musicgenre.data.store.feature_store import FeatureStore
from musicgenre.data.store.fingerprint import hash_file, hash_values
from musicgenre.errors import MusicGenreError
from musicgenre.features.hand_made import COLUMNS
from musicgenre.files import unreadable_reason
from musicgenre.words import is_genre_known

_log = logging.getLogger(__name__)

_PART = re.compile(
    r"(?P<track>.+\.\d{5})\.(?P<part>\d{1,4})(?P<suffix>(?:\.\w+)?)"
)  # the 3 s table's blues.00000.7.wav
_SEGMENT = re.compile(
    rf"(?P<track>.+)(?P<suffix>{'|'.join(map(re.escape, AUDIO_SUFFIXES))})\.(?P<part>\d{{1,6}})", re.IGNORECASE
)  # of any other track: Rain.mp3.7
_DRIVE = re.compile(r"\A[A-Za-z]:/")
_NAMES = {
    "filename": ("file", "path", "track", "filepath", "name"),
    "label": LABEL_COLUMNS,
}  # accepted names
_INDEX = ("unnamed0", "index", "column1")  # index columns that programs add
TABLE_RATE = 22050  # Hz, GTZAN's: the tables give lengths in samples
_SHORTEST = 1025  # samples that the features can be computed from


def table_store(corpus: Corpus) -> FeatureStore:
    """Open the features in a corpus' table, each `(1, 58, 1)`, in the order of `COLUMNS`.

    Raises:
        MusicGenreError: The table cannot be used.
    """
    place = corpus.tracks[0].path  # of the table
    table = read_feature_table(place)
    table = table[table.genre.isin(corpus.genres)]
    kept = table.track.isin([track.id for track in corpus.tracks])  # all, unless the corpus was reduced
    table = table[kept].reset_index(drop=True)
    features = table[list(COLUMNS)].to_numpy(np.float32, copy=True)[:, None, :, None]  # (N, 1, 58, 1)
    segments = table[["track", "genre", "start", "seconds"]].copy()
    segments.insert(2, "label", [corpus.genres.index(genre) for genre in segments.genre])
    key = hash_values(hash_file(place), corpus.genres, *([] if kept.all() else [table.track.unique().tolist()]))
    skipped = pd.DataFrame({"track": [], "reason": []}, dtype=str)
    counts = segments.track.value_counts(sort=False)
    rows = [file_row(str(track), Facts("table"), int(count), "") for track, count in counts.items()]
    return FeatureStore(key, features, segments, skipped, False, files_table(rows))


def kaggle_table(store: FeatureStore) -> pd.DataFrame:
    """Lay out a store of hand-made features as a table in Kaggle's format: filename, the 58 features, label.

    If a track has several segments, their names have numbers, as in the 3 s table (blues.00000.7.wav), or after any
    other name (Rain.mp3.7). Names other than GTZAN's include the folders, so that reading the table gives the same
    tracks and recordings.
    """
    features = pd.DataFrame(np.asarray(store.features)[:, 0, :, 0], columns=list(COLUMNS))  # (N, 58)
    files = list(map(_file_name, store.segments.track, store.segments.genre))
    places = store.segments.groupby("track", sort=False).cumcount()
    several = store.segments.track.duplicated(keep=False)
    names = [_numbered(file, place) if part else file for file, place, part in zip(files, places, several, strict=True)]
    features.insert(0, "filename", names)
    return features.assign(label=store.segments.genre.to_numpy())


def _file_name(track: str, genre: str) -> str:
    """Return a track's id; of GTZAN's tracks the name alone, as in Kaggle's tables."""
    name = PurePosixPath(track).name
    return name if is_gtzan_name(track_key(name), genre) and track == f"{genre}/{name}" else track


def _numbered(file: str, place: int) -> str:
    """Return the name of a track's segment, in a form that is read back as the same track."""
    path = PurePosixPath(file)
    name = f"{file.removesuffix(path.suffix)}.{place}{path.suffix}"
    return name if _track_and_part(name) == (file, place) else f"{file}.{place}"


def _track_and_part(name: str) -> tuple[str, int]:
    found = _PART.fullmatch(name) or _SEGMENT.fullmatch(name)
    return (found["track"] + found["suffix"], int(found["part"])) if found else (name, 0)


def scan_table(path: Path) -> Corpus:
    """List the tracks of a table.

    Raises:
        MusicGenreError: The table cannot be used.
    """
    table = read_feature_table(path).drop_duplicates("track")
    named = zip(table.track, table.genre, strict=True)
    tracks = tuple(
        Track(str(track), str(genre), path, subset=_subset_of(str(track), str(genre))) for track, genre in named
    )
    return with_recordings(Corpus(root=path, genres=tuple(sorted(set(table.genre))), tracks=tracks, kind="table"))


def _track_id(file: str, genre: str) -> str:
    """Return a track's id: as among files, the genre comes first, or below a subset's folder (train/jazz/1.wav).

    A folder below the genre's is no subset's: rock/Train/1.wav is by Train.
    """
    *folders, name = file.split("/")
    place = _genre_place(folders, genre)
    subset = folders[:1] if place and subset_of("".join(folders[:1])) else []
    return "/".join([*subset, genre, *folders[len(subset) : place], *folders[place + 1 :], name])


def _genre_place(folders: Sequence[str], genre: str) -> int:
    """Return the place of the first folder that only repeats the genre; their number if there is none."""
    return [*map(plain_genre, folders), plain_genre(genre)].index(plain_genre(genre))


def _track_ids(files: Sequence[str], genres: Sequence[str]) -> list[str]:
    """Return ids; where two would be one, an artist's folder that is called like the genre stays: Ann/Rock/1.wav."""
    ids = list(map(_track_id, files, genres))
    named = defaultdict(set)
    for track, file in zip(ids, files, strict=True):
        named[track].add(file)
    return [
        f"{genre}/{file}" if len(named[track]) > 1 and track.startswith(f"{genre}/{file.partition('/')[0]}/") else track
        for track, file, genre in zip(ids, files, genres, strict=True)
    ]


def _subset_of(track: str, genre: str) -> str | None:
    first = track.partition("/")[0]
    return None if first == genre else subset_of(first)


def read_feature_table(path: Path) -> pd.DataFrame:
    """Read a table of hand-made features, whatever the order of its columns and rows.

    Returns:
        One row per segment, sorted by track and start: track (`GENRE/FILE` of the whole track), genre, start (s),
        seconds, then the 58 features in the order of `COLUMNS`.

    Raises:
        MusicGenreError: It is not such a table, lacks a column or a value, names a file twice, or gives a track a
            genre that contradicts its name.
    """
    raw = _read(path)
    names, genres = _text(raw, "filename", path), _text(raw, "label", path)
    features = _numbers(raw, names, path)
    wholes, parts = zip(*map(_track_and_part, _relative(names, genres)), strict=True)
    _require_named_genres(wholes, genres, path)
    table = pd.DataFrame({"track": _track_ids(wholes, genres)})
    _require_unique(table.assign(part=parts, name=names), path)
    _require_samples(features["length"], names, path)
    table["genre"] = genres
    table["seconds"] = features["length"].to_numpy() / TABLE_RATE
    table.insert(2, "start", np.array(parts) * table.groupby("track")["seconds"].transform("median"))
    return pd.concat([table, features], axis=1).sort_values(["track", "start"]).reset_index(drop=True)


def _relative(names: list[str], genres: list[str]) -> list[str]:
    """Return paths relative to their common folder, which is not an artist; a genre's and a subset's folders stay.

    Relative paths without the genres' folders are so already (`audio/1.wav` of `rock/audio/1.wav`).
    """
    paths = [posixpath.normpath(_DRIVE.sub("/", name)) for name in names]
    parts = [[part for part in path.split("/") if part] for path in paths]
    levels = zip(*(folders for *folders, _ in parts), strict=False)
    shared = [level[0] for level in takewhile(lambda level: len({*level}) == 1, levels)]
    places = [_genre_place(folders, genre) for (*folders, _), genre in zip(parts, genres, strict=True)]
    plain = any(place == len(each) - 1 for place, each in zip(places, parts, strict=True))
    whole = not all(path.startswith("/") for path in paths) and (plain or subset_of("".join(shared[:1])))
    return ["/".join(each[0 if whole else min(len(shared), max(places)) :]) for each in parts]


def _read(path: Path) -> pd.DataFrame:
    """Read the table as text, with Kaggle's column names."""
    if reason := unreadable_reason(path):
        raise MusicGenreError(f"The feature table {path} cannot be read ({reason}): give data.table=CSV.")
    table = read_table(path, "the feature table")
    wanted = (*_NAMES, *COLUMNS)
    found = named(table, {name: (plain_name(name), *_NAMES.get(name, ())) for name in wanted})
    if missing := [name for name in ("filename", *COLUMNS, "label") if name not in found]:
        raise MusicGenreError(
            f"The feature table {path} lacks the column{'s' * (len(missing) > 1)} {shortened(missing)}: it needs "
            "filename, label, and the 58 features of Kaggle's features_30_sec.csv, by these names, in any order."
        )
    others = [str(name) for name in table.columns if name not in found.values() and plain_name(str(name)) not in _INDEX]
    if others:
        _log.warning(
            "%s: columns %s are left out: they are not among the 58 features that can be computed from audio.",
            path,
            shortened(others),
        )
    return table.rename(columns={column: name for name, column in found.items()})


def _text(table: pd.DataFrame, column: str, path: Path) -> list[str]:
    values = [str(value).replace("\\", "/") for value in table[column]]
    for place, value in enumerate(values):
        if not _DRIVE.sub("", value).strip("./") or (column == "label" and not is_genre_known(value)):
            found = f"{value} as the {column}" if value else f"no {column}"
            raise MusicGenreError(
                f"The feature table {path} has {found} in line {table.index[place]}: fill it in or remove the line."
            )
    return values


def _require_unique(rows: pd.DataFrame, path: Path) -> None:
    twice = rows[rows.duplicated(["track", "part"], keep=False)]
    if len(twice):
        raise MusicGenreError(
            f"The feature table {path} has {shortened(sorted(set(twice.track)))} more than once, as "
            f"{shortened(sorted(set(twice.name)))}. A split could train on the one and test on the other: keep one row "
            "of each."
        )


def _numbers(table: pd.DataFrame, names: list[str], path: Path) -> pd.DataFrame:
    numbers = plain_numbers(table[list(COLUMNS)].reset_index(drop=True))
    with np.errstate(over="ignore"):
        broken = ~np.isfinite(numbers.to_numpy(np.float32))  # as features are stored
    if broken.any():
        row, column = np.argwhere(broken)[0]
        found = table[COLUMNS[column]].iloc[row]
        raise MusicGenreError(
            f"The feature table {path} holds {broken.sum()} value{'s' * bool(broken.sum() > 1)} other than finite "
            f"numbers, the first in {COLUMNS[column]} of {names[row]} ({found or 'nothing'}): correct it or remove the "
            "row."
        )
    return numbers


def _require_samples(lengths: pd.Series, names: list[str], path: Path) -> None:
    """Raise an error if lengths are in s, or in samples with a point as thousands separator."""
    wrong = (lengths < _SHORTEST).to_numpy()
    if wrong.any():
        row = int(wrong.argmax())
        raise MusicGenreError(
            f"The feature table {path} gives {names[row]} a length of {lengths.iloc[row]:g}: lengths are in samples at "
            f"{TABLE_RATE} Hz, such as 661500 for 30 s, and at least {_SHORTEST}; correct the column."
        )


def _require_named_genres(files: Sequence[str], genres: list[str], path: Path) -> None:
    """Raise an error if a name such as blues.00000.wav has another genre as its label."""
    known = set(genres)
    for file, genre in dict.fromkeys(zip(files, genres, strict=True)):
        key = track_key(file)
        if is_gtzan_name(key, *known) and named_genre(key) != plain_genre(genre):
            raise MusicGenreError(
                f"The feature table {path} labels {file} {genre!r}, which its name contradicts. Genres in the table: "
                f"{listed(sorted(set(genres)))}. Correct the label."
            )
