"""Group tracks whose names count the clips of a recording, or say where each begins."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from musicgenre.data.corpus.any_names import is_genre, is_title, names_any_track
from musicgenre.data.corpus.clocks import CLOCK, HOURS, MINUTES, are_even_times, are_whole_minutes, clock_seconds
from musicgenre.data.corpus.numbering import are_padded_counters, counts, names_work, offset_step
from musicgenre.data.corpus.part_names import ANY_BEFORE, ANY_WITHIN, PART_BEFORE, place_of, recording_of
from musicgenre.data.corpus.tracks import Track, ends_in_five_digits, is_gtzan_name

MOST_OF_A_GENRE = 0.8  # a stem with more of a genre's tracks than this numbers tracks, not clips

_BEFORE = r"(?P<stem>.*[^\W\d_].*?|(?!(?:19|20)\d\d[_.])\d{3,})[_.]"
_COUNT = r"(?:\d{1,8}|0\d{8,11})"  # the longest are samples
_JOINED = re.compile(rf"{_BEFORE}(?P<number>{_COUNT})")  # night_3, 000002_3
_OFFSET = re.compile(rf"{_BEFORE}(?P<number>{_COUNT}(?:\.\d+)?)")  # night_1.5
_ANY_BEFORE = r"(?P<stem>.*[^\W\d_].*?|\d{3,})[\s_.(\[-]+"
_BEGINS = re.compile(  # night_12000.5, night 1.5s, night_1m30s
    rf"{_ANY_BEFORE}(?:(?P<clock>{CLOCK})|(?P<number>\d{{1,8}}(?:\.\d+)?)(?P<unit>\s*(?:ms|s|secs?))?)[)\]]?"
)
_AT_END = rf"(?=.*(?:{MINUTES}|{HOURS})[)\]]?$)"
_HOURS = re.compile(rf"{_AT_END}{_ANY_BEFORE}(?P<clock>{HOURS})[)\]]?")  # night_00_01_30, night_000130
_MINUTES = re.compile(rf"{_AT_END}{_ANY_BEFORE}(?P<clock>{MINUTES})[)\]]?")  # night_01-30
_ONE_OF = re.compile(  # night (1 of 3); an album's tracks are counted from 01, or after a word for them
    r"(?P<stem>.*[^\W\d_].*?)[\s._(\[-]+(?P<number>0|[1-9]\d*)[\s._-]*of[\s._-]*\d+[)\]]?"
)
_ENDING = re.compile(r"(?P<stem>.*[^\W\d_].*?|\d{3,})[\s_.(\[-]*(?<!\d)(?P<number>\d{1,12})[)\]]?")
_VERSION = re.compile(r"v(?:er|ersion)?[\s._]*\d+\.\d+$")
_LISTED = re.compile(r"(?:.*[^a-z])?(?:tracks?|titel|piste|(?:discs?|disks?|cds?)[\W_]*\d*)[\W_]*")  # track_3, cd1_01
_ALBUM = re.compile(r"(?:.*[^a-z])?(?:tracks?|titel|piste|discs?|disks?|cds?)[\W_]*(?:no|nr|\d+)?[\W_]*")
_LONG = re.compile(r"[1-9]\d{4,}\.\d+")
_DECADE = re.compile(r"(?:19|20)?[5-9]0")  # the 80s are not a time

Groups = dict[str, list[Track]]


def clips_of(tracks: Sequence[Track]) -> Groups:
    """Group tracks whose names hold a clip's number or start; 1.0, 1.1 and 2.0 are two numbers each.

    Returns:
        Tracks by GENRE/FOLDERS/STEM, or SUBSET/GENRE/FOLDERS/STEM: see `counted_by`.

    Example:
        >>> from pathlib import Path
        >>> tracks = [Track(f"jazz/{name}.wav", "jazz", Path()) for name in ("song_1", "song_2", "part1_dawn", "dusk")]
        >>> {stem: len(parts) for stem, parts in clips_of(tracks).items()}
        {'jazz/song': 2}
    """
    found = beginnings_of(tracks)
    times = times_of([track for track in tracks if track not in _in(found)])
    found |= {stem: parts for stem, parts in times.items() if _are_clips(stem, parts, tracks)}
    timed = _in(times)  # whether they are joined or not, no other number counts them
    for pattern, groups in (
        *((pattern, _numbered) for pattern in (_OFFSET, _JOINED, _ONE_OF)),
        (PART_BEFORE, _titled),
    ):
        known = timed | _in(found)
        for stem, parts in groups([track for track in tracks if track not in known], pattern).items():
            found[stem] = [*found.get(stem, ()), *parts]
    return found


def beginnings_of(tracks: Iterable[Track]) -> Groups:
    """Group tracks whose names end in what is certainly a time: it has a unit, or is a long number with a fraction."""
    found = {}
    for stem, parts in counted_by(_BEGINS, tracks).items():
        names = [name for track in parts if (name := _BEGINS.fullmatch(track.key))]
        numbers = [name["number"] or "" for name in names]
        timed = all(name["unit"] or name["clock"] for name in names) and not all(map(_DECADE.fullmatch, numbers))
        if (timed or any(map(_LONG.fullmatch, numbers))) and not is_genre(stem, parts[0].genre):
            found[stem] = parts
    return found


def times_of(tracks: Iterable[Track]) -> Groups:
    """Group tracks whose names end in even times of a clock, whether they are joined or not."""
    found = counted_by(_HOURS, tracks, _are_hours)
    known = _in(found)
    others = [track for track in tracks if track not in known]
    return found | counted_by(_MINUTES, others, lambda times: are_even_times([*times.values()]))


def whole_minutes_of(tracks: Iterable[Track]) -> Groups:
    """Group tracks whose names end in even whole minutes, which may count anything: 01_00, 02_00, 03_00."""
    return counted_by(_MINUTES, tracks, lambda times: are_whole_minutes([*times.values()]))


def offsets_of(tracks: Sequence[Track]) -> Groups:
    """Group tracks whose names end in even offsets of five digits or more, if two titles have them from 0 in one step.

    Example:
        >>> from pathlib import Path
        >>> ids = [f"jazz/{name}_{n:05}.wav" for name in ("night", "dawn") for n in range(0, 90, 30)]
        >>> list(offsets_of([Track(id, "jazz", Path()) for id in ids]))
        ['jazz/night', 'jazz/dawn']
    """
    sizes = Counter(track.genre for track in tracks)
    found = {
        stem: parts
        for stem, parts in counted_by(_ENDING, tracks, _are_offsets).items()
        if len(parts) <= MOST_OF_A_GENRE * sizes[parts[0].genre] and not names_any_track(stem, parts[0].genre)
    }
    steps = {stem: offset_step(_endings(parts)) for stem, parts in found.items()}
    from_0 = [stem for stem, parts in found.items() if not min(map(int, _endings(parts)))]
    titles = Counter(step for step, _ in {(steps[stem], stem.rpartition("/")[2]) for stem in from_0})
    usual = [step for step, number in titles.items() if number > 1]
    return {stem: found[stem] for stem, own in steps.items() if any(own % step == 0 for step in usual)}


def may_be_offsets(tracks: Iterable[Track]) -> Groups:
    """Group tracks whose names end in three even offsets from 0, or more, which may be ids: 00000, 00030, 00060."""
    found = counted_by(_ENDING, tracks, _are_offsets)
    return {stem: parts for stem, parts in found.items() if len(parts) > 2 and not min(map(int, _endings(parts)))}


def _are_offsets(numbers: Mapping[Track, str]) -> bool:
    return offset_step([*numbers.values()]) > 0 and not _are_gtzans(numbers)


def _endings(parts: Iterable[Track]) -> list[str]:
    return [name["number"] for track in parts if (name := _ENDING.fullmatch(track.key))]


def _are_hours(times: Mapping[Track, str]) -> bool:
    marked = not any(re.search(r"\d{6}\W?$", track.key) for track in times)  # 000000, 000001 may count anything
    return are_even_times([*times.values()], of_hours=marked)


def _are_clips(stem: str, parts: Sequence[Track], among: Sequence[Track]) -> bool:
    """Return whether `times_of` one stem are clips'; those of most of a genre may be a track's number and a start."""
    most = len(parts) > MOST_OF_A_GENRE * sum(track.genre == parts[0].genre for track in among)
    return not most and not names_any_track(stem, parts[0].genre)


def _numbered(tracks: Sequence[Track], pattern: re.Pattern[str]) -> Groups:
    """Group names that end in a number, unless it is that of a work or of an album's track."""
    found = {stem: parts for stem, parts in counted_by(pattern, tracks).items() if not _are_works(parts, pattern)}
    of_album = _ALBUM if pattern is _ONE_OF else _LISTED
    return {stem: parts for stem, parts in found.items() if not of_album.fullmatch(stem.rpartition("/")[2])}


def _titled(tracks: Sequence[Track], pattern: re.Pattern[str]) -> Groups:
    """Group parts of one title; "Part 1 - Chapter 01" and "Part 2 - Chapter 01" have none."""
    return {stem: parts for stem, parts in counted_by(pattern, tracks).items() if is_title(stem, parts[0].genre)}


def worded_of(tracks: Sequence[Track]) -> Groups:
    """Group names with a word such as "clip" and a number that are equal otherwise, but for the numbers that follow."""
    return {
        stem: parts
        for pattern in (ANY_WITHIN, ANY_BEFORE)
        for stem, parts in counted_by(pattern, tracks).items()
        if len({masked(name["rest"] or "") for track in parts if (name := pattern.fullmatch(track.key))}) == 1
    }


def masked(text: str) -> str:
    """Return a text with # for each number.

    Example:
        >>> masked("_22050hz_3")
        '_#hz_#'
    """
    return re.sub(r"\d+", "#", text)


def _are_works(parts: Sequence[Track], pattern: re.Pattern[str]) -> bool:
    """Return whether the numbers of tracks are those of works, issues or dates; what counts from 0 may be a title."""
    numbers = [name["number"] for track in parts if (name := pattern.fullmatch(track.key))]
    from_0 = any(number and not float(number) for number in numbers)
    versions = all(_VERSION.search(track.key) for track in parts)  # 1.0 and 1.1
    return all(names_work(track.key) for track in parts) and (versions or not from_0)


def _is_counted(numbers: Mapping[Track, str]) -> bool:
    """Return whether the numbers of a stem's tracks count something; those in names like GTZAN's do not."""
    if are_padded_counters([*numbers.values()]):
        return not _are_gtzans(numbers)
    return counts([*numbers.values()]) and not all(ends_in_five_digits(track.key) for track in numbers)


def _are_gtzans(tracks: Iterable[Track]) -> bool:
    """Return whether a track is named like GTZAN's, by its genre or its folder's name."""
    return any(is_gtzan_name(recording_of(t), t.genre, place_of(t, "").partition("/")[0]) for t in tracks)


def counted_by(
    pattern: re.Pattern[str],
    tracks: Iterable[Track],
    is_count: Callable[[Mapping[Track, str]], bool] = _is_counted,
) -> Groups:
    """Group tracks whose names share a stem and differ in its number.

    If train/ and test/ use the same numbers, each is counted separately, as SUBSET/GENRE/FOLDERS/STEM.

    Args:
        pattern: Form of the names, with the groups stem, and number or clock.
        tracks: Any tracks.
        is_count: Whether the numbers of one stem, by track, count something.
    """
    found: defaultdict[str, dict[Track, str]] = defaultdict(dict)
    for track in tracks:
        if name := pattern.fullmatch(track.key):
            parts = name.groupdict()
            number = parts.get("number") or f"{clock_seconds(parts['clock']):.10g}"
            found[place_of(track, name["stem"].rstrip(" ._-(["))][track] = number
    for stem, those in list(found.items()):
        if is_gtzan_name(stem.rpartition("/")[2], next(iter(those)).genre):
            continue  # one track, however its parts are counted
        if len({float(number) for number in those.values()}) < len(those) and len({t.subset for t in those}) > 1:
            for track, number in found.pop(stem).items():
                found[anew(stem, track)][track] = number
    return {stem: list(those) for stem, those in found.items() if is_count(those)}


def _in(groups: Groups) -> set[Track]:
    return {track for parts in groups.values() for track in parts}


def anew(stem: str, track: Track) -> str:
    """Return a stem whose tracks are counted in each subset, with a track's subset before it."""
    return f"{track.subset}/{stem}" if track.subset else stem


def name_of(stem: str, parts: Sequence[Track]) -> str:
    """Return a stem without the subset that `anew` put before it."""
    return stem.removeprefix(anew("", parts[0]))


def are_padded(parts: Sequence[Track]) -> bool:
    """Return whether names are numbered 00000, 00001: these may be tracks or clips, and a warning names them."""
    return are_padded_counters([track.key[len(track.key.rstrip("0123456789")) :] for track in parts])
