"""What is known about GTZAN, for comparison with a copy of it.

Source of the repetitions and the distortion: Sturm (2013), "The GTZAN dataset: its contents, its faults, their effects
on evaluation, and its future use", arXiv:1306.1461.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd

from musicgenre.data.corpus.artists import shortened
from musicgenre.data.corpus.genres import plain_genre
from musicgenre.data.corpus.layout import listed
from musicgenre.data.corpus.tracks import track_key
from musicgenre.words import counted

GENRES = ("blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock")
SHORTEST, LONGEST = 660000 / 22050, 675808 / 22050  # s
_INEXACT = 0.01  # s
RATE = 22050  # Hz
CORRUPT = "jazz.00054"  # in Kaggle's package
DISTORTED = "reggae.00086"  # noise after its first 5 s
# Exact repetitions: numbers within a genre.
_REPEATED = {
    "disco": "50 51 70, 55 60 89, 71 74, 98 99",
    "hiphop": "39 45, 76 78",
    "jazz": "33 51, 34 53, 35 55, 36 58, 37 60, 38 62, 39 65, 40 67, 42 68, 43 69, 44 70, 45 71, 46 72",
    "metal": "4 13, 34 94, 40 61, 41 62, 42 63, 43 64, 44 65, 45 66",
    "pop": "15 22, 30 31, 45 46, 47 80, 52 57, 54 60, 56 59, 67 71, 87 90",
    "reggae": "3 54, 5 56, 8 57, 10 60, 13 58, 41 69, 73 74, 80 81 82, 75 91 92",
}
REPLICAS = (
    *(
        tuple(f"{genre}.{int(number):05}" for number in group.split())
        for genre, groups in _REPEATED.items()
        for group in groups.split(", ")
    ),
    ("metal.00058", "rock.00016"),
)


def is_gtzan(tracks: pd.DataFrame, genres: Sequence[str] = GENRES) -> bool:
    """Return whether most tracks of a table are named like GTZAN's, and have its lengths or half of its names.

    Args:
        tracks: One row per track: track, and perhaps seconds (NaN if unknown).
        genres: The genres that the copy was to hold.

    Example:
        >>> is_gtzan(pd.DataFrame({"track": ["blues/blues.00000.wav", "rock/rock.00099.au"]}))
        True
        >>> is_gtzan(pd.DataFrame({"track": ["hum/hum.00000.wav"]}))
        False
        >>> is_gtzan(pd.DataFrame({"track": ["rock/rock_00000.wav"], "seconds": [3.0]}))
        False
    """
    names = set(_names(GENRES))
    found = [key for track in tracks["track"] if (key := track_key(str(track))) in names]
    if 2 * len(found) <= len(tracks):
        return False
    known = tracks.seconds.dropna() if "seconds" in tracks else pd.Series(dtype=float)
    alike = int(known.between(SHORTEST - _INEXACT, LONGEST + _INEXACT).sum())
    return known.empty or 2 * alike > len(known) or 2 * len({*found}) >= len(_names(_chosen(genres)))


def _chosen(genres: Sequence[str]) -> Sequence[str]:
    """Return those of GTZAN's genres that are among others; its ten if none is."""
    asked = {plain_genre(genre) for genre in genres}
    return [genre for genre in GENRES if plain_genre(genre) in asked] or GENRES


def _names(genres: Sequence[str]) -> list[str]:
    return [f"{genre}.{number:05}" for genre in genres for number in range(100)]


def compare_with_gtzan(tracks: pd.DataFrame, genres: Sequence[str] = GENRES) -> list[str]:
    """Describe how a copy of GTZAN differs from what is known about it.

    Args:
        tracks: One row per track: track, genre, seconds (NaN if it cannot be read), rate in Hz.
        genres: The genres that the copy was to hold; if none of them is GTZAN's, its ten.

    Returns:
        Sentences; the first says how complete the copy is.

    Example:
        >>> rows = {"track": ["blues/blues.00000.wav"], "genre": ["blues"], "seconds": [12.0], "rate": [22050]}
        >>> compare_with_gtzan(pd.DataFrame(rows))[0]
        'GTZAN: 1 of its 1000 tracks found, 999 missing: blues.00001, blues.00002, blues.00003 and 996 more.'
    """
    keys = [track_key(str(track)) for track in tracks["track"]]
    chosen = _chosen(genres)
    wanted = _names(chosen)
    there = set(keys)
    missing = [name for name in wanted if name not in there]
    of_genres = "" if len(chosen) == len(GENRES) else f" of {listed(chosen)}"
    notes = [f"GTZAN: {len(wanted) - len(missing)} of its {len(wanted)} tracks{of_genres} found"]
    notes[0] += f", {len(missing)} missing: {shortened(missing, 3)}." if missing else "."
    if more := sorted(there - set(_names(GENRES))):
        notes.append(f"{_are(len(more))} not GTZAN's: {shortened(more, 3)}.")
    if twice := sorted(name for name, count in Counter(keys).items() if count > 1):
        notes.append(f"{_are(len(twice))} present more than once: {shortened(twice, 3)}.")
    return notes + _altered(tracks, keys) + _known_faults(tracks, keys)


def _altered(tracks: pd.DataFrame, keys: list[str]) -> list[str]:
    named = tracks.assign(key=keys, own=[key.split(".")[0] for key in keys])
    heard = named[named.seconds.notna()]
    lengths = f"outside GTZAN's range of lengths ({SHORTEST:.2f} to {LONGEST:.2f} s)"
    found = {
        "under a genre that the file name contradicts": named[named.own.isin(GENRES) & (named.own != named.genre)],
        lengths: heard[(heard.seconds < SHORTEST - _INEXACT) | (heard.seconds > LONGEST + _INEXACT)],
        f"not at GTZAN's {RATE} Hz": heard[heard.rate != RATE],
    }
    return [f"{_are(len(rows))} {what}: {shortened(list(rows.key), 3)}." for what, rows in found.items() if len(rows)]


def _are(count: int) -> str:
    return f"{counted(count, 'track')} {'is' if count == 1 else 'are'}"


def _known_faults(tracks: pd.DataFrame, keys: list[str]) -> list[str]:
    there, notes = set(keys), []
    if CORRUPT in there and bool(np.isnan(tracks.seconds.iloc[keys.index(CORRUPT)])):
        notes.append(f"{CORRUPT} cannot be read: it is corrupt in Kaggle's package.")
    groups = [group for group in ([name for name in names if name in there] for names in REPLICAS) if len(group) > 1]
    if groups:
        notes.append(
            f"Has {sum(map(len, groups)) - len(groups)} of the 50 repetitions that Sturm lists, such as "
            f"{' = '.join(groups[0])}: split=filtered leaves them out."
        )
    if DISTORTED in there:
        notes.append(f"{DISTORTED} is noise after its first 5 s.")
    return notes
