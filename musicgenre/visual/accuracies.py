"""All runs' test accuracy in one bar chart."""

from textwrap import fill

import pandas as pd
from matplotlib.figure import Figure

from musicgenre.visual.style import house_style

_HONEST, _LEAKS = "#3f90da", "#b9ac70"
_LINE = 40  # characters in a line of a name
_METRICS = ("test/track/accuracy", "val/track/accuracy")  # the first one that the runs have


def accuracies_figure(runs: pd.DataFrame, summary: pd.DataFrame) -> Figure:
    """Draw a bar for each kind of run, as long as its mean accuracy a track, with a dot for each run.

    Args:
        runs: One row a run: run (its name) and metrics.
        summary: One row a name, from `summarise`: run, leak and the metrics' means, best first.

    Example:
        >>> runs = pd.DataFrame({"run": ["CNN", "CNN", "SVM"], "test/track/accuracy": [0.8, 0.7, 0.6]})
        >>> summary = pd.DataFrame({"run": ["CNN", "SVM"], "leak": ["", ""], "test/track/accuracy": [0.75, 0.6]})
        >>> [text.get_text() for text in accuracies_figure(runs, summary).axes[0].texts]
        ['0.750', '0.600']
    """
    metric = next(name for name in _METRICS if name in summary.columns)
    places = {name: place for place, name in enumerate(reversed(list(summary.run)))}  # the best at the top
    with house_style():
        figure = Figure(figsize=(8, 1.8 + 0.32 * len(summary)), layout="constrained")
        axes = figure.add_subplot()
        for leaks, colour in ((False, _HONEST), (True, _LEAKS)):
            rows = summary[(summary.leak != "") == leaks]
            if len(rows):
                label = "leaks" if leaks else None
                axes.barh([places[name] for name in rows.run], rows[metric], color=colour, height=0.7, label=label)
                if leaks:
                    figure.legend(loc="outside lower right")
        axes.plot(runs[metric], [places[name] for name in runs.run], "o", color="black", markersize=3)
        for name, value in zip(summary.run, summary[metric], strict=True):
            inside = value > 0.1  # else there is no room for it in the bar
            place, colour = (0.01, "white") if inside else (value + 0.01, "black")
            axes.text(place, places[name], f"{value:.3f}", va="center", color=colour, fontsize=8)
        axes.set_yticks(list(places.values()), [fill(name, _LINE) for name in places])
        split, level, _ = metric.split("/")
        axes.set(xlim=(0, 1), xlabel=f"accuracy, {split} {level}s (a dot a run)")
        axes.tick_params(axis="y", length=0)
        axes.grid(visible=True, axis="x")
    return figure
