"""Write and show a run's results: metrics, predictions, figures, the table on the screen."""

from collections.abc import Callable, Mapping

import pandas as pd
from matplotlib.figure import Figure
from rich.text import Text

from musicgenre.evaluation.intervals import accuracy_intervals
from musicgenre.evaluation.metrics import (
    all_metrics,
    confusion,
    genre_table,
    genres_of,
    probabilities_of,
    track_probabilities,
)
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.leaks import Leaks
from musicgenre.transcript import show
from musicgenre.visual.confusion import confusion_figure, genres_figure
from musicgenre.visual.render import Pixels, draw
from musicgenre.visual.tables import SPLITS, results_table


def write_results(
    folder: RunFolder,
    predictions: pd.DataFrame,
    figures: Mapping[str, Pixels],
    summary: Mapping[str, float | str],
    leaks: Leaks | None = None,
    more: Callable[[Mapping[str, float | str]], None] | None = None,
    *,
    epoch: int | None = None,
) -> dict[str, float | str]:
    """Write predictions, tables, figures and, last of all, the metrics; print the results.

    Args:
        folder: The run folder.
        predictions: Every segment's probabilities.
        figures: Drawn figures, by name.
        summary: Further entries of `metrics.json`, such as the number of parameters.
        leaks: What split, data and protocol leak; None if not counted.
        more: Called with the metrics to write further files of the run, as a folder with `metrics.json` is complete.

        epoch: Which epoch of a run these are of, for the titles of the tables; None for the run itself.

    Returns:
        The content of `metrics.json`.
    """
    metrics = results(predictions, summary, leaks)
    folder.write_table("predictions.csv", predictions)
    genres = genre_tables(predictions)
    folder.write_table("genres.csv", genres)
    for name, pixels in figures.items():
        folder.write_figure(name, pixels)
    if more is not None:
        more(metrics)
    folder.write_metrics(metrics)
    _show(folder, genres, metrics, "" if epoch is None else f", after epoch {epoch}")
    return metrics


def results(
    predictions: pd.DataFrame, summary: Mapping[str, float | str], leaks: Leaks | None = None
) -> dict[str, float | str]:
    """Return the content of `metrics.json`: metrics of each split and level, their bounds, the summary, the leaks.

    Args:
        predictions: Every segment's probabilities.
        summary: Further entries, such as the number of parameters.
        leaks: What split, data and protocol leak; None if not counted.

    Example:
        >>> rows = {"split": "test", "track": ["a", "b"], "start": 0.0, "genre": ["jazz", "rock"], "label": [0, 1]}
        >>> predictions = pd.DataFrame(rows | {"p_jazz": [0.9, 0.8], "p_rock": [0.1, 0.2]})
        >>> results(predictions, {"epochs": 3})["test/track/accuracy"]
        0.5
    """
    metrics = all_metrics(predictions) | accuracy_intervals(predictions)
    return {**metrics, **summary, **(leaks.metrics() if leaks else {})}


def genre_tables(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return precision, recall and F1 of each genre, by split and level.

    Example:
        >>> rows = {"split": "test", "track": ["a", "b"], "start": 0.0, "genre": ["jazz", "rock"], "label": [0, 1]}
        >>> table = genre_tables(pd.DataFrame(rows | {"p_jazz": [0.9, 0.8], "p_rock": [0.1, 0.2]}))
        >>> table[table.level == "track"][["genre", "precision", "recall"]].to_dict("list")
        {'genre': ['jazz', 'rock'], 'precision': [0.5, 0.0], 'recall': [1.0, 0.0]}
    """
    parts = []
    tracks = dict(iter(track_probabilities(predictions).groupby("split", sort=False)))
    for split, rows in predictions.groupby("split", sort=False):
        for level, table in (("segment", rows), ("track", tracks[split])):
            found = genre_table(probabilities_of(table), table.label.to_numpy(), genres_of(predictions))
            parts.append(found.assign(split=split, level=level)[["split", "level", *found.columns]])
    return pd.concat(parts, ignore_index=True)


def result_figures(predictions: pd.DataFrame, width: float | None = None) -> dict[str, Pixels]:
    """Return drawn figures by name: each split's confusion matrix and scores by genre, for tracks.

    Args:
        predictions: Every segment's probabilities.
        width: Width in inches; None for the usual one.
    """
    names, genres = genres_of(predictions), genre_tables(predictions)
    figures: dict[str, Figure] = {}
    for split, rows in predictions.groupby("split", sort=False):
        tracks = track_probabilities(rows)
        matrix = confusion(probabilities_of(tracks), tracks.label.to_numpy(), len(names))
        figures[f"confusion_{split}"] = confusion_figure(matrix, names, f"Confusion, {split} tracks")
        table = genres[(genres.split == split) & (genres.level == "track")]
        figures[f"genres_{split}"] = genres_figure(table, f"By genre, {split} tracks")
    return {name: draw(figure, width) for name, figure in figures.items()}


def _show(folder: RunFolder, genres: pd.DataFrame, metrics: Mapping[str, float | str], when: str) -> None:
    """Print the metrics, the last split's genres, the leak and the folder; `when` is added to the titles."""
    last = genres.split.iloc[-1]
    shown = genres[(genres.split == last) & (genres.level == "track")]
    numbers = {name: value for name, value in metrics.items() if isinstance(value, int | float)}
    leak = Text.assemble(("LEAK:", "bold red"), f" {metrics['leak']}") if metrics.get("leak") else None
    show(
        results_table(
            numbers, shown, title=f"Results{when}", genres_title=f"By genre, {SPLITS.get(last, last)} tracks{when}"
        ),
        *([leak] if leak else []),
        f"Run folder: {folder.path}",
    )
