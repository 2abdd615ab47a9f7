"""Runs that differ in the seed alone, as mean and spread; predictions as scikit-learn's classification report."""

import pandas as pd
from sklearn.metrics import classification_report

from musicgenre.evaluation.metrics import genres_of, probabilities_of


def summarise(table: pd.DataFrame) -> pd.DataFrame:
    """Compute mean and sample standard deviation over the runs of one name.

    Args:
        table: One row a run: run (its name), leak (empty if nothing leaks), folder, and a column a metric.

    Returns:
        One row a name, the most accurate on test tracks first: run, runs (their number), leak, and for each metric
        its mean and `METRIC_sd` (NaN for a single run).

    Example:
        >>> runs = pd.DataFrame({"run": ["CNN"] * 2, "leak": "", "folder": ["a", "b"], "test/track/loss": [0.7, 0.8]})
        >>> summarise(runs).round(3).to_dict("records")
        [{'run': 'CNN', 'runs': 2, 'leak': '', 'test/track/loss': 0.75, 'test/track/loss_sd': 0.071}]
    """
    metrics = [name for name in table.columns if name not in ("run", "leak", "folder")]
    groups = table.groupby("run", sort=False)
    parts = {"runs": groups.size(), "leak": groups["leak"].max()}
    for name in metrics:
        parts |= {name: groups[name].mean(), f"{name}_sd": groups[name].std(ddof=1)}
    summary = pd.DataFrame(parts).reset_index()
    by = [name for name in ("test/track/accuracy", "val/track/accuracy") if name in metrics]
    return summary.sort_values(by, ascending=False, kind="stable").reset_index(drop=True) if by else summary


def genre_report(predictions: pd.DataFrame) -> str:
    """Write scikit-learn's classification report: precision, recall, F1 and support of each genre.

    Example:
        >>> table = pd.DataFrame({"label": [0, 0, 1], "p_jazz": [0.9, 0.4, 0.3], "p_rock": [0.1, 0.6, 0.7]})
        >>> print(genre_report(table).splitlines()[2])
        jazz 1.000 0.500 0.667 2
    """
    genres = genres_of(predictions)
    predicted = probabilities_of(predictions).argmax(axis=1)
    text: str = classification_report(
        predictions["label"], predicted, labels=range(len(genres)), target_names=genres, digits=3, zero_division=0
    )
    return text
