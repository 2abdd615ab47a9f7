"""A run's results, written down and shown: metrics, predictions, figures, the table on the screen."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure
from rich.console import Console

from musicgenre.evaluation.intervals import accuracy_intervals
from musicgenre.evaluation.metrics import (
    all_metrics,
    confusion,
    genre_table,
    genres_of,
    probabilities_of,
    track_probabilities,
)
from musicgenre.runs.folder import write_metrics, write_table
from musicgenre.visual.confusion import confusion_figure, genres_figure
from musicgenre.visual.render import Pixels, draw, write_png
from musicgenre.visual.tables import results_table


def write_results(
    folder: Path,
    predictions: pd.DataFrame,
    figures: Mapping[str, Pixels],
    summary: Mapping[str, float],
    warning: str | None,
) -> dict[str, float]:
    """Write predictions, tables, figures and, last of all, the metrics; print the results.

    Args:
        folder: The run folder.
        predictions: Every segment's probabilities.
        figures: Drawn already, by name.
        summary: What stands in `metrics.json` beside the metrics, such as the number of parameters.
        warning: What the split leaks, if it leaks.

    Returns:
        The metrics, as in `metrics.json`.
    """
    genres = genre_tables(predictions)
    metrics = all_metrics(predictions) | accuracy_intervals(predictions) | dict(summary)
    write_table(folder, "predictions.csv", predictions)
    write_table(folder, "genres.csv", genres)
    for name, pixels in figures.items():
        write_png(folder / "figures" / f"{name}.png", pixels)
    write_metrics(folder, metrics | ({"leak": warning} if warning else {}))
    shown = genres[(genres.split == genres.split.iloc[-1]) & (genres.level == "track")]
    console = Console()
    last = {"val": "validation"}.get(split := genres.split.iloc[-1], split)
    console.print(results_table(metrics, shown, genres_title=f"By genre, {last} tracks"))
    if warning:
        console.print(f"[bold red]LEAK:[/] {warning}")
    console.print(f"Run folder: {folder}", soft_wrap=True, highlight=False)
    return metrics


def genre_tables(predictions: pd.DataFrame) -> pd.DataFrame:
    """Precision, recall and F1 of each genre, by split and level."""
    parts = []
    for split, rows in predictions.groupby("split", sort=False):
        for level, table in (("segment", rows), ("track", track_probabilities(rows))):
            found = genre_table(probabilities_of(table), table.label.to_numpy(), genres_of(predictions))
            parts.append(found.assign(split=split, level=level)[["split", "level", *found.columns]])
    return pd.concat(parts, ignore_index=True)


def result_figures(predictions: pd.DataFrame) -> dict[str, Pixels]:
    """Confusion matrix and figures by genre of each split's tracks."""
    names, genres = genres_of(predictions), genre_tables(predictions)
    figures: dict[str, Figure] = {}
    for split, rows in predictions.groupby("split", sort=False):
        tracks = track_probabilities(rows)
        matrix = confusion(probabilities_of(tracks), tracks.label.to_numpy(), len(names))
        figures[f"confusion_{split}"] = confusion_figure(matrix, names, f"Confusion, {split} tracks")
        table = genres[(genres.split == split) & (genres.level == "track")]
        figures[f"genres_{split}"] = genres_figure(table, f"By genre, {split} tracks")
    return {name: draw(figure) for name, figure in figures.items()}
