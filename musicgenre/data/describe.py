"""Describe a run's data: sentences for the log, tables for the run folder."""

import logging

import pandas as pd

from musicgenre.data.audio.facts import Facts
from musicgenre.data.corpus.artists import shortened
from musicgenre.data.corpus.tracks import Corpus
from musicgenre.data.datamodule import GenreDataModule
from musicgenre.data.heard import file_row, files_table, tell_heard
from musicgenre.data.recorded import content_of
from musicgenre.data.splits import SUBSETS
from musicgenre.words import are, counted

log = logging.getLogger(__name__)

_NAMED = 20  # how many left-out files are named in the log
_LARGE_SHARE = 1 / 3  # of the training segments
_LONG = 10  # times the median number of segments


def announce(data: GenreDataModule) -> None:
    """Log how many tracks and segments each subset has, what the split leaks, what was left out, and what is odd."""
    segments, corpus = data.segments, data.corpus
    log.info(
        "%s: %s, %s, %s.",
        corpus.root,
        counted(len(corpus.genres), "genre"),
        counted(segments.track.nunique(), "track"),
        counted(len(segments), "segment"),
    )
    for name in SUBSETS:
        rows = segments.iloc[data.rows[name]]
        log.info("%5s: %4d tracks, %6d segments", name, rows.track.nunique(), len(rows))
    data.tell_leaks()
    _tell_own_division(data)
    _name_left_out(skipped_table(data), ", see skipped.csv")
    tell_heard(data.store.files)
    _tell_silence(data)
    _tell_longest(data)


def announce_ignored(corpus: Corpus) -> None:
    """Log what is among the tracks but is not one, as `announce` does for a corpus that is trained on."""
    _name_left_out(_ignored_table(corpus))


def _name_left_out(left_out: pd.DataFrame, where: str = "") -> None:
    if len(left_out):
        folders = int(left_out.reason.str.startswith("a folder").sum())
        numbers = ((len(left_out) - folders, "file"), (folders, "folder"))
        log.warning("%s left out:", " and ".join(counted(number, what) for number, what in numbers if number))
        for row in left_out.head(_NAMED).itertuples():
            log.warning("  %s: %s", row.track, row.reason)
        if len(left_out) > _NAMED:
            log.warning("  and %d more%s.", len(left_out) - _NAMED, where)


def _tell_own_division(data: GenreDataModule) -> None:
    """Warn if the data has a division into train and test that its split does not use."""
    divided = any(track.subset for track in data.corpus.tracks)
    if divided and getattr(data.split, "name", "") not in ("folders", "lists"):
        log.warning("%s is already divided into train and test: split=folders uses that division.", data.corpus.root)


def _tell_silence(data: GenreDataModule) -> None:
    """Warn of silent segments, which are kept: published protocols count them."""
    silent, of = data.store.silent, data.segments.track.value_counts()
    if silent:
        n_silent = sum(silent.values())
        mostly = [f"{track} ({count} of {of[track]})" for track, count in silent.items() if 2 * count > of[track]]
        which = f"; mostly silent: {shortened(mostly)}" if mostly else ""
        what = f"{counted(n_silent, 'segment')} of {of.sum()} {are(n_silent)} silent"
        log.warning("%s, but used like the others%s.", what, which)


def _tell_longest(data: GenreDataModule) -> None:
    """Warn if one track, much longer than the others, gives a large share of the training segments."""
    counts = data.segments.track.iloc[data.rows["train"]].value_counts()
    if len(counts) and counts.max() > max(counts.sum() * _LARGE_SHARE, _LONG * counts.median()):
        log.warning(
            "%s gives %d of %d training segments: cut or remove it, or set segments.max_segments.",
            *(counts.idxmax(), counts.max(), counts.sum()),
        )


def skipped_table(data: GenreDataModule) -> pd.DataFrame:
    """List every file that gave no segment, with the reason: unusable tracks, then files that are not tracks."""
    return pd.concat([data.skipped, _ignored_table(data.corpus)], ignore_index=True)


def _ignored_table(corpus: Corpus) -> pd.DataFrame:
    return pd.DataFrame(list(corpus.ignored), columns=["track", "reason"])


def tracks_table(data: GenreDataModule) -> pd.DataFrame:
    """Return tracks.csv: for every file what it is, how much of it was heard, and why if it was left out."""
    ignored = [file_row(name, Facts(), 0, "", reason) for name, reason in data.corpus.ignored]
    files = data.store.files
    return pd.concat([files, files_table(ignored)], ignore_index=True) if ignored else files


def split_table(data: GenreDataModule) -> pd.DataFrame:
    """List every segment with its subset: track, start (s), genre, split, and a hash of the track's content."""
    content = data.segments.track.map(content_of(data.corpus, data.store))
    table = data.segments.assign(split=data.assignment, content=content)
    return table[["track", "start", "genre", "split", "content"]]
