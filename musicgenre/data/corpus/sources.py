"""Where tracks come from: each function lists a corpus, and one `data` config names it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from musicgenre.data.corpus.artists import read_artists, with_artists
from musicgenre.data.corpus.scan import scan
from musicgenre.data.corpus.tracks import Corpus
from musicgenre.data.store.feature_table import scan_table
from musicgenre.errors import MusicGenreError
from musicgenre.synthetic import GENRES, render_corpus, synthetic_root


def synthetic(
    tracks_per_genre: int = 20,
    seconds: float = 30.0,
    corpus_seed: int = 0,
    genres: Sequence[str] | None = None,
) -> Corpus:
    """Open the corpus that musicgenre renders, rendered into the cache folder as far as it is not there.

    Args:
        tracks_per_genre: Number of tracks in each genre.
        seconds: Length of a track in s.
        corpus_seed: Another seed gives other artists and tracks.
        genres: Render and take only these.

    Raises:
        MusicGenreError: The settings are impossible, or the cache cannot be written to.
    """
    root = synthetic_root(tracks_per_genre=tracks_per_genre, seconds=seconds, seed=corpus_seed)
    render_corpus(root, tracks_per_genre=tracks_per_genre, seconds=seconds, seed=corpus_seed, genres=genres or GENRES)
    corpus = scan(root, genres=genres)
    return with_artists(corpus, read_artists(root / "artists.csv"))


def folder(root: str | Path, genres: Sequence[str] | None = None, artists: str | Path | None = None) -> Corpus:
    """Open any folder of genre folders of audio files.

    Args:
        root: The folder that holds the genre folders.
        genres: Restrict to these.
        artists: Table of artists, see `read_artists`.

    Raises:
        MusicGenreError: The folder is not of that shape, or the table does not fit.
    """
    return _with_table(scan(Path(root).expanduser(), genres=genres), artists)


def gtzan(root: str | Path, genres: Sequence[str] | None = None, artists: str | Path | None = None) -> Corpus:
    """Open GTZAN, a folder of its ten genres. Arguments as for `folder`.

    Raises:
        MusicGenreError: As `folder`, and when a genre of GTZAN is missing or another stands among them.
    """
    corpus = folder(root, genres, artists)
    found, wanted = set(corpus.genres), set(genres or GENRES)
    if missing := sorted(wanted - found):
        raise MusicGenreError(
            f"{corpus.root} lacks GTZAN's {', '.join(missing)}: it holds {', '.join(corpus.genres)}. "
            "Name the genres you have with data.genres=[...], or use data=folder for another collection."
        )
    if extra := sorted(found - set(GENRES)):
        raise MusicGenreError(
            f"{corpus.root} holds {', '.join(extra)}, which GTZAN does not know: use data=folder for it."
        )
    return corpus


def mel_images(root: str | Path, genres: Sequence[str] | None = None, artists: str | Path | None = None) -> Corpus:
    """Open a folder of genre folders of pictures, one a track. Arguments and errors as for `folder`."""
    return _with_table(scan(Path(root).expanduser(), genres=genres, kind="picture"), artists)


def features_table(table: str | Path, genres: Sequence[str] | None = None, artists: str | Path | None = None) -> Corpus:
    """Open a table of hand-made features in Kaggle's format.

    Args:
        table: The CSV, one row a track or (the 3 s table) ten.
        genres: Restrict to these.
        artists: Table of artists, see `read_artists`.

    Raises:
        MusicGenreError: The table cannot be used, or lacks a genre that was asked for.
    """
    corpus = scan_table(Path(table).expanduser())
    if missing := sorted(set(genres or ()) - set(corpus.genres)):
        raise MusicGenreError(f"{table} has no genre {', '.join(missing)}; it has {', '.join(corpus.genres)}.")
    chosen = tuple(genre for genre in corpus.genres if genres is None or genre in genres)
    if len(chosen) < 2:
        raise MusicGenreError(f"{table}: only one genre ({chosen[0]}), so there is nothing to tell apart.")
    tracks = tuple(track for track in corpus.tracks if track.genre in chosen)
    return _with_table(replace(corpus, genres=chosen, tracks=tracks), artists)


def _with_table(corpus: Corpus, artists: str | Path | None) -> Corpus:
    return corpus if artists is None else with_artists(corpus, read_artists(Path(artists).expanduser()))
