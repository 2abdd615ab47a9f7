"""What the numbers in otherwise equal names are: counts of clips or tracks, years, or ids."""

import math
import re
from collections.abc import Sequence
from functools import reduce

_YEARS = range(1900, 2100)
_STEP = 50  # ms or samples: numbers of five digits without a common step of this size are ids
_SECONDS = 3  # smaller steps of such numbers may count tracks
_DENSE = 0.75  # share of the evenly spaced numbers that are there

_CATALOGUES = r"nos?|nr|num|number|op|opus|kv|bwv|hwv|rv|twv|woo|hob[\s._]*[ivx]+[a-z]?"
_ISSUES = "vol|volume|ep|episode|folge|ver|version"
_MONTH_DAY = r"(?:0[1-9]|1[0-2]){}(?:0[1-9]|[12]\d|3[01])"
_SHORT_DATE = r"(?:.*\D)?\d\d" + _MONTH_DAY.format("")
_TIME = r"(?:[01]\d|2[0-3])(?:[0-5]\d){2}"
_WORK = re.compile(  # no.5, vol_2, k.331, v1.0, 2019_05_04, 190504_223015, 2019-05-04 at 22.30.15
    rf"(?:.*[\W\d_])?(?:{_CATALOGUES}|{_ISSUES})[\s._]*\d+(?:\.\d+)?|.*[\s_-][dgklnsv]\.\s*\d+"
    r"|.*[\s_-]v(?:er|ersion)?[\s._]*\d+\.\d+"
    rf"|(?:.*\D)?(?:19|20)\d\d(?P<mark>[_.-]?){_MONTH_DAY.format('(?P=mark)')}(?:\D+\d\d[._-]\d\d[._-]\d\d)?"
    rf"|{_SHORT_DATE}[_.-](?:\d{{4}}|{_TIME})"  # a time of day, or a recorder's counter
)

_SURELY = re.compile(
    r"(?:[a-z]{2}\.\s*\d+(?:\.\d+)?|[\s_-](?:v\.\s*\d+|[a-z]\.\s*[1-9]\d{2,})(?:\.\d+)?|v\d+\.\d+"
    rf"|(?:19|20)\d\d[_.-]?\d\d[_.-]?\d\d(?:\D+\d\d[._-]\d\d[._-]\d\d)?|\d{{6}}[_.-]{_TIME}"
    r"|(?:[bht]wv|kv|rv|woo|opus)[\W_]*\d+)$"
)


def names_work(key: str) -> bool:
    """Return whether the number at the end of a track key tells works apart: of a catalogue, an issue, or a date.

    Example:
        >>> names_work("symphony no.5"), names_work("gig_2019_05_04"), names_work("mix v1.1"), names_work("night_5")
        (True, True, True, False)
    """
    return _WORK.fullmatch(key) is not None


def ends_before_a_works_number(stem: str) -> bool:
    """Return whether a name, cut before a number, ends in a word for numbers of works or issues.

    Example:
        >>> [ends_before_a_works_number(stem) for stem in ("symphony no", "now vol", "piano")]
        [True, True, False]
    """
    return re.fullmatch(rf"(?:.*[\W\d_])?(?:{_CATALOGUES}|{_ISSUES})", stem) is not None


def surely_names_work(key: str) -> bool:
    """Return whether a number tells works apart surely: not behind a word that may be a title's, such as no and k.

    Example:
        >>> surely_names_work("symphony no.5"), surely_names_work("sonata k.331"), surely_names_work("gig_2019_05_04")
        (True, True, True)
        >>> surely_names_work("oh_no_5"), surely_names_work("kenny_g.1")
        (False, False)
    """
    return names_work(key) and _SURELY.search(key) is not None


def counts(numbers: Sequence[str]) -> bool:
    """Return whether numbers count something: they are not years, ids, or two numbers with a dot between them.

    Example:
        >>> counts(["1", "2"]), counts(["1969", "1970"]), counts(["12000", "15000.0"]), counts(["12345", "12346"])
        (True, False, True, False)
    """
    if len({float(number) for number in numbers}) < max(2, len(numbers)):  # train/ and test/ use the same numbers
        return False
    wholes = [number.partition(".")[0] for number in numbers]
    if all(is_year(whole) for whole in wholes):
        return False
    if any(len(whole) > 4 for whole in wholes):
        alone = len(set(wholes)) == len(wholes)  # unlike x.00012.0 and x.00012.1
        return alone and reduce(_common_step, sorted(map(float, numbers))) >= _STEP
    behind = {int(rest) for number in numbers if (rest := number.partition(".")[2])}
    return 1 not in behind or len(set(wholes)) == len(wholes)


def are_padded_counters(numbers: Sequence[str]) -> bool:
    """Return whether numbers of five digits or more count from 0 or 1, like ffmpeg's %05d; a few may be missing.

    Example:
        >>> are_padded_counters(["00000", "00001", "00003"]), are_padded_counters(["00012", "00013"])
        (True, False)
    """
    if not all(number.isdecimal() and len(number) > 4 for number in numbers):
        return False
    values = {int(number) for number in numbers}
    return len(values) == len(numbers) > 1 and min(values) in (0, 1) and max(values) < 2 * len(values)


def offset_step(numbers: Sequence[str]) -> int:
    """Return the step of evenly spaced whole numbers, some of five digits or more; 0 if there is none of 3 or more.

    Example:
        >>> offset_step(["00000", "00030", "00090", "00120"]), offset_step(["00000", "00001"])
        (30, 0)
        >>> offset_step(["0", "30"]), offset_step(["00012", "00345"])
        (0, 0)
    """
    if not all(number.isdecimal() for number in numbers) or max(map(len, numbers)) < 5:
        return 0
    values = {int(number) for number in numbers}
    step = math.gcd(*values)
    if step < _SECONDS or len(values) < max(2, len(numbers)):
        return 0
    return step if len(values) >= _DENSE * ((max(values) - min(values)) / step + 1) else 0


def _common_step(step: float, value: float) -> float:
    """Return the largest number of which a step and a larger value are multiples, up to rounding errors."""
    larger = value
    while value > 0.5:
        step, value = value, abs(math.remainder(step, value))
    return larger / round(larger / step)  # the more steps, the smaller the error of each


def is_short_date(number: str) -> bool:
    """Return whether a number may be a date such as 190504.

    Example:
        >>> is_short_date("190504"), is_short_date("661500"), is_short_date("0504")
        (True, False, False)
    """
    return number.isdecimal() and re.fullmatch(_SHORT_DATE, number) is not None


def is_year(number: str) -> bool:
    """Return whether a number is a year in which music may have been recorded."""
    return len(number) == 4 and number.isdecimal() and int(number) in _YEARS


def is_date(word: str) -> bool:
    """Return whether a word is a year or a decade.

    Example:
        >>> is_date("1970"), is_date("1970s"), is_date("70s"), is_date("70er"), is_date("0070")
        (True, True, True, True, False)
    """
    return is_year(word) or re.fullmatch(r"(?:19|20)?\d0(?:s|er)", word) is not None
