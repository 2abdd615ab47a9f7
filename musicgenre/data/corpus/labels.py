"""A corpus whose genres are in a table, over any tree of files."""

import os
import posixpath
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING
from unicodedata import normalize

from musicgenre.data.corpus.artists import shortened
from musicgenre.data.corpus.genres import one_label
from musicgenre.data.corpus.label_columns import label_columns, span_columns
from musicgenre.data.corpus.layout import require_folder
from musicgenre.data.corpus.listing import files_below
from musicgenre.data.corpus.name_list import file_number, id_number, require_clear_number
from musicgenre.data.corpus.recordings import with_recordings
from musicgenre.data.corpus.scan import passed_over, requested
from musicgenre.data.corpus.subsets import is_left_out, subset_of
from musicgenre.data.corpus.text_table import may_name, read_table
from musicgenre.data.corpus.tracks import SUFFIXES, Corpus, Kind, Track
from musicgenre.errors import MusicGenreError
from musicgenre.files import expanded
from musicgenre.words import is_genre_known, known_artist

if TYPE_CHECKING:
    import pandas as pd

_NO_GENRE = "no genre in the table of labels"


def labelled(
    root: str | Path,
    table: str | Path,
    *,
    genres: Sequence[str] | None = None,
    kind: Kind = "audio",
    rename: Callable[[str], str] = str,
) -> Corpus:
    """List the tracks that a table names, with their genres.

    Args:
        root: The folder that the table's paths are relative to.
        table: CSV, TSV and the like with the columns path and genre, and perhaps artist and subset (train, val, test).
            Paths may be absolute, use backslashes, and omit suffixes or folders if only one file matches; a number
            means the file of that number (2 for 000/000002.mp3).
        genres: The genres to use; None for all.
        kind: Whether the files are "audio" or "picture".
        rename: Maps a label to its genre.

    Returns:
        The corpus; rows without a file or genre, files without a row, and folders of results are named in
        `Corpus.ignored`.

    Raises:
        MusicGenreError: The table lacks a column, names no existing file, has a file twice with different values,
            names several files by one name, or has an unknown subset.
    """
    root, path = expanded(root), expanded(table)
    require_folder(root)
    rows = read_table(path, "the table of labels")
    columns = label_columns(rows, path)
    files = _Files(root, kind)
    columns["path"] = _path_column(rows, columns["path"], files)
    tracks, unclear, ignored = _tracks(rows, columns, files, path, rename)
    if not tracks and not unclear:
        raise MusicGenreError(_explain_none(ignored, columns, files, path))
    taken = _chosen({*unclear, *(track.genre for track in tracks.values())}, genres, path)
    if unclear_taken := [unclear[genre] for genre in taken if genre in unclear]:
        raise MusicGenreError(unclear_taken[0])
    ignored += files.without({*tracks, *(name for name, _ in ignored)})
    ignored += passed_over(root, files.passed(tracks), kind)
    return _corpus(root, path, tracks, ignored, genres, kind)


def _path_column(rows: "pd.DataFrame", chosen: str, files: "_Files") -> str:
    """Return the column that names the files: of those that may, that of which more do."""
    columns = may_name(rows, chosen)
    return max(columns, key=lambda column: files.count({*rows[column]})) if len(columns) > 1 else chosen


def _tracks(
    rows: "pd.DataFrame", columns: Mapping[str, str], files: "_Files", path: Path, rename: Callable[[str], str]
) -> tuple[dict[str, Track], dict[str, str], list[tuple[str, str]]]:
    """Return tracks by id; errors of ambiguous rows, by genre; and the rows that give no track, with the reason."""
    tracks: dict[str, Track] = {}
    unclear: dict[str, str] = {}
    ignored: list[tuple[str, str]] = []
    lines: dict[str, int] = {}  # the first of each track
    spans = span_columns(rows)
    for line, row in zip(rows.index, rows.to_dict("records"), strict=True):
        name, label = row[columns["path"]], one_label(normalize("NFC", row[columns["genre"]]))
        genre = rename(label)
        if not genre or (genre == label and not is_genre_known(label)):  # an alias may make a genre of it
            said = f" ({label})" if label else ""
            ignored.append((files.only(name), f"{_NO_GENRE}{said}"))
            continue
        found = _found(files, name, path, line)
        if len(found) != 1:
            how = "with several files of that name" if found else "but not found"
            ignored.append((name, f"in the table of labels, {how}"))
            if found:
                unclear.setdefault(genre, _several(files, name, found, path, line))
            continue
        file = found[0]
        subset = _subset(row[columns["subset"]], name, path) if "subset" in columns else None
        artists = [known_artist(row[columns[whose]]) for whose in ("artist", "album") if whose in columns]
        artist = next(filter(None, artists), None)
        track = Track(files.id_of(file), genre, file, artist, subset=subset)
        lines.setdefault(track.id, line)
        if tracks.setdefault(track.id, track) != track:
            apart = any(row[column] != rows.at[lines[track.id], column] for column in spans)
            why = f": {' and '.join(spans)} are not read, so cut its parts into files" if apart else ": keep one row"
            raise MusicGenreError(f"the table of labels {path} has {name} twice, with different values{why}")
    return tracks, unclear, [each for each in dict.fromkeys(ignored) if each[0] not in tracks]


def _explain_none(ignored: Sequence[tuple[str, str]], columns: Mapping[str, str], files: "_Files", table: Path) -> str:
    """Explain why no row gives a track."""
    missing = [name for name, reason in ignored if not reason.startswith(_NO_GENRE)]
    if not missing:
        return f"the table of labels {table} has no genre in any row: fill in its column {columns['genre']}"
    other = " with a genre" if len(missing) < len(ignored) else ""
    return (
        f"the table of labels {table} names no file in {files.root}{other}: it has {missing[0]} where the folder has "
        f"{files.example()}. Give the folder that its paths are relative to"
    )


def _found(files: "_Files", name: str, table: Path, line: int) -> list[Path]:
    try:
        found = files.find(name)
    except OSError as error:  # a name too long for any system, or a folder without permission
        shown = name if len(name) < 60 else f"{name[:60]}..."
        raise MusicGenreError(
            f"the table of labels {table} has in line {line} the path {shown}, which cannot be opened "
            f"({error.strerror}): correct it"
        ) from error
    if not found:
        require_clear_number(name, f"the table of labels {table}, line {line},")
    return found


def _several(files: "_Files", name: str, found: Sequence[Path], table: Path, line: int) -> str:
    ids = shortened([files.id_of(file) for file in found], 3)
    return (
        f"the table of labels {table} has {name} in line {line}, but {len(found)} files match it ({ids}): "
        "write it with its folders and suffix"
    )


def _chosen(there: Iterable[str], genres: Sequence[str] | None, table: Path) -> list[str]:
    return sorted(there) if genres is None else sorted(requested(genres, sorted(there), table))


def _subset(text: str, name: str, table: Path) -> str | None:
    subset = subset_of(text)
    if subset is None and not is_left_out(text):
        raise MusicGenreError(
            f"the table of labels {table} gives {name} the subset {text!r}: write train, val, test or nothing, or "
            "rename the column if it means something else"
        )
    return subset


def _corpus(
    root: Path,
    table: Path,
    tracks: dict[str, Track],
    ignored: list[tuple[str, str]],
    genres: Sequence[str] | None,
    kind: Kind,
) -> Corpus:
    chosen = _chosen({track.genre for track in tracks.values()}, genres, table)
    kept = sorted((track for track in tracks.values() if track.genre in chosen), key=lambda track: track.id)
    return with_recordings(Corpus(root, tuple(chosen), tuple(kept), kind, tuple(sorted(ignored))))


_Places = defaultdict[str, list[tuple[Path, list[str]]]]  # files with the folders of each


class _Files:
    """The files of a tree, found by their names in a table."""

    def __init__(self, root: Path, kind: Kind) -> None:
        self.root, self.kind = root, kind
        self._passed: list[Path] = []
        self.paths = [path for path in files_below(root, passed=self._passed) if path.suffix.lower() in SUFFIXES[kind]]
        self.by_name: _Places = defaultdict(list)
        self.by_number: _Places = defaultdict(list)
        for path in self.paths:
            place = path, _plain_parts(path.relative_to(root).parent.as_posix())
            for name in {path.name, path.stem}:
                self.by_name[_plain(name)].append(place)
            if number := file_number(path.stem):
                self.by_number[number].append(place)

    def find(self, name: str) -> list[Path]:
        """Return the files that a name in a table may mean: none, one, or several if it omits their folders.

        If the table and the tree have different numbers of folders above a file, those that both have must agree.
        """
        text = posixpath.normpath(name.replace("\\", "/"))
        exact = Path(os.path.normpath(self.root.absolute() / text))  # an absolute path stays as it is
        if exact.is_file():
            return [self._below_root(exact)]
        *folders, last = _plain_parts(text) or [""]
        if found := self._near(folders, last):
            return found
        stem, dot, suffix = last.rpartition(".")
        found = self._near(folders, stem) if dot + suffix in SUFFIXES[self.kind] else []  # in another format
        if found:
            return found if len(found) == 1 else []
        bare = stem if dot + suffix in SUFFIXES[self.kind] else last
        number = id_number(bare)  # 2 or 2.0 for 000002.mp3
        found = self._near(folders, number, self.by_number) if number else []
        return found or self._near(folders, f"{bare}.low")  # as MTG-Jamendo calls its smaller files

    def _near(self, folders: list[str], last: str, places: "_Places | None" = None) -> list[Path]:
        near = [(path, own) for path, own in (places or self.by_name).get(last, []) if _end_alike(own, folders)]
        most = max((len(own) for _, own in near), default=0)
        return [path for path, own in near if len(own) >= min(most, len(folders))]

    def count(self, names: Collection[str]) -> int:
        """Count the names that mean one file."""
        ids = {self.id_of(path) for path in self.paths}
        return sum(self.only(name) in ids for name in names)

    def only(self, name: str) -> str:
        """Return the id of the only file that a name may mean; the name itself if there is none, or several."""
        try:
            found = self.find(name)
        except OSError:  # no name of a file
            return name
        return self.id_of(found[0]) if len(found) == 1 else name

    def _below_root(self, file: Path) -> Path:
        """Return a file's path by way of the root if it lies there, however it was written."""
        for whole in (os.path.abspath, os.path.realpath):
            inside, top = Path(whole(file)), whole(self.root)
            if inside.is_relative_to(top):
                return self.root / inside.relative_to(top)
        return file

    def id_of(self, file: Path) -> str:
        """Return a track's id: its path below the root."""
        inside = file.is_relative_to(self.root)
        return normalize("NFC", (file.relative_to(self.root) if inside else file).as_posix())

    def without(self, named: Collection[str]) -> list[tuple[str, str]]:
        """List the files without a row."""
        ids = [self.id_of(path) for path in self.paths]
        return [(track, "not in the table of labels") for track in ids if track not in named]

    def passed(self, tracks: dict[str, Track]) -> list[Path]:
        """Return the hidden names and the folders of results without a row."""
        named = {name for track in tracks for name in accumulate(track.split("/"), "{}/{}".format)}
        return [path for path in self._passed if self.id_of(path) not in named]

    def example(self) -> str:
        """Return an example of a file's name."""
        return self.id_of(self.paths[0]) if self.paths else f"no {self.kind} file"


def _plain(name: str) -> str:
    return normalize("NFC", name).casefold()


def _plain_parts(path: str) -> list[str]:
    return [_plain(part) for part in path.split("/") if part not in ("", ".", "..")]


def _end_alike(one: list[str], other: list[str]) -> bool:
    """Return whether the shorter of two lists of folders is the end of the longer."""
    shared = min(len(one), len(other))
    return one[len(one) - shared :] == other[len(other) - shared :]
