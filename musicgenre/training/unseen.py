"""Whether a model has seen what is tested here: by what tracks hold, whatever they and their folder are called."""

from collections.abc import Collection

from musicgenre.data.corpus.artists import shortened
from musicgenre.data.corpus.tracks import track_key
from musicgenre.data.datamodule import GenreDataModule
from musicgenre.data.recorded import content_of
from musicgenre.errors import MusicGenreError
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.read import read_split


def contents_in(run: RunFolder, data: GenreDataModule, *subsets: str) -> set[str]:
    """Return the contents of the tracks that a run had in some of its subsets.

    Runs of earlier versions wrote no contents: their tracks are looked up by name in this data.

    Args:
        run: With a split.csv.
        data: Of this run.
        subsets: Such as "train".
    """
    table = read_split(run.split_csv)
    table = table[table.split.isin(subsets)]
    if "content" in table:
        return set(table.content)
    here = content_of(data.corpus, data.store)
    return {here[track] for track in set(table.track) if track in here}


def seen_tracks(data: GenreDataModule, subset: str, contents: Collection[str]) -> list[str]:
    """List the tracks of a subset whose recording is known by its content: their own, or that of another part of it."""
    here = content_of(data.corpus, data.store)
    recording = {track.id: track.recording for track in data.recorded.tracks}
    heard = {recording[track] for track, content in here.items() if content in contents}
    return [track for track in data.segments.track.iloc[data.rows[subset]].unique() if recording[track] in heard]


def same_names(data: GenreDataModule, subset: str, run: RunFolder, *subsets: str) -> list[str]:
    """List the tracks of a subset that are called as tracks of the same genre in a run's, whatever their format, by id.

    Args:
        data: The tracks that are tested.
        subset: Of them, such as "test".
        run: With a split.csv.
        subsets: Of the run, such as "train".
    """
    table = read_split(run.split_csv)
    known = {_name_of(track) for track in table.track[table.split.isin(subsets)]}
    return [track for track in data.segments.track.iloc[data.rows[subset]].unique() if _name_of(track) in known]


def _name_of(track: str) -> tuple[str, str]:
    return track.split("/")[0].lower(), track_key(track)


def refuse_seen(
    data: GenreDataModule, what: str, remedy: str, *, learnt: Collection[str], chosen_by: Collection[str] = ()
) -> None:
    """Stop where a model was trained on tracks that are validated or tested here, or chosen by some that are tested.

    Args:
        data: Of this run.
        what: The model, as the beginning of a sentence.
        remedy: What to do instead.
        learnt: Contents of the tracks that it was trained on.
        chosen_by: Contents of those that it was validated on.

    Raises:
        MusicGenreError: It has seen some.
    """
    found = [*seen_tracks(data, "val", learnt), *seen_tracks(data, "test", {*learnt, *chosen_by})]
    if found:
        raise MusicGenreError(
            f"{what} has seen {len(found)} of the tracks that this run validates or tests on "
            f"({shortened(sorted(found), 3)}): {remedy}."
        )
