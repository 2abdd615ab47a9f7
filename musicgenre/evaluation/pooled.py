"""The accuracy of several runs as one figure with its interval: folds are pooled, seeds are repeats."""

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from musicgenre.evaluation.intervals import bootstrap_accuracy, is_right, wilson


class Pooled(NamedTuple):
    """An accuracy, from 0 to 1.

    Attributes:
        accuracy: Accuracy of the runs together.
        low: Lower bound of its 95 % interval.
        high: Upper bound.
    """

    accuracy: float
    low: float
    high: float


def tested_once(tracks: pd.DataFrame) -> bool:
    """Return whether no track was tested by two runs; a track with two genres has two rows in the same run.

    Args:
        tracks: One row per track and genre of each run, with the columns `track` and `run`.

    Example:
        >>> tracks = pd.DataFrame({"track": ["a", "a", "b"], "genre": ["metal", "rock", "rock"], "run": [0, 0, 1]})
        >>> tested_once(tracks), tested_once(tracks.assign(run=[0, 1, 1]))
        (True, False)
    """
    return bool(len(tracks)) and bool(tracks.groupby("track")["run"].nunique().max() == 1)


def repeats_of(tracks: pd.DataFrame, settings: Sequence[Hashable]) -> list[int]:
    """Return the repeat that each run belongs to, as the index of the repeat's first run.

    The folds of a cross-validation are a repeat, as is a single run: the runs of a repeat test no track twice. If no
    track at all is tested twice, as with few tracks and several seeds, all runs are one repeat.

    Args:
        tracks: One row per track and genre of each run, with the columns `track` and `run`.
        settings: Each run's settings except its fold.

    Example:
        >>> tracks = pd.DataFrame({"track": ["a", "b", "a", "b"], "run": [0, 1, 2, 3]})
        >>> repeats_of(tracks, ["seed=1", "seed=1", "seed=2", "seed=2"]), repeats_of(tracks, "1234")
        ([0, 0, 2, 2], [0, 1, 2, 3])
    """
    return [0] * len(settings) if tested_once(tracks) else repeats_by(tracks, settings)


def repeats_by(tracks: pd.DataFrame, settings: Sequence[Hashable]) -> list[int]:
    """Return the repeat that each run belongs to as `repeats_of`, but seeds are always apart, whatever they test.

    Args:
        tracks: One row per track and genre of each run, with the columns `track` and `run`; runs that tested nothing
            are one repeat if their settings are equal.
        settings: Each run's settings except its fold.

    Example:
        >>> tracks = pd.DataFrame({"track": ["a", "b", "c", "d"], "run": [0, 1, 2, 3]})
        >>> repeats_by(tracks, ["seed=1", "seed=1", "seed=2", "seed=2"])
        [0, 0, 2, 2]
    """
    places: dict[Hashable, list[int]] = {}
    for place, setting in enumerate(settings):
        places.setdefault(setting, []).append(place)
    found = list(range(len(settings)))
    for those in places.values():
        own = tracks[tracks["run"].isin(those)]
        if not len(own) or tested_once(own):
            for place in those:
                found[place] = those[0]
    return found


def pooled_accuracy(predictions: pd.DataFrame, groups: ArrayLike | None, repeats: Sequence[int]) -> Pooled:
    """Return the accuracy of several runs and its interval, both for the same proportion.

    It is the mean over repeats, in each of which all answers count equally: those of one run, or of all folds of a
    cross-validation.

    Args:
        predictions: Predictions of all runs, with the column `run`, at least one row.
        groups: Groups that a bootstrap draws together, such as the track of each row `(N,)`; None for Wilson's interval
            of independent answers.
        repeats: The repeat that each run belongs to, see `repeats_of`.

    Example:
        >>> rows = pd.DataFrame({"run": [0] + [1] * 9, "label": 0, "p_jazz": [1.0] + [0.0] * 9})
        >>> rows = rows.assign(p_rock=1 - rows.p_jazz)
        >>> pooled_accuracy(rows, None, [0, 0]).accuracy, pooled_accuracy(rows, range(10), [0, 1]).accuracy
        (0.1, 0.5)
    """
    right, repeat = pd.Series(is_right(predictions)), np.asarray(repeats)[predictions["run"].to_numpy()]
    accuracy = float(right.groupby(repeat).mean().mean())
    if groups is None:
        low, high = wilson(accuracy, len(right))
    else:
        weights = None if len(set(repeats)) == 1 else 1 / right.groupby(repeat).transform("size")
        low, high = bootstrap_accuracy(right.to_numpy(), groups, weights)
    return Pooled(accuracy, min(low, accuracy), max(high, accuracy))  # may differ in the last digit
