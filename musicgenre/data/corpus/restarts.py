"""Folders that number their tracks anew, with names like GTZAN's: train/jazz/jazz_00000 and test/jazz/jazz_00000."""

from collections import defaultdict
from collections.abc import Collection
from pathlib import PurePosixPath

from musicgenre.data.corpus.part_names import recording_of
from musicgenre.data.corpus.subsets import subset_of
from musicgenre.data.corpus.tracks import Track, is_gtzan_name, named_genre, track_key

_OF_GTZAN = 100  # tracks of each genre


def restarts_of(tracks: Collection[Track]) -> set[str]:
    """List the folders that have names of other folders' tracks or clips, in the same format: train/jazz, test/jazz.

    Names of GTZAN's genres, and clips, count only in folders of subsets, as other ones may hold versions of a track;
    clips of GTZAN's genres count nowhere. If half of the names of these genres are there, or more, no folder is listed.

    Example:
        >>> from pathlib import Path
        >>> ids = [f"{folder}/jazz_00000.wav" for folder in ("train/jazz", "test/jazz")] + ["val/jazz/jazz_00001.wav"]
        >>> sorted(restarts_of([Track(id, "jazz", Path()) for id in ids]))
        ['test/jazz', 'train/jazz']
    """
    named = {track: whole for track in tracks if is_gtzan_name(whole := recording_of(track), track.genre)}
    of_gtzan = {key for key in named.values() if is_gtzan_name(key) and int(key[-5:]) < _OF_GTZAN}
    if of_gtzan and 2 * len(of_gtzan) >= _OF_GTZAN * len({*map(named_genre, of_gtzan)}):
        return set()
    found: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
    for track, whole in named.items():
        folder, name = _divided(track, whole)
        may_be_gtzan, is_clip = is_gtzan_name(whole), name != whole
        if may_be_gtzan or is_clip:
            folder = _subset_above(folder)
        if folder and not (may_be_gtzan and is_clip):
            found[track.genre, name, track.id.rpartition(".")[2].lower()].add(folder)
    return {folder for those in found.values() if len(those) > 1 for folder in those}


def _divided(track: Track, whole: str) -> tuple[str, str]:
    """Return the folder that a recording is in, and the track's name in it; a folder may have the recording's name."""
    parts = track.id.split("/")
    place = next((place for place, part in enumerate(parts) if whole in track_key(part)), len(parts) - 1)
    return "/".join(parts[:place]), "/".join(map(track_key, parts[place:]))


def _subset_above(folder: str) -> str:
    """Return a folder up to the one that names a subset, and at least two levels down; nothing if none does."""
    parts = folder.split("/")
    place = next((place for place, name in enumerate(parts) if subset_of(name)), None)
    return "" if place is None else "/".join(parts[: max(place + 1, 2)])


def numbered_in(stem: str, track: Track, folders: Collection[str]) -> str:
    """Return the name of a recording within the folder that numbers its tracks anew; any other one as it is.

    Args:
        stem: GENRE/FOLDERS/STEM.
        track: A part of the recording, or all of it.
        folders: See `restarts_of`.

    Example:
        >>> from pathlib import Path
        >>> track = Track("train/jazz/cut/jazz_00000_part1.wav", "jazz", Path())
        >>> numbered_in("jazz/jazz.00000", track, {"train/jazz"})
        'train/jazz/jazz.00000'
    """
    name = stem.rpartition("/")[2]
    if not folders or not is_gtzan_name(name, track.genre):
        return stem
    return next((f"{above}/{name}" for above in PurePosixPath(track.id).parents if str(above) in folders), stem)
