"""Check whether a model has seen the tested tracks, by their content, whatever their names, and by their names."""

import logging
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from musicgenre.data.corpus.any_names import names_music
from musicgenre.data.corpus.artists import shortened
from musicgenre.data.corpus.genres import plain_genre
from musicgenre.data.corpus.part_names import recording_of
from musicgenre.data.corpus.tracks import Corpus, Track, is_gtzan_name
from musicgenre.data.datamodule import GenreDataModule
from musicgenre.data.recorded import content_of, seen_tracks
from musicgenre.data.splits import SUBSETS
from musicgenre.errors import MusicGenreError
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.read import read_split
from musicgenre.runs.run import Run
from musicgenre.synthetic.plan import said_of

log = logging.getLogger(__name__)


def contents_in(run: RunFolder, *subsets: str) -> set[str]:
    """Return the content hashes of the tracks in some of a run's subsets.

    Args:
        run: The run's folder, with a split.csv.
        subsets: Subsets such as "train".
    """
    table = read_split(run.split_csv, "content")
    return set(table.content[table.split.isin(subsets)])


def same_names(data: GenreDataModule, subset: str, run: RunFolder, *subsets: str) -> list[str]:
    """List the tracks of a subset that share genre and name with a run's tracks, but whose content the run lacks.

    The same music in another format, as a picture or as a table row has different content. Names that any track may
    have (01, track 1) are ignored, as are those of the rendered corpus, which are GTZAN's.

    Args:
        data: The tracks that are tested.
        subset: Their subset, such as "test".
        run: The run's folder; without a split.csv the list is empty.
        subsets: The run's subsets, such as "train".
    """
    known = {track for track, theirs in subsets_by_name(run, data.corpus).items() if theirs in subsets}
    if not known:
        return []
    here, exactly = content_of(data.corpus, data.store), contents_in(run, *SUBSETS, "")
    asked = known.intersection(data.segments.track.iloc[data.rows[subset]])
    return [track.id for track in data.corpus.tracks if track.id in asked and here[track.id] not in exactly]


def subsets_by_name(run: RunFolder, corpus: Corpus) -> dict[str, str]:
    """Return the run's subset of each track of a corpus that shares genre and name with one of the run's, by id.

    If several of the run's tracks share them, "train" comes first, then "val". Names that say nothing are left out, see
    `same_names`.
    """
    if not run.split_csv.is_file() or said_of(corpus.root) or _is_rendered(run):
        return {}
    table = read_split(run.split_csv, "genre").drop_duplicates(["track", "genre", "split"])
    had: dict[tuple[str, str] | None, str] = {}
    for subset in reversed(SUBSETS):
        rows = table[table.split == subset]
        tracks = (Track(str(id), str(of), Path()) for id, of in zip(rows.track, rows.genre, strict=True))
        had |= dict.fromkeys(map(_music_of, tracks), subset)
    had.pop(None, None)
    return {track.id: had[music] for track in corpus.tracks if (music := _music_of(track)) in had}


def _music_of(track: Track) -> tuple[str, str] | None:
    """Return the genre and name of a track's recording, without format and folders; None if any track may have it."""
    name = recording_of(track)
    if is_gtzan_name(name, track.genre):  # hip-hop.00001 is hiphop.00001
        return plain_genre(track.genre), plain_genre(name)
    return (plain_genre(track.genre), name) if names_music(replace(track, id=name)) else None


def _is_rendered(run: RunFolder) -> bool:
    source = Run(run.path).config.get("data") if run.config_yaml.is_file() else None
    if isinstance(source, Mapping) and str(source.get("_target_")).endswith(".synthetic"):
        return True
    place = run.recorded("data_root")
    return bool(place and said_of(Path(place)))


def refuse_seen(
    data: GenreDataModule,
    what: str,
    remedy: str,
    run: RunFolder,
    *,
    learnt: Collection[str],
    chosen_by: Collection[str] = (),
) -> None:
    """Raise an error if a model was trained on this run's validation or test tracks, or selected on its test tracks.

    Tracks that only share names with those are listed in a warning.

    Args:
        data: The data of this run.
        what: The model, as the beginning of a sentence.
        remedy: What to do instead.
        run: The model's run folder, whose split.csv names its tracks; it may have none.
        learnt: Content hashes of the tracks that it was trained on.
        chosen_by: Content hashes of those that it was validated on.

    Raises:
        MusicGenreError: It has seen some.
    """
    found = [*seen_tracks(data, "val", learnt), *seen_tracks(data, "test", {*learnt, *chosen_by})]
    if found:
        raise MusicGenreError(
            f"{what} has seen {len(found)} of the tracks that this run validates or tests on "
            f"({shortened(sorted(found), 3)}): {remedy}."
        )
    named = [
        *same_names(data, "val", run, "train"),
        *same_names(data, "test", run, "train", *["val"] * bool(chosen_by)),
    ]
    if named:
        log.warning(
            "LEAK: by their names, %s has seen %d of the tracks that this run validates or tests on (%s): %s.",
            what[:1].lower() + what[1:],
            len(named),
            shortened(sorted(named), 3),
            remedy,
        )
