"""What splits share: `Split`, the names of the subsets, shares in whole numbers, and subsets of tracks' segments."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from musicgenre.arguments import is_number, is_whole
from musicgenre.data.corpus.artists import shortened
from musicgenre.data.corpus.recordings import groups_of
from musicgenre.data.corpus.tracks import Corpus, Track
from musicgenre.errors import MusicGenreError

SUBSETS = ("train", "val", "test")
Assignment = npt.NDArray[np.str_]
SplitFunction = Callable[[Corpus, pd.DataFrame], Assignment | Sequence[str]]


@dataclass(frozen=True, eq=False, repr=False)
class Split:
    """A way to split a corpus: `split(corpus, segments)` returns the subset of each segment, `(S,)`.

    Attributes:
        name: Its name.
        assign: Function that decides, called with corpus, segments and the settings by name.
        leaks: Warning to show wherever it is used; empty if no track is on two sides.
        settings: Fractions, seed and the like.
        content: What the result depends on besides settings and corpus, such as the lines of a list.
        copies_apart: Whether tracks of equal content are drawn, and counted in track metrics, separately.

    Example:
        >>> from pathlib import Path
        >>> split = Split("all_train", lambda corpus, segments: np.full(len(segments), "train"))
        >>> split, split(Corpus(Path(), ("jazz",), ()), pd.DataFrame({"track": ["a", "b"]})).tolist()
        (all_train(), ['train', 'train'])
    """

    name: str
    assign: Callable[..., Assignment]
    leaks: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    content: str = ""
    copies_apart: bool = False

    def __call__(self, corpus: Corpus, segments: pd.DataFrame) -> Assignment:
        """Return the subset of each segment, `(S,)`.

        Args:
            corpus: The tracks.
            segments: One row per segment.

        Raises:
            MusicGenreError: The corpus cannot be split in this way.
        """
        return self.assign(corpus, segments, **self.settings)

    def __repr__(self) -> str:
        return f"{self.name}({', '.join(f'{name}={value!r}' for name, value in self.settings.items())})"


def leak_warning(split: object) -> str | None:
    """Return the warning to show wherever a split is used, None if it does not leak.

    Example:
        >>> leak_warning(Split("by_hand", lambda corpus, segments: np.array(["train"]), leaks="by_hand LEAKS"))
        'by_hand LEAKS'
    """
    return str(getattr(split, "leaks", "")) or None


def in_order(tracks: Iterable[Track]) -> list[Track]:
    """Sort tracks by name without format, so that WAV, AU and pictures of one corpus are split alike.

    Args:
        tracks: Any tracks.

    Returns:
        The same in a fixed order.

    Example:
        >>> from pathlib import Path
        >>> tracks = [Track(id, "jazz", Path()) for id in ("jazz/b.au", "jazz/c.wav", "jazz/a.wav")]
        >>> [track.key for track in in_order(tracks)]
        ['a', 'b', 'c']
    """
    return sorted(tracks, key=lambda track: (track.key, track.id))


def in_groups(tracks: Iterable[Track]) -> list[list[Track]]:
    """Gather the tracks of each recording, sorted as by `in_order`.

    Args:
        tracks: Any tracks.

    Returns:
        The recordings, which a split assigns as a whole.
    """
    return groups_of(in_order(tracks))


def by_genre(corpus: Corpus) -> dict[str, list[list[Track]]]:
    """List the recordings of each genre; one with copies in two genres counts for the first.

    Args:
        corpus: The tracks.

    Returns:
        The tracks of each recording, sorted as by `in_order`, by genre.
    """
    groups_of_genre: dict[str, list[list[Track]]] = {genre: [] for genre in corpus.genres}
    for group in in_groups(corpus.tracks):
        groups_of_genre[min(track.genre for track in group)].append(group)
    return groups_of_genre


def by_track(corpus: Corpus, segments: pd.DataFrame, subset_of: Mapping[str, str]) -> Assignment:
    """Give each segment its track's subset.

    Args:
        corpus: The tracks.
        segments: One row per segment.
        subset_of: Subset by track id; a track that it lacks is left out.

    Returns:
        The subset of each segment, `(S,)`.

    Raises:
        MusicGenreError: A segment's track is not in the corpus.

    Example:
        >>> from pathlib import Path
        >>> corpus = Corpus(Path(), ("jazz",), tuple(Track(id, "jazz", Path()) for id in ("a", "b")))
        >>> by_track(corpus, pd.DataFrame({"track": ["a", "a", "b"]}), {"a": "train", "b": "test"}).tolist()
        ['train', 'train', 'test']
    """
    subsets = {track.id: subset_of.get(track.id, "") for track in corpus.tracks}
    unknown = sorted(set(segments["track"]) - subsets.keys())
    if unknown:
        raise MusicGenreError(f"segments of tracks that {corpus.root} does not hold: {shortened(unknown)}")
    return np.array([subsets[track] for track in segments["track"]], dtype="<U5")


def check_fractions(fractions: Sequence[float]) -> tuple[float, ...]:
    """Check the shares of train, val and test.

    Args:
        fractions: Shares of train, val and test.

    Returns:
        The same as Python numbers.

    Raises:
        MusicGenreError: Unless there are three numbers, none is negative, train's is positive and they add up to 1.

    Example:
        >>> check_fractions((0.7, 0.2, 0.2))
        Traceback (most recent call last):
        ...
        musicgenre.errors.MusicGenreError: fractions are (0.7, 0.2, 0.2), which add up to 1.1: they must add up to 1
    """
    if isinstance(fractions, str) or not isinstance(fractions, Iterable) or not all(map(is_number, fractions)):
        raise MusicGenreError(f"fractions are {fractions!r}: give three numbers, for train, val and test")
    shares = tuple(float(str(share)) if isinstance(share, np.generic) else share for share in fractions)
    given = f"fractions are {shares}"
    if len(shares) != 3:
        raise MusicGenreError(f"{given}: give three, for train, val and test")
    if min(shares) < 0 or shares[0] == 0:
        raise MusicGenreError(f"{given}: none may be negative, and train's must be above 0")
    if not math.isclose(sum(shares), 1, abs_tol=1e-6):
        raise MusicGenreError(f"{given}, which add up to {sum(shares):g}: they must add up to 1")
    return shares


def check_seed(seed: int) -> int:
    """Check a seed, and return it as a Python number.

    Raises:
        MusicGenreError: The seed is not a whole number, below 0, or not below 2^32.
    """
    if not is_whole(seed) or not 0 <= seed < 2**32:
        raise MusicGenreError(f"split.seed is {seed!r}: give a whole number from 0 to {2**32 - 1}")
    return int(seed)


def share_out(n: int, fractions: Sequence[float]) -> list[int]:
    """Divide n items by largest remainder (Hamilton's method): each share is its quota, rounded.

    Among equal remainders the last share goes first: the smaller sets of a split.

    Args:
        n: Number of items.
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


def share_out_few(n: int, fractions: Sequence[float]) -> list[int]:
    """Divide n items, at least one for each share above 0; if there are too few, the first and then the last get one.

    Args:
        n: Number of items.
        fractions: Shares of train, val and test, which add up to 1.

    Returns:
        Whole numbers that add up to `n`; those of `share_out` if it leaves no share above 0 empty.

    Example:
        >>> [share_out_few(n, (0.7, 0.2, 0.1)) for n in (1, 2, 3, 4, 5)]
        [[1, 0, 0], [1, 0, 1], [1, 1, 1], [2, 1, 1], [3, 1, 1]]
    """
    counts = share_out(n, fractions)
    first, *others = (place for place, fraction in enumerate(fractions) if fraction > 0)
    wanted = [first, *reversed(others)][:n]
    for place in range(len(counts)):
        while counts[place] and place not in wanted:  # fewer items than shares
            counts[place] -= 1
            counts[next(to for to in wanted if not counts[to])] += 1
    for place in wanted:
        if not counts[place]:
            counts[counts.index(max(counts))] -= 1
            counts[place] += 1
    return counts
