"""Where tracks come from: each function lists a corpus, and a `data` config names it."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from unicodedata import normalize

from musicgenre.arguments import GENRES_ARGUMENT, Argument, is_path, require_arguments
from musicgenre.data.corpus.artists import (
    artists_by_layout,
    folder_artists,
    read_artists,
    require_genre_folders,
    shortened,
    with_artists,
)
from musicgenre.data.corpus.genres import are_numbers, lists_several, plain_genre, spelt_twice
from musicgenre.data.corpus.labels import labelled
from musicgenre.data.corpus.layout import listed
from musicgenre.data.corpus.scan import scan
from musicgenre.data.corpus.subsets import subset_of
from musicgenre.data.corpus.tracks import Corpus, Kind
from musicgenre.data.store.feature_table import scan_table
from musicgenre.errors import MusicGenreError
from musicgenre.files import expanded
from musicgenre.suggest import bare, did_you_mean, typed
from musicgenre.synthetic import GENRES, render_corpus, synthetic_root
from musicgenre.words import counted, is_genre_known

_log = logging.getLogger(__name__)

_PATHS = {
    "root": Argument(is_path, "the path of a folder, such as 'music'", optional=False),
    "table": Argument(is_path, "the path of a CSV file, such as 'features_30_sec.csv'", optional=False),
    "artists": Argument(is_path, "the path of a CSV file, such as 'artists.csv', 'folders' or 'none'"),
    "labels": Argument(is_path, "the path of a CSV file, such as 'labels.csv'"),
}


def synthetic(
    tracks_per_genre: int = 20,
    seconds: float = 30.0,
    corpus_seed: int = 0,
    genres: Sequence[str] | None = None,
) -> Corpus:
    """Open the corpus that musicgenre renders; what is missing is rendered into the cache folder.

    Args:
        tracks_per_genre: Number of tracks in each genre.
        seconds: Length of a track in s.
        corpus_seed: A different seed gives different artists and tracks.
        genres: Render and use only these.

    Raises:
        MusicGenreError: The settings are invalid, or the cache cannot be written to.
    """
    genres = _names(genres)
    root = synthetic_root(tracks_per_genre=tracks_per_genre, seconds=seconds, seed=corpus_seed)
    render_corpus(root, tracks_per_genre=tracks_per_genre, seconds=seconds, seed=corpus_seed, genres=genres or GENRES)
    corpus = scan(expanded(root), genres=genres)
    return with_artists(corpus, read_artists(root / "artists.csv"))


def folder(
    root: str | Path,
    genres: Sequence[str] | None = None,
    artists: str | Path | None = None,
    labels: str | Path | None = None,
    aliases: Mapping[str, str] | None = None,
) -> Corpus:
    """Open any folder of genre folders of audio, or any tree of audio with a table of labels.

    Args:
        root: The folder that holds the genre folders (or train/ and test/ with genre folders in each).
        genres: Restrict to these.
        artists: A table with the columns track and artist, or Sturm's index; "folders" takes the folders below the
            genre folders as artists (automatic for GENRE/ARTIST/ALBUM/FILE without labels; with labels, only if the top
            folders are the genres); "none" for no artists.
        labels: A table with the columns path and genre, and optionally artist and subset.
        aliases: Genre by its name in the folders or labels: `{"Hip-Hop": "hiphop"}`.

    Raises:
        MusicGenreError: The folder does not have that layout, or a table does not fit.
    """
    return _listed(root, genres, artists, labels, aliases, "audio")


def gtzan(
    root: str | Path,
    genres: Sequence[str] | None = None,
    artists: str | Path | None = None,
    aliases: Mapping[str, str] | None = None,
) -> Corpus:
    """Open GTZAN, a folder of its ten genres, however these are spelt. Arguments as for `folder`.

    Raises:
        MusicGenreError: As for `folder`, and if a genre of GTZAN is missing or there is another one.
    """
    genres = _names(genres)
    by_plain = {plain_genre(genre): genre for genre in GENRES}
    taken: dict[str, str] = {}

    def own(name: str) -> str:
        genre = by_plain.get(plain_genre(name), name)
        if genre != name:
            taken[name] = genre
        return genre

    wanted = [own(_by_name(aliases).get(genre, genre)) for genre in genres] if genres else None
    corpus = _listed(root, wanted, artists, None, aliases, "audio", own)
    if taken:
        _log.warning("%s: taken as GTZAN's genres: %s", corpus.root, ", ".join(f"{a} as {b}" for a, b in taken.items()))
    found = set(corpus.genres)
    if missing := sorted(set(found if genres else GENRES) - found):
        raise MusicGenreError(
            f"{corpus.root} lacks GTZAN's {', '.join(missing)}: it holds {', '.join(corpus.genres)}. "
            "Name the genres you have with data.genres=[...], or use data=folder for another collection."
        )
    if extra := sorted(found - set(GENRES)):
        raise MusicGenreError(
            f"{corpus.root} holds {', '.join(extra)}, not among GTZAN's genres: use data=folder for it."
        )
    return corpus


def mel_images(
    root: str | Path,
    genres: Sequence[str] | None = None,
    artists: str | Path | None = None,
    labels: str | Path | None = None,
    aliases: Mapping[str, str] | None = None,
) -> Corpus:
    """Open a folder of genre folders of pictures, one per track. Arguments and errors as for `folder`."""
    return _listed(root, genres, artists, labels, aliases, "picture")


def features_table(
    table: str | Path,
    genres: Sequence[str] | None = None,
    artists: str | Path | None = None,
) -> Corpus:
    """Open a table of hand-made features in Kaggle's format.

    Args:
        table: The CSV file, with one row per track or (the 3 s table) ten.
        genres: Restrict to these.
        artists: A table with the columns track and artist, or Sturm's index.

    Raises:
        MusicGenreError: The table cannot be used, or lacks one of `genres`.
    """
    require_arguments({"table": table, "artists": artists}, _PATHS)
    genres = _names(genres)
    corpus = scan_table(expanded(table))
    if missing := sorted(set(genres or ()) - set(corpus.genres)):
        raise MusicGenreError(f"{table} has no genre {', '.join(missing)}; it has {', '.join(corpus.genres)}.")
    chosen = tuple(genre for genre in corpus.genres if genres is None or genre in genres)
    tracks = tuple(track for track in corpus.tracks if track.genre in chosen)
    corpus = replace(corpus, genres=chosen, tracks=tracks)
    _warn_of_spellings(corpus, lambda names: f"write {names[-1]} in place of {names[0]} in the table")
    return _with_table(corpus, artists)


def _listed(
    root: str | Path,
    genres: Sequence[str] | None,
    artists: str | Path | None,
    labels: str | Path | None,
    aliases: Mapping[str, str] | None,
    kind: Kind,
    own: Callable[[str], str] = str,
) -> Corpus:
    require_arguments({"root": root, "artists": artists, "labels": labels}, _PATHS)
    genres = _names(genres)
    by_name = _by_name(aliases)
    met: set[str] = set()

    def rename(name: str) -> str:
        met.add(name)
        return own(by_name.get(name, name))

    if labels is None:
        corpus = scan(expanded(root), genres=genres, kind=kind, rename=rename)
    else:
        corpus = labelled(root, labels, genres=genres, kind=kind, rename=rename)
    _warn_of_names(corpus, [name for name in by_name if name not in met], met, with_labels=labels is not None)
    if labels is not None and artists is None:
        return corpus  # its first folders are not genres
    if labels is not None and str(artists) == "folders":
        require_genre_folders(corpus, rename)
    return _with_table(corpus, artists)


def _names(genres: Sequence[str] | None) -> tuple[str, ...] | None:
    """Return names of genres, such as an array of them, as strings."""
    require_arguments({"genres": genres}, GENRES_ARGUMENT)
    return None if genres is None else tuple(map(str, genres))


def _by_name(aliases: Mapping[str, str] | None) -> dict[str, str]:
    return {normalize("NFC", str(name)): normalize("NFC", str(genre)) for name, genre in (aliases or {}).items()}


def _warn_of_names(corpus: Corpus, unused: Sequence[str], met: set[str], *, with_labels: bool) -> None:
    """Warn of aliases that rename nothing, of genres spelt in two ways, and of those named like other folders."""
    for name in unused:
        hint = did_you_mean(name, sorted(met - {""}))
        _log.warning("%s has nothing called %s, which data.aliases renames.%s", corpus.root, name, hint)
    _warn_of_spellings(corpus, _as_aliases)
    if not with_labels:
        _warn_of_folders(corpus)


def _warn_of_folders(corpus: Corpus) -> None:
    """Warn of genres called as folders of no genre are, and of folders called train and test that are no subsets."""
    if are_numbers(corpus.genres):
        _log.warning(
            "%s: numbers (%s) are taken as the genres, as its folders are called so. If they are none, name the genres "
            "in a table, data.labels=CSV, with the columns path (or track_id) and genre.",
            corpus.root,
            shortened([*corpus.genres], 3),
        )
    if unknown := [genre for genre in corpus.genres if not is_genre_known(genre)]:
        _log.warning(
            "%s has genres called %s, as its folders are: if the tracks there have no known genre, move them "
            "elsewhere, or name the other genres with data.genres=[...].",
            *(corpus.root, listed(unknown)),
        )
    if called_so := [genre for genre in corpus.genres if subset_of(genre) in ("train", "test")]:
        _log.warning(
            "%s has genres called %s: folders are taken as subsets only if they hold genre folders, are called train, "
            "test and perhaps val, and have nothing else beside them.",
            corpus.root,
            listed(called_so),
        )
    below = [subset_of(folder) for track in corpus.tracks for folder in track.folders[1:2]]
    if {"train", "test"} <= {*below} and not any(track.subset for track in corpus.tracks):
        _log.warning(
            "%s: %d of %d tracks are in folders called train, test and the like in their genre's: these are taken as "
            "subsets only if every track is in one. Move the others there, or give the split with split=lists "
            "split.file=CSV.",
            *(corpus.root, len(below) - below.count(None), len(corpus.tracks)),
        )


def _as_aliases(names: Sequence[str]) -> str:
    """Say how to join the spellings of one genre: names that the command line cannot take as keys are kept."""
    kept = [name for name in names if not bare(name)] or names[-1:]
    if len(kept) > 1:
        return f"rename them, {kept[0]} as {kept[-1]}"
    return f"say so with {typed('data.aliases', {name: kept[0] for name in names if name != kept[0]})}"


def _warn_of_spellings(corpus: Corpus, advice: Callable[[Sequence[str]], str]) -> None:
    """Warn of lists of genres that are taken as a genre, and of genres spelt in two ways."""
    lists = [genre for genre in corpus.genres if lists_several(genre, corpus.genres)]
    if lists:
        number = sum(track.genre in lists for track in corpus.tracks)
        _log.warning(
            "%s: %s a list of genres, such as %s. A track has one genre here, so each list counts as a genre of its "
            "own: write one genre for each track.",
            *(corpus.root, f"{counted(number, 'track')} {'has' if number == 1 else 'have'}", lists[0]),
        )
    for names in spelt_twice(corpus.genres):
        _log.warning(
            "%s has %s as %d genres: if they are one, %s.",
            corpus.root,
            " and ".join(names),
            len(names),
            advice(names),
        )


def _with_table(corpus: Corpus, artists: str | Path | None) -> Corpus:
    if artists is not None and str(artists) == "none":
        return corpus
    if artists is not None and str(artists) != "folders":
        return with_artists(corpus, read_artists(artists, corpus))
    if artists is not None:
        return folder_artists(corpus)
    return artists_by_layout(corpus)
