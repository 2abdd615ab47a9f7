"""Parts of recordings whose names end in a range of time: song_0-3 and song_3-6."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

from musicgenre.data.corpus.clocks import HOURS, MINUTES, clock_seconds
from musicgenre.data.corpus.numbering import is_short_date, is_year
from musicgenre.data.corpus.part_names import FROM, TO, place_of
from musicgenre.data.corpus.tracks import Track

_FORM = (
    r"(?=.*\d{to}\d\S*$)"  # says at once that most names hold no range
    r"(?P<stem>.*?\w.*?)(?:[\s_-]+|\.(?=\d{{5}})|(?=[(\[]))[(\[]?{begin}(?P<start>{time}){to}(?P<end>{time})[)\]]?"
)
_RANGED, _CLOCKED = (
    re.compile(_FORM.format(begin=FROM, to=TO, time=time)) for time in (r"\d+", rf"(?:{HOURS}|{MINUTES})")
)


def ranges_of(tracks: Iterable[Track]) -> dict[str, list[Track]]:
    """Group tracks whose names end in consecutive ranges, or ranges of one length, by GENRE/FOLDERS/STEM.

    Example:
        >>> from pathlib import Path
        >>> tracks = [Track(f"jazz/{name}.wav", "jazz", Path()) for name in ("song_0-3", "song_3-6", "dawn")]
        >>> [(stem, len(parts)) for stem, parts in ranges_of(tracks).items()]
        [('jazz/song', 2)]
    """
    listed = list(tracks)
    found = _ranged(listed, _RANGED, float)
    known = {track for parts in found.values() for track in parts}
    return _ranged([track for track in listed if track not in known], _CLOCKED, clock_seconds) | found


def _ranged(
    tracks: Iterable[Track], pattern: re.Pattern[str], seconds: Callable[[str], float]
) -> dict[str, list[Track]]:
    found: defaultdict[str, dict[Track, re.Match[str]]] = defaultdict(dict)
    for track in tracks:
        if name := pattern.fullmatch(track.key):
            found[place_of(track, name["stem"])][track] = name
    ranges = {}
    for stem, named in found.items():
        if all(is_short_date(name["start"]) for name in named.values()):
            continue  # 190504_223015
        if not _follow(list(named.values()), seconds):
            named = {track: name for track, name in named.items() if not _is_date(name)}
            lengths = {seconds(name["end"]) - seconds(name["start"]) for name in named.values()}
            if len(lengths) != 1 or min(lengths) <= 0:
                continue
        if len(named) > 1:
            ranges[stem] = list(named)
    return ranges


def _follow(names: Sequence[re.Match[str]], seconds: Callable[[str], float]) -> bool:
    """Return whether each range begins where the one before it ends, or earlier; apparent years must begin at 0."""
    spans = sorted((seconds(name["start"]), seconds(name["end"])) for name in names)
    if any(end <= start for start, end in spans) or any(not a < b <= end for (a, end), (b, _) in pairwise(spans)):
        return False
    return spans[0][0] == 0 or not (
        is_year(names[0]["stem"][-4:]) or all(is_year(name[part]) for name in names for part in ("start", "end"))
    )


def _is_date(found: re.Match[str]) -> bool:
    """Return whether a range is a date, as in live_1969-07-12 or 1967-1969, rather than seconds."""
    return any(is_year(number) for number in (found["start"], found["end"], found["stem"][-4:]))
