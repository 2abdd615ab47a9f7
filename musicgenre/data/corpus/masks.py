"""Names that are equal but for their numbers, such as so what_1_mono: clips perhaps, though no rule says so."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from musicgenre.data.corpus.any_names import names_any_track
from musicgenre.data.corpus.clips import MOST_OF_A_GENRE, Groups, masked
from musicgenre.data.corpus.numbering import ends_before_a_works_number, is_year
from musicgenre.data.corpus.part_names import place_of
from musicgenre.data.corpus.tracks import Track

_DATE = re.compile(r"(?<!\d)(?:19|20)\d\d[_.-]?(?:0[1-9]|1[0-2])[_.-]?(?:0[1-9]|[12]\d|3[01])(?!\d)")
_NAMED = re.compile(r".*[^\W\d_].*|\d{3,}")  # a title, or an id
_NUMBER = r"\d+(?:\.\d+)?"
_BETWEEN = r"(?:(?:ms|[hms])?\s?[-_,]\s?|[hm])"
_LED = re.compile(  # 0-30_night, 0s-30s night, 0m30s_dawn, but not an id, as in 000123_1_mono
    rf"(?P<lead>(?!\d{{5}}){_NUMBER}(?:{_BETWEEN}{_NUMBER})+(?:ms|[ms])?)[\s_.-]+(?P<title>.*[^\W\d_].*)"
)
_ALONE = re.compile(r"#(?:\.#)?\s*(?:ms|s|secs?)?[)\]]?")  # other rules know a number at the end
_DENSE = 0.75
_BEFORE = "..."  # a title follows


def numbered_alike(tracks: Sequence[Track], corpus: Sequence[Track]) -> Groups:
    """Group tracks whose names are equal but for running numbers, if several titles are numbered in the same way.

    Args:
        tracks: Those that no other rule groups or names.
        corpus: All tracks, which tell the size of each genre.

    Returns:
        Tracks by GENRE/FOLDERS/STEM; STEM is what comes before the numbers.

    Example:
        >>> from pathlib import Path
        >>> names = [f"{song}_{n}_mono.wav" for song in ("so what", "naima") for n in range(3)] + ["7_up.wav"]
        >>> tracks = [Track(f"jazz/{name}", "jazz", Path()) for name in names]
        >>> {stem: len(those) for stem, those in numbered_alike(tracks, tracks).items()}
        {'jazz/so what': 3, 'jazz/naima': 3}
    """
    forms: defaultdict[tuple[str, str], dict[Track, list[str]]] = defaultdict(dict)
    for track in tracks:
        for stem, rest, numbers in _forms(track.key):
            forms[place_of(track, stem), rest][track] = numbers
    sizes = Counter(track.genre for track in corpus)
    series = {
        form: [*those]
        for form, those in forms.items()
        if _run_on(those) and len(those) <= MOST_OF_A_GENRE * sizes[next(iter(those)).genre]
    }
    titles = Counter(rest for _, rest in series)
    found: Groups = {}
    for (stem, rest), those in series.items():
        if (titles[rest] > 1 or rest.endswith(_BEFORE)) and not names_any_track(stem, those[0].genre):
            found.setdefault(stem, those)
    return found


def _forms(key: str) -> list[tuple[str, str, list[str]]]:
    """Return what comes before each number of a name, what follows with # for numbers, and the numbers from it on.

    Of a name that begins with several numbers, these and the title that follows.
    """
    if _DATE.search(key):
        return []
    if led := _LED.fullmatch(key):
        return [(led["title"], f"{masked(led['lead'])}{_BEFORE}", re.findall(r"\d+", led["lead"]))]
    found = []
    for number in re.finditer(r"\d+", key):
        stem, rest = key[: number.start()].rstrip(" ._-(["), key[number.start() :]
        if _NAMED.fullmatch(stem) and not ends_before_a_works_number(stem) and not _ALONE.fullmatch(masked(rest)):
            found.append((stem, masked(rest), re.findall(r"\d+", rest)))
    return found


def _run_on(numbers: Mapping[Track, Sequence[str]]) -> bool:
    """Return whether the first number that differs between names counts from 0 or 1, or goes up evenly."""
    columns = [column for column in zip(*numbers.values(), strict=True) if len({*column}) > 1]
    if not columns or any(all(map(is_year, column)) for column in zip(*numbers.values(), strict=True)):
        return False
    values = sorted({int(number) for number in columns[0]})
    if len(values) < 2:  # 1 and 01
        return False
    step = math.gcd(*(value - values[0] for value in values))
    dense = len(values) >= _DENSE * ((values[-1] - values[0]) / step + 1)
    return dense and (values[0] == 0 or (values[0], step) == (1, 1) or (step > 1 and len(values) > 2))
