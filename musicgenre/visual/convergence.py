"""Learning curves of several rows in one figure, and accuracy against parameters and time."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, LogLocator, MaxNLocator, NullFormatter

from musicgenre.shortened import told_apart
from musicgenre.visual.style import GENRE_COLOURS, house_style

COSTS = {"parameters": "parameters", "seconds": "training time, s"}  # columns of a row, with the names of their axes

_COLOURS = tuple(GENRE_COLOURS.values())
_STYLES = ("-", "--", ":", "-.")
_MARKERS = ("o", "s", "^", "D", "v", "P")
_WIDTH = 110  # characters of a label
_FEW, _HALF = 6, 50  # most labels, and characters in each, for two columns
_THOUSAND = 1000
_AROUND = 3  # times a single value, and its part, that an axis shows
_MANY = 200  # times the least value: beyond it, ticks at powers of ten are enough


def convergence_figure(curves: Mapping[str, list[pd.DataFrame]], level: str, rows: Sequence[str] = ()) -> Figure:
    """Draw validation loss and accuracy against the epoch: the mean of each row's runs, with thin lines for its runs.

    The mean ends with the run that ended first: beyond that it would be over fewer runs.

    Args:
        curves: By name, a table for each run: epoch (from 1), loss, accuracy (a fraction).
        level: Level of the accuracy, "track" or "segment".
        rows: The names of all rows, also of those without curves: a row has one colour in all figures; empty for those
            of `curves`.

    Example:
        >>> run = pd.DataFrame({"epoch": [1, 2], "loss": [2.0, 1.5], "accuracy": [0.3, 0.5]})
        >>> figure = convergence_figure({"adam": [run], "sgd": [run]}, "track")
        >>> [axes.get_ylabel() for axes in figure.axes]
        ['validation loss, nats', 'validation accuracy of tracks, %']
    """
    places = {name: place for place, name in enumerate(rows or curves)}
    brief = told_apart(tuple(curves), _WIDTH)
    with house_style():
        figure = Figure(figsize=(9, 3.6 + 0.16 * len(curves)), layout="constrained")
        panels = figure.subplots(1, 2)
        for name, runs in curves.items():
            place = places[name]
            every = pd.concat(runs)
            every = every[every["epoch"] <= min(run["epoch"].max() for run in runs)]
            colour, style = _COLOURS[place % len(_COLOURS)], _STYLES[place // len(_COLOURS) % len(_STYLES)]
            for axes, column, scale in ((panels[0], "loss", 1), (panels[1], "accuracy", 100)):
                if len(runs) > 1:
                    for run in runs:
                        axes.plot(run["epoch"], scale * run[column], style, color=colour, linewidth=0.5, alpha=0.4)
                mean = every.groupby("epoch")[column].mean()
                axes.plot(mean.index, scale * mean, style, color=colour, linewidth=1.6, label=brief[name])
                if len(mean) == 1:
                    axes.plot(mean.index, scale * mean, "o", color=colour)
        panels[0].set(ylabel="validation loss, nats")
        panels[1].set(ylabel=f"validation accuracy of {level}s, %", ylim=(0, 100))
        for axes in panels:
            axes.set_xlabel("epoch")
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            axes.grid(visible=True, axis="y")
        handles, labels = panels[1].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=_columns(labels))
    return figure


def cost_figure(rows: pd.DataFrame) -> Figure:
    """Draw accuracy against the number of parameters and against training time, as far as known, a point per row.

    Rows of which neither is known, such as ensembles, are left out.

    Args:
        rows: One row each: run, accuracy, low, high (%), parameters, seconds; NaN if unknown, but not all of both. The
            index, the place among all rows of a report, decides the colour.

    Example:
        >>> rows = pd.DataFrame({"run": ["CNN"], "accuracy": 70.0, "low": 60.0, "high": 80.0, "parameters": [1e5]})
        >>> [axes.get_xlabel() for axes in cost_figure(rows.assign(seconds=60.0)).axes]
        ['parameters', 'training time, s']
    """
    known = {column: label for column, label in COSTS.items() if (rows[column] > 0).any()}
    rows = rows[(rows[list(known)] > 0).any(axis=1)]
    with house_style():
        figure = Figure(figsize=(9, 3.6 + 0.16 * len(rows)), layout="constrained")
        for place, (column, label) in enumerate(known.items(), start=1):
            axes = figure.add_subplot(1, len(known), place)
            _scatter(axes, rows, column)
            axes.set(xlabel=label, ylabel="test accuracy of tracks, %" if place == 1 else "", ylim=(0, 100))
            _logarithmic(axes, rows[column][rows[column] > 0])
            axes.grid(visible=True)
        handles, labels = figure.axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=_columns(labels))
    return figure


def _columns(labels: Sequence[str]) -> int:
    """Return the number of columns in which a legend of these labels fits into the figure."""
    return 2 if len(labels) <= _FEW and max(map(len, labels), default=0) <= _HALF else 1


def _logarithmic(axes: Axes, values: pd.Series) -> None:
    """Scale the axis logarithmically, with ticks (such as 50k) at 1, 2 and 5 of each power of ten, or at 1 if many.

    A single value stands in the middle, with the only tick.
    """
    axes.set_xscale("log")
    many = values.max() > _MANY * values.min()
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0,) if many else (1.0, 2.0, 5.0)))
    thousands = EngFormatter(sep="")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.3g}" if value < _THOUSAND else thousands(value))
    axes.xaxis.set_minor_formatter(NullFormatter())
    if values.nunique() == 1:
        axes.set(xlim=(values.min() / _AROUND, values.min() * _AROUND), xticks=[values.min()])
        axes.minorticks_off()


def _scatter(axes: Axes, rows: pd.DataFrame, column: str) -> None:
    brief = told_apart(tuple(dict.fromkeys(map(str, rows["run"]))), _WIDTH)
    for place, row in zip(rows.index, rows.to_dict("records"), strict=True):
        colour, marker = _COLOURS[place % len(_COLOURS)], _MARKERS[place // len(_COLOURS) % len(_MARKERS)]
        x = row[column] if row[column] > 0 else float("nan")
        reach = [
            [max(0.0, row["accuracy"] - row["low"])],
            [max(0.0, row["high"] - row["accuracy"])],
        ]
        label = brief[str(row["run"])]
        axes.errorbar(
            [x], [row["accuracy"]], yerr=reach, fmt=marker, color=colour, capsize=2, elinewidth=0.8, label=label
        )
