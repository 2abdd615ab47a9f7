"""Predictions of many recordings as tables."""

from collections.abc import Mapping

import pandas as pd

from musicgenre.evaluation.metrics import probability_columns
from musicgenre.prediction.result import Prediction


def predictions_frame(found: Mapping[str, Prediction], unusable: Mapping[str, str]) -> pd.DataFrame:
    """Return a row per file: genre, confidence, agreement, distance, doubt, seconds, reason, then each `p_<genre>`.

    Args:
        found: Predictions by file.
        unusable: Reasons by file; such a row has only its reason.

    Example:
        >>> segments = pd.DataFrame({"run": [0], "start": [0.0], "seconds": [3.0], "p_jazz": [0.75], "p_rock": [0.25]})
        >>> heard = Prediction(("jazz", "rock"), segments, seconds=3.0)
        >>> table = predictions_frame({"a.wav": heard}, {"b.wav": "holds no samples"})
        >>> table.genre[0], float(table.p_rock[0]), table.reason[1]
        ('jazz', 0.25, 'holds no samples')
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
        | dict(zip(probability_columns(each.genres), map(float, each.probabilities[list(each.genres)]), strict=True))
        for name, each in found.items()
    ]
    rows += [{"file": name, "reason": reason} for name, reason in unusable.items()]
    return pd.DataFrame(rows)


def segments_frame(found: Mapping[str, Prediction]) -> pd.DataFrame:
    """Return a row per segment: file, run, start (s), seconds, then `p_<genre>` for each genre.

    Example:
        >>> segments = pd.DataFrame({"run": [0, 0], "start": [0.0, 3.0], "seconds": [3.0, 3.0], "p_jazz": [1.0, 1.0]})
        >>> table = segments_frame({"a.wav": Prediction(("jazz",), segments, seconds=6.0)})
        >>> table[["file", "start"]].to_dict("list")
        {'file': ['a.wav', 'a.wav'], 'start': [0.0, 3.0]}
    """
    tables = [each.segments.assign(file=name) for name, each in found.items()]
    if not tables:
        return pd.DataFrame(columns=["file", "run", "start", "seconds"])
    table = pd.concat(tables, ignore_index=True)
    return table[["file", *(name for name in table.columns if name != "file")]]
