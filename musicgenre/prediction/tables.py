"""Predictions of many recordings as tables."""

from collections.abc import Mapping

import pandas as pd

from musicgenre.evaluation.metrics import PREFIX
from musicgenre.prediction.result import Prediction


def predictions_frame(found: Mapping[str, Prediction], unusable: Mapping[str, str]) -> pd.DataFrame:
    """One row a file: genre, confidence, agreement, distance, doubt, seconds, reason, and `p_<genre>` of all genres.

    Args:
        found: Predictions by file.
        unusable: Reasons by file; such a row has nothing but its reason.
    """
    rows: list[dict[str, object]] = [
        {
            "file": name,
            "genre": each.genre,
            "confidence": each.confidence,
            "agreement": each.agreement,
            "distance": each.distance,
            "doubt": each.doubt,
            "seconds": each.seconds,
            "reason": None,
        }
        | {PREFIX + genre: float(each.probabilities[genre]) for genre in each.genres}
        for name, each in found.items()
    ]
    rows += [{"file": name, "reason": reason} for name, reason in unusable.items()]
    return pd.DataFrame(rows)


def segments_frame(found: Mapping[str, Prediction]) -> pd.DataFrame:
    """One row a segment: file, run, start (s), seconds, then `p_<genre>` for each genre."""
    tables = [each.segments.assign(file=name) for name, each in found.items()]
    if not tables:
        return pd.DataFrame(columns=["file", "run", "start", "seconds"])
    table = pd.concat(tables, ignore_index=True)
    return table[["file", *(name for name in table.columns if name != "file")]]
