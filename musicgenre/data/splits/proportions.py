"""Share out a whole number of things in given proportions."""

import math
from collections.abc import Sequence
from itertools import count

from musicgenre.errors import MusicGenreError


def check_fractions(fractions: Sequence[float]) -> None:
    """Refuse shares that cannot be those of train, val and test.

    Args:
        fractions: Shares of train, val and test.

    Raises:
        MusicGenreError: Unless there are three, none is negative, train's is positive and they add up to 1.

    Example:
        >>> check_fractions((0.7, 0.2, 0.2))
        Traceback (most recent call last):
        ...
        musicgenre.errors.MusicGenreError: fractions are (0.7, 0.2, 0.2), which add up to 1.1: they must add up to 1
    """
    given = f"fractions are {tuple(fractions)}"
    if len(fractions) != 3:
        raise MusicGenreError(f"{given}: give three, for train, val and test")
    if min(fractions) < 0 or fractions[0] == 0:
        raise MusicGenreError(f"{given}: none may be negative, and train needs some")
    if not math.isclose(sum(fractions), 1, abs_tol=1e-6):
        raise MusicGenreError(f"{given}, which add up to {sum(fractions):g}: they must add up to 1")


def share_out(n: int, fractions: Sequence[float]) -> list[int]:
    """Share n things out by largest remainder (Hamilton's method): each share is its quota, rounded.

    Among equal remainders the last share, the smaller sets of a split, goes first.

    Args:
        n: How many there are.
        fractions: Shares that add up to 1.

    Returns:
        Whole numbers that add up to `n`.

    Example:
        >>> share_out(100, (0.7, 0.2, 0.1)), share_out(5, (0.7, 0.2, 0.1))
        ([70, 20, 10], [3, 1, 1])
    """
    quotas = [round(n * fraction, 9) for fraction in fractions]  # 0.29 * 100 is 28.999999999999996
    counts = [math.floor(quota) for quota in quotas]
    by_remainder = sorted(range(len(quotas)), key=lambda i: (round(quotas[i] - counts[i], 9), i), reverse=True)
    for place in by_remainder[: n - sum(counts)]:
        counts[place] += 1
    return counts


def fewest_for(fractions: Sequence[float], above: int) -> int:
    """Find how many things it takes for every share to get one.

    Args:
        fractions: Shares that add up to 1; a share of 0 needs none.
        above: A number that is too few.

    Returns:
        The next number that is enough.

    Example:
        >>> fewest_for((0.7, 0.2, 0.1), above=4)
        5
    """
    wanted = [i for i, fraction in enumerate(fractions) if fraction > 0]
    return next(n for n in count(above + 1) if all(share_out(n, fractions)[i] > 0 for i in wanted))
