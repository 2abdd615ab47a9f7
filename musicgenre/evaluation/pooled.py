"""The accuracy of several runs as one figure with its interval: folds are one list of tracks, seeds are repeats."""

from typing import NamedTuple

import pandas as pd
from numpy.typing import ArrayLike

from musicgenre.evaluation.intervals import bootstrap_accuracy, is_right, wilson


class Pooled(NamedTuple):
    """An accuracy, from 0 to 1.

    Attributes:
        accuracy: Of the runs together.
        low: Lower bound of its 95 % interval.
        high: Upper bound.
    """

    accuracy: float
    low: float
    high: float


def tested_once(tracks: pd.DataFrame) -> bool:
    """Return whether no track was tested by two runs; one with two genres has two rows in the same run.

    Args:
        tracks: One row a track and genre of each run, with the columns `track` and `run`.

    Example:
        >>> tracks = pd.DataFrame({"track": ["a", "a", "b"], "genre": ["metal", "rock", "rock"], "run": [0, 0, 1]})
        >>> tested_once(tracks), tested_once(tracks.assign(run=[0, 1, 1]))
        (True, False)
    """
    return bool(len(tracks)) and bool(tracks.groupby("track")["run"].nunique().max() == 1)


def pooled_accuracy(predictions: pd.DataFrame, groups: ArrayLike | None, *, once: bool) -> Pooled:
    """Return the accuracy of runs and its interval, both of the same share.

    Where every track was tested once, as by one run or by the folds of a cross-validation, all answers count alike.
    Else it is the mean of the runs' accuracies.

    Args:
        predictions: Those of all runs, with the column `run`, one row or more.
        groups: What a bootstrap draws together, such as the track of each row `(N,)`; None for Wilson's interval of
            answers that do not depend on each other.
        once: Whether every track was tested once.

    Example:
        >>> rows = pd.DataFrame({"run": [0] + [1] * 9, "label": 0, "p_jazz": [1.0] + [0.0] * 9})
        >>> rows = rows.assign(p_rock=1 - rows.p_jazz)
        >>> pooled_accuracy(rows, None, once=True).accuracy, pooled_accuracy(rows, range(10), once=False).accuracy
        (0.1, 0.5)
    """
    right, runs = pd.Series(is_right(predictions)), predictions["run"].to_numpy()
    accuracy = float(right.mean() if once else right.groupby(runs).mean().mean())
    if groups is None:
        low, high = wilson(accuracy, len(right))
    else:
        weights = None if once else 1 / right.groupby(runs).transform("size")
        low, high = bootstrap_accuracy(right.to_numpy(), groups, weights)
    return Pooled(accuracy, min(low, accuracy), max(high, accuracy))  # which may differ in the last digit
