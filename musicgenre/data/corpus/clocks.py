"""Times as a clock shows them: 1m30s, 01-30, 00_01_30, 000130, 003m_12s_48h (mp3splt), 00.01.30.250 (LosslessCut)."""

import math
import re
from collections.abc import Sequence

CLOCK = r"(?:(?:\d+h)?\d+m\d+(?:\.\d+)?s|\d+m_\d\ds(?:_\d\dh)?|\d\d\.\d\d\.\d\d\.\d{3})"
_SEP = "[._:-]"
MINUTES = rf"\d{{1,2}}{_SEP}\d\d"
HOURS = rf"(?:\d{{1,2}}{_SEP}\d\d{_SEP}\d\d|\d{{6}})"
_SECONDS = {"h": 3600, "m": 60, "s": 1}
_DENSE = 0.75  # share of the evenly spaced times that are there


def clock_seconds(time: str) -> float:
    """Return a time of one of these forms in seconds; NaN for one that no clock shows.

    Example:
        >>> clock_seconds("1h01m30.5s"), clock_seconds("01-30"), clock_seconds("00_01_30"), clock_seconds("000130")
        (3690.5, 90.0, 90.0, 90.0)
        >>> clock_seconds("003m_12s_48h"), clock_seconds("00.01.30.250")
        (192.48, 90.25)
        >>> clock_seconds("0.80")
        nan
    """
    time = re.sub(r"s_(\d\d)h$", r".\1s", time)  # mp3splt's hundredths
    time = re.sub(r"^(\d\d)\.(\d\d)\.(\d\d\.\d{3})$", r"\1h\2m\3s", time)
    if time[-1:] == "s":
        return sum(float(number) * _SECONDS[unit] for number, unit in re.findall(r"([0-9.]+)([hms])", time))
    fields = list(map(int, re.findall(r"\d\d", time) if time.isdecimal() else re.split(_SEP, time)))
    if any(field > 59 for field in fields[1:]):
        return math.nan
    return float(sum(field * 60**place for place, field in enumerate(reversed(fields))))


def are_even_times(seconds: Sequence[str], of_hours: bool = False) -> bool:
    """Return whether times are evenly spaced, and go on from one minute to the next; a few may be missing.

    Numbers that are not of a clock, such as those of discs and tracks, do not: after 1-12 comes 2-01. Times with hours
    need not go on if they begin at 0.

    Example:
        >>> are_even_times(["0", "30", "60", "90"]), are_even_times(["61", "62", "63", "121", "122"])
        (True, False)
        >>> are_even_times(["60", "120", "180"])  # 01_00, 02_00, 03_00
        False
        >>> are_even_times(["0", "300", "600"], of_hours=True)  # 00_00_00, 00_05_00, 00_10_00
        True
    """
    times = sorted(float(time) for time in seconds)
    if any(map(math.isnan, times)) or len({*times}) < max(3, len(times)):
        return False
    goes_on = all(len({*parts}) > 1 for parts in zip(*(divmod(time, 60) for time in times), strict=True))
    return (goes_on or (of_hours and times[0] == 0)) and _are_even(times)


def are_whole_minutes(seconds: Sequence[str]) -> bool:
    """Return whether times are evenly spaced whole minutes: 01_00, 02_00, 03_00, which may count anything.

    Example:
        >>> are_whole_minutes(["60", "120", "180"]), are_whole_minutes(["0", "30", "60", "90"])
        (True, False)
    """
    times = sorted(float(time) for time in seconds)
    return len({*times}) == len(times) > 2 and not any(time % 60 for time in times) and _are_even(times)


def _are_even(times: Sequence[float]) -> bool:
    step = math.gcd(*(round(time - times[0]) for time in times))
    return len(times) >= _DENSE * ((times[-1] - times[0]) / step + 1)
