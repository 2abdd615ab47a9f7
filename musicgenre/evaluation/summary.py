"""Precision, recall and F1 of each genre as text, in the layout of scikit-learn's classification report."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from musicgenre.evaluation.metrics import genre_table, genres_of, probabilities_of

_SCORES = ("precision", "recall", "f1")


def genre_report(predictions: pd.DataFrame) -> str:
    """Return a text with precision, recall, F1 (%) and examples of each genre, then the accuracy and the means.

    Genres without examples have dashes and are left out of the means.

    Example:
        >>> table = pd.DataFrame({"label": [0, 0, 1], "p_jazz": [0.9, 0.4, 0.3], "p_rock": [0.1, 0.6, 0.7], "p_ska": 0})
        >>> print(genre_report(table))
                    precision      recall          F1    examples
        jazz            100.0        50.0        66.7           2
        rock             50.0       100.0        66.7           1
        ska                 -           -           -           0
        <BLANKLINE>
        accuracy                                 66.7           3
        macro (2)        75.0        75.0        66.7           3
        weighted         83.3        66.7        66.7           3
    """
    probs, labels = probabilities_of(predictions), predictions["label"].to_numpy()
    table = genre_table(probs, labels, genres_of(predictions))
    there = table[table["support"] > 0]
    weights, total = there["support"] / there["support"].sum(), int(there["support"].sum())
    weighted = [float((weights * there[name]).sum()) for name in _SCORES]
    accuracy = float((probs.argmax(axis=1) == labels).mean())
    lines: list[tuple[str, ...]] = [("", "precision", "recall", "F1", "examples")]
    lines += [(row["genre"], *_percent(row[name] for name in _SCORES), str(row["support"])) for row in _rows(table)]
    lines += [("", "", "", "", ""), ("accuracy", "", "", *_percent([accuracy]), str(total))]
    lines += [(f"macro ({len(there)})", *_percent(there[name].mean() for name in _SCORES), str(total))]
    lines += [("weighted", *_percent(weighted), str(total))]
    width = max(len(line[0]) for line in lines)
    return "\n".join(f"{line[0]:<{width}}{''.join(f'{cell:>12}' for cell in line[1:])}".rstrip() for line in lines)


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def _percent(shares: Iterable[float]) -> list[str]:
    return ["-" if share != share else f"{100 * share:.1f}" for share in shares]
