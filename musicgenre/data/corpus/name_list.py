"""What a list says of each track of a corpus, however list and corpus write the names."""

from collections import Counter
from collections.abc import Mapping

from musicgenre.data.corpus.recordings import recording_key
from musicgenre.data.corpus.tracks import Corpus, Track, track_key
from musicgenre.errors import MusicGenreError


def list_key(name: str) -> str:
    r"""Reduce a name in a list to "file", or to "folder/file" where it has a folder.

    Example:
        >>> list_key("genres\\blues\\Blues.00000.au"), list_key("blues00000.png")
        ('blues/blues.00000', 'blues.00000')
    """
    folder, slash, _ = name.strip().replace("\\", "/").rpartition("/")
    return f"{folder.rpartition('/')[2].lower()}{slash}{track_key(name)}"


def look_up(corpus: Corpus, values: Mapping[str, str], what: str) -> dict[str, str]:
    """Find each track in a list: by folder and name, by name, or by the recording that it is a part of.

    Args:
        corpus: The tracks.
        values: What the list says, by `list_key`.
        what: What a message should call the list.

    Returns:
        What the list says, by track id; tracks that it does not name are left out.

    Raises:
        MusicGenreError: It names a file that two genres have, without saying which.

    Example:
        >>> from pathlib import Path
        >>> corpus = Corpus(Path(), ("blues",), (Track("blues/blues.00000.3.wav", "blues", Path()),))
        >>> look_up(corpus, {"blues.00000": "train"}, "the split")
        {'blues/blues.00000.3.wav': 'train'}
    """
    counts = Counter(key for _, key in {(track.genre, recording_key(track.key)) for track in corpus.tracks})
    found = {track.id: _value_of(track, values, counts, what) for track in corpus.tracks}
    return {track: value for track, value in found.items() if value is not None}


def keys_of(track: Track) -> tuple[str, ...]:
    """Return everything that a list may call a track, the most exact first."""
    song, genre = recording_key(track.key), track.genre.lower()
    return f"{genre}/{track.key}", list_key(track.id), f"{genre}/{song}", track.key, song


def _value_of(track: Track, values: Mapping[str, str], counts: Counter[str], what: str) -> str | None:
    *exact, key, song = keys_of(track)
    for name in exact:
        if name in values:
            return values[name]
    value = values.get(key, values.get(song))
    if value is not None and counts[song] > 1:
        raise MusicGenreError(
            f"two genres have a track {track.key}, and {what} does not say which it means: write GENRE/FILE there"
        )
    return value
