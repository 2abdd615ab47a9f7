"""Metrics from probabilities: accuracy, cross-entropy, F1, precision and recall per genre.

A *predictions* table has one row per segment: columns split, track, start, genre, label, then one column `p_<genre>`
per genre, in the order of the labels. A column recording says which tracks are parts or copies of one recording: track
metrics are then per recording.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from musicgenre.errors import MusicGenreError
from musicgenre.words import counted

_KEYS = ("split", "run", "track", "genre", "label")  # same in all rows of a track; separate for each pooled run
_PREFIX = "p_"  # of the probability columns
CURVES = ("accuracy", "loss", "macro_f1")  # logged after each epoch; results hold all metrics


def segment_metrics(probs: NDArray[np.floating], labels: NDArray[np.integer]) -> dict[str, float]:
    """Return accuracy, loss, F1 and weighted precision, recall and F1 of predictions, one per row.

    The loss is the mean cross-entropy in nats; a probability of 0 counts as float32's smallest normal number, about
    1e-38, so that one confident mistake costs 87 and not infinity. The macro F1 is the mean over the genres among the
    labels, `macro_genres` of them: a genre without examples has no recall. Weighted metrics are weighted by the number
    of examples of each genre, as in scikit-learn. With one label per row, micro F1 and weighted recall equal the
    accuracy.

    Args:
        probs: Probabilities `(N, K)`.
        labels: True genres `(N,)`, from 0 to K - 1.

    Example:
        >>> metrics = segment_metrics(np.array([[0.8, 0.2], [0.6, 0.4]]), np.array([0, 1]))
        >>> {name: round(metrics[name], 3) for name in ("accuracy", "loss", "macro_f1", "weighted_precision")}
        {'accuracy': 0.5, 'loss': 0.57, 'macro_f1': 0.333, 'weighted_precision': 0.25}
    """
    of_truth = probs[np.arange(len(labels)), labels].astype(np.float64)
    precision, recall, f1, support = _scores(confusion(probs, labels, probs.shape[1]))
    accuracy = float((probs.argmax(axis=1) == labels).mean())
    return {
        "accuracy": accuracy,
        "loss": float(-np.log(of_truth.clip(min=np.finfo(np.float32).tiny)).mean()),
        "micro_f1": accuracy,
        "macro_f1": float(f1[support > 0].mean()),
        "macro_genres": int((support > 0).sum()),
        "weighted_precision": float(np.average(precision, weights=support)),
        "weighted_recall": float(np.average(recall, weights=support)),
        "weighted_f1": float(np.average(f1, weights=support)),
    }


def genres_of(predictions: pd.DataFrame) -> list[str]:
    """Return the genres of a predictions table, in the order of their labels.

    Example:
        >>> genres_of(pd.DataFrame({"track": ["a"], "p_jazz": [0.8], "p_rock": [0.2]}))
        ['jazz', 'rock']
    """
    return [str(name).removeprefix(_PREFIX) for name in predictions.columns if str(name).startswith(_PREFIX)]


def probability_columns(genres: Iterable[str]) -> list[str]:
    """Return the columns in which a predictions table holds the probabilities of genres.

    Example:
        >>> probability_columns(["jazz", "rock"])
        ['p_jazz', 'p_rock']
    """
    return [_PREFIX + genre for genre in genres]


def probabilities_of(predictions: pd.DataFrame) -> NDArray[np.float64]:
    """Return the probabilities (N, K) of a predictions table.

    Example:
        >>> probabilities_of(pd.DataFrame({"track": ["a"], "p_jazz": [0.8], "p_rock": [0.2]})).tolist()
        [[0.8, 0.2]]
    """
    return predictions[probability_columns(genres_of(predictions))].to_numpy(dtype=np.float64)


def track_probabilities(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return one row per track and split: the mean of its segments' probabilities.

    If a column `recording` says which tracks are parts or copies of one recording, each row is a recording, by its
    name. A track with segments in two splits, as in a split over segments, has a row in each, and one tested by several
    runs (column `run`) has a row for each run. All other columns but `start` keep the first known value, for example
    where parts name several artists. Tracks keep the order in which they first appear.

    Raises:
        MusicGenreError: The table does not say which tracks its rows belong to, or has a segment more than once in a
            run.

    Example:
        >>> segments = pd.DataFrame({"track": ["a", "a", "b"], "start": [0.0, 3.0, 0.0], "p_jazz": [1.0, 0.5, 0.0]})
        >>> track_probabilities(segments).to_dict("list")
        {'track': ['a', 'b'], 'p_jazz': [0.75, 0.0]}
    """
    columns = probability_columns(genres_of(predictions))
    _require_once(predictions)
    if "recording" in predictions:  # some runs of a pooled table may have none
        known = predictions["recording"].where(predictions["recording"].notna(), predictions.get("track"))
        predictions = predictions.drop(columns="track", errors="ignore").assign(recording=known)
        predictions = predictions.rename(columns={"recording": "track"})
    if "track" not in predictions:
        raise MusicGenreError("The predictions have no column track: add one that names each row's track.")
    keys = [name for name in predictions.columns if name in _KEYS]
    more = [name for name in predictions.columns if name not in ("start", *keys, *columns)]
    rows = predictions.groupby(keys, sort=False, dropna=False)
    means = rows[columns].mean()
    if more:
        means[more] = rows[more].first()
    return means.reset_index()[[name for name in predictions.columns if name != "start"]]


def _require_once(predictions: pd.DataFrame) -> None:
    segment = [name for name in (*_KEYS, "start") if name in predictions]
    if not {"track", "start"} <= {*segment} or not (again := predictions.duplicated(segment)).any():
        return
    first = predictions[again].iloc[0]
    where = f" of {first['split']}" if "split" in predictions else ""
    raise MusicGenreError(
        f"The predictions hold {counted(int(again.sum()), 'segment')} more than once, such as {first['track']} at "
        f"{first['start']} s{where}: give each segment once, or add a column run that tells several runs apart."
    )


def track_means(
    probs: NDArray[np.floating], labels: NDArray[np.integer], tracks: NDArray[np.object_]
) -> tuple[NDArray[np.float64], NDArray[np.integer]]:
    """Compute `track_probabilities` from arrays, at the end of a net's epochs.

    Args:
        probs: Probabilities `(N, K)`.
        labels: Genre of each segment `(N,)`.
        tracks: Track of each segment `(N,)`.

    Returns:
        Probabilities `(M, K)` and labels `(M,)` of the M tracks, in the order in which they first appear.

    Example:
        >>> probs, tracks = np.array([[1.0, 0.0], [0.5, 0.5]]), np.array(["a", "a"])
        >>> means, labels = track_means(probs, np.array([0, 0]), tracks)
        >>> means.tolist(), labels.tolist()
        ([[0.75, 0.25]], [0])
    """
    places: dict[tuple[object, int], int] = {}  # pandas would take as long as a small net's epoch
    pairs = zip(tracks.tolist(), labels.tolist(), strict=True)
    place = np.array([places.setdefault(pair, len(places)) for pair in pairs], np.int64)
    sums = np.zeros((len(places), probs.shape[1]))
    np.add.at(sums, place, probs)
    return sums / np.bincount(place)[:, None], np.array([label for _, label in places], labels.dtype)


def genre_table(probs: NDArray[np.floating], labels: NDArray[np.integer], genres: Sequence[str]) -> pd.DataFrame:
    """Return one row per genre: genre, precision, recall, f1 and support.

    A genre without examples has NaN for all three; one that is never predicted has a precision of 0.

    Example:
        >>> probs = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]])
        >>> genre_table(probs, np.array([0, 1, 1]), ["jazz", "rock"])[["genre", "precision", "recall"]].to_dict("list")
        {'genre': ['jazz', 'rock'], 'precision': [0.5, 1.0], 'recall': [1.0, 0.5]}
    """
    *scores, support = _scores(confusion(probs, labels, len(genres)))
    precision, recall, f1 = (np.where(support > 0, score, np.nan) for score in scores)
    return pd.DataFrame({"genre": list(genres), "precision": precision, "recall": recall, "f1": f1, "support": support})


def confusion(probs: NDArray[np.floating], labels: NDArray[np.integer], n_classes: int) -> NDArray[np.integer]:
    """Return how often each true genre (row) was predicted as each genre (column): counts (K, K).

    Example:
        >>> confusion(np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]]), np.array([0, 1, 1]), 2).tolist()
        [[1, 0], [1, 1]]
    """
    pairs = labels.astype(np.int64) * n_classes + probs.argmax(axis=1)
    return np.bincount(pairs, minlength=n_classes**2).reshape(n_classes, n_classes)


def _scores(counts: NDArray[np.integer]) -> tuple[NDArray[np.floating], ...]:
    """Return precision, recall, F1 (0 for a zero denominator) and support of each genre, `(K,)` each.

    scikit-learn's functions give the same but take a hundred times as long, in every epoch.
    """
    hits, named, support = counts.diagonal(), counts.sum(axis=0), counts.sum(axis=1)
    precision, recall = hits / named.clip(min=1), hits / support.clip(min=1)
    return precision, recall, 2 * hits / (named + support).clip(min=1), support


def all_metrics(predictions: pd.DataFrame) -> dict[str, float]:
    """Return `{split}/{level}/{metric}` for every split of a predictions table, per segment and per track.

    A table without a column track, as from bare batches, has segment metrics only.

    Example:
        >>> rows = {"split": "test", "track": ["a", "a", "b"], "start": [0.0, 3.0, 0.0], "label": [0, 0, 1]}
        >>> metrics = all_metrics(pd.DataFrame(rows | {"p_jazz": [0.9, 0.4, 0.3], "p_rock": [0.1, 0.6, 0.7]}))
        >>> round(metrics["test/segment/accuracy"], 2), metrics["test/track/accuracy"]
        (0.67, 1.0)
    """
    known = "track" in predictions or "recording" in predictions
    tracks = dict(iter(track_probabilities(predictions).groupby("split", sort=False))) if known else {}
    metrics: dict[str, float] = {}
    for split, rows in predictions.groupby("split", sort=False):
        for level, table in {"segment": rows, **({"track": tracks[split]} if known else {})}.items():
            values = segment_metrics(probabilities_of(table), table["label"].to_numpy())
            metrics |= {f"{split}/{level}/{name}": value for name, value in values.items()}
    return metrics
