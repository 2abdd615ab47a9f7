"""Folders that number their tracks anew, with names like GTZAN's: train/jazz/jazz_00000 and test/jazz/jazz_00000."""

from collections import defaultdict
from collections.abc import Collection
from pathlib import PurePosixPath

from musicgenre.data.corpus.tracks import Track, is_gtzan_name

_OF_GTZAN = 100  # tracks of each genre


def restarts_of(tracks: Collection[Track]) -> set[str]:
    """List the folders that have names of other folders' tracks, in the same format, unless the collection is GTZAN.

    It is taken as GTZAN if it has half of its names, or more: folders of one name then hold versions of one track.

    Example:
        >>> from pathlib import Path
        >>> ids = [f"{folder}/jazz_00000.wav" for folder in ("train/jazz", "test/jazz")] + ["val/jazz/jazz_00001.wav"]
        >>> sorted(restarts_of([Track(id, "jazz", Path()) for id in ids]))
        ['test/jazz', 'train/jazz']
    """
    found: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    for track in tracks:
        if is_gtzan_name(track.key, track.genre):
            folder, _, name = track.id.rpartition("/")
            found[track.genre, track.key, name.rpartition(".")[2].lower()].add(folder)
    of_gtzan = {key for _, key, _ in found if is_gtzan_name(key) and int(key[-5:]) < _OF_GTZAN}
    if 2 * len(of_gtzan) >= _OF_GTZAN * len({track.genre for track in tracks}):
        return set()
    return {folder for those in found.values() if len(those) > 1 for folder in those}


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
