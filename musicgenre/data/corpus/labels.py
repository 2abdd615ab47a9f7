"""A corpus whose genres stand in a table, over any tree of files."""

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from unicodedata import normalize

from musicgenre.data.corpus.artists import shortened
from musicgenre.data.corpus.layout import files_below, require_folder
from musicgenre.data.corpus.recordings import with_recordings
from musicgenre.data.corpus.scan import requested
from musicgenre.data.corpus.subsets import subset_of
from musicgenre.data.corpus.text_table import TRACK_COLUMNS, named, read_table
from musicgenre.data.corpus.tracks import SUFFIXES, Corpus, Kind, Track
from musicgenre.errors import MusicGenreError

_log = logging.getLogger(__name__)
_COLUMNS = {
    "path": ("path", *TRACK_COLUMNS),
    "genre": ("genre", "label", "class", "genretop", "tag", "category"),
    "artist": ("artist", "artistname", "artistgroup", "artistid", "performer"),
    "subset": ("subset", "split", "set", "partition"),
}
_LEVELS = 12  # folders below the root


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
            Paths may be absolute, use backslashes, and leave suffixes or folders out where that leaves one file.
        genres: The genres to take; None takes all.
        kind: Whether the files are "audio" or "picture".
        rename: Gives the genre of a label.

    Returns:
        The corpus; rows without a file or genre, and files without a row, are named in `Corpus.ignored`.

    Raises:
        MusicGenreError: The table lacks a column, names no file that is there, or a file twice with two genres.
    """
    root, path = Path(root).expanduser(), Path(table).expanduser()
    require_folder(root)
    rows = read_table(path, "the table of labels")
    columns = named(rows, _COLUMNS)
    if missing := [name for name in ("path", "genre") if name not in columns]:
        raise MusicGenreError(
            f"the table of labels {path} has no column {' and no column '.join(missing)}: it has "
            f"{shortened(list(rows.columns))}"
        )
    files = _Files(root, kind)
    tracks: dict[str, Track] = {}
    ignored: list[tuple[str, str]] = []
    for row in rows.to_dict("records"):
        name, genre = row[columns["path"]], rename(normalize("NFC", row[columns["genre"]]))
        file, reason = files.find(name) if genre else (None, "no genre in the table of labels")
        if file is None:
            ignored.append((name, reason))
            continue
        subset = subset_of(row[columns["subset"]]) if "subset" in columns else None
        artist = (row[columns["artist"]] or None) if "artist" in columns else None
        track = Track(files.id_of(file), genre, file, artist, subset=subset)
        if tracks.setdefault(track.id, track) != track:
            raise MusicGenreError(f"the table of labels {path} has {name} twice, and not alike: keep one row")
    if not tracks:
        first, where = ignored[0][0], files.example()
        raise MusicGenreError(
            f"the table of labels {path} names no file in {root}: it has {first} where the folder has {where}. Give "
            "the folder that its paths are relative to"
        )
    return _corpus(root, path, tracks, [*ignored, *files.without(tracks)], genres, kind)


def _corpus(
    root: Path,
    table: Path,
    tracks: dict[str, Track],
    ignored: list[tuple[str, str]],
    genres: Sequence[str] | None,
    kind: Kind,
) -> Corpus:
    there = sorted({track.genre for track in tracks.values()})
    chosen = there if genres is None else sorted(requested(genres, there, table))
    kept = sorted((track for track in tracks.values() if track.genre in chosen), key=lambda track: track.id)
    return with_recordings(Corpus(root, tuple(chosen), tuple(kept), kind, tuple(sorted(ignored))))


class _Files:
    """The files of a tree, to be found by what a table calls them."""

    def __init__(self, root: Path, kind: Kind) -> None:
        self.root, self.kind = root, kind
        self.paths = [path for path in files_below(root, _LEVELS) if path.suffix.lower() in SUFFIXES[kind]]
        self.by_name: defaultdict[str, list[Path]] = defaultdict(list)
        for path in self.paths:
            for name in {path.name, path.stem}:
                self.by_name[normalize("NFC", name).casefold()].append(path)

    def find(self, name: str) -> tuple[Path | None, str]:
        """Return the file that a table calls so, or None and the reason."""
        text = name.replace("\\", "/").removeprefix("./")
        exact = self.root / text  # an absolute path stands for itself
        if exact.is_file():
            return exact, ""
        parts = [normalize("NFC", part).casefold() for part in text.split("/") if part not in ("", ".", "..")]
        near = self.by_name.get(parts[-1], []) if parts else []
        while len(near) > 1 and len(parts) > 1:  # the folders that the table names decide among files of one name
            folders = [normalize("NFC", path.parent.as_posix()).casefold() for path in near]
            near = [path for path, folder in zip(near, folders, strict=True) if folder.endswith("/".join(parts[:-1]))]
            parts = parts[1:]
        if len(near) == 1:
            return near[0], ""
        return None, "in the table of labels, and not there" if not near else f"{len(near)} files are called so"

    def id_of(self, file: Path) -> str:
        """Return a track's id: its path below the root."""
        inside = file.is_relative_to(self.root)
        return normalize("NFC", (file.relative_to(self.root) if inside else file).as_posix())

    def without(self, tracks: dict[str, Track]) -> list[tuple[str, str]]:
        """Name the files that no row is about."""
        ids = [self.id_of(path) for path in self.paths]
        return [(track, "not in the table of labels") for track in ids if track not in tracks]

    def example(self) -> str:
        """Return what a file is called here."""
        return self.id_of(self.paths[0]) if self.paths else f"no {self.kind} file"
