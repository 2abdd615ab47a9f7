"""Predictions of many recordings as tables."""

from collections.abc import Mapping, Sequence

import pandas as pd

from musicgenre.evaluation.metrics import probability_columns
from musicgenre.prediction.result import Prediction

_COLUMNS = ("file", "genre", "confidence", "agreement", "distance", "doubt", "seconds", "reason")


def predictions_frame(
    found: Mapping[str, Prediction], unusable: Mapping[str, str], genres: Sequence[str]
) -> pd.DataFrame:
    """Return a row per file: genre, confidence, agreement, distance, doubt, seconds, reason, then each `p_<genre>`.

    Args:
        found: Predictions by file.
        unusable: Reasons by file; such a row has only its reason.
        genres: The genres, which have columns even if nothing was heard.

    Example:
        >>> segments = pd.DataFrame({"run": [0], "start": [0.0], "seconds": [3.0], "p_jazz": [0.75], "p_rock": [0.25]})
        >>> heard = Prediction(("jazz", "rock"), segments, seconds=3.0)
        >>> table = predictions_frame({"a.wav": heard}, {"b.wav": "holds no samples"}, heard.genres)
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
    return pd.DataFrame(rows, columns=[*_COLUMNS, *probability_columns(genres)])


def segments_frame(found: Mapping[str, Prediction], genres: Sequence[str]) -> pd.DataFrame:
    """Return a row per segment: file, run, start (s), seconds, then `p_<genre>` for each genre.

    Example:
        >>> segments = pd.DataFrame({"run": [0, 0], "start": [0.0, 3.0], "seconds": [3.0, 3.0], "p_jazz": [1.0, 1.0]})
        >>> table = segments_frame({"a.wav": Prediction(("jazz",), segments, seconds=6.0)}, ("jazz",))
        >>> table[["file", "start"]].to_dict("list")
        {'file': ['a.wav', 'a.wav'], 'start': [0.0, 3.0]}
    """
    columns = ["file", "run", "start", "seconds", *probability_columns(genres)]
    tables = [each.segments.assign(file=name)[columns] for name, each in found.items()]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)
