"""A chart of many results: the accuracy of each, with its interval and a dot for each run."""

from collections.abc import Mapping, Sequence
from textwrap import wrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from musicgenre.shortened import shortened, told_apart
from musicgenre.visual.style import house_style

_HONEST, _LEAKS = "#3f90da", "#b9ac70"
_WIDTH, _LINES = 44, 3  # of a name: characters per line, and about how many lines
_HEAD, _OF_DATA = 76, 20  # characters of data and split above their rows, and those left to data
_LINE = 0.19  # height of a line, inches
_SAME = 0.5  # points: dots closer than this would overlap, and are moved apart


def accuracies_figure(rows: pd.DataFrame, dots: Mapping[int, Sequence[float]], level: str = "track") -> Figure:
    """Draw a bar for each row, as long as its mean accuracy in %, with its 95 % interval and a dot for each run.

    The figure is as high as needed for names not to overlap, however many rows there are.

    Args:
        rows: One row each, in drawing order: data, split, run (its name), `LEVEL accuracy %` with its bounds, leaks.
        dots: The runs' accuracies in % by index in `rows`.
        level: "track" or "segment".

    Example:
        >>> rows = pd.DataFrame({"data": "gtzan", "split": "filtered", "run": ["CNN", "SVM"], "leaks": ""})
        >>> rows = rows.assign(**{"track accuracy %": [75.0, 60.0]})
        >>> rows = rows.assign(**{"track accuracy % low": 50.0, "track accuracy % high": 80.0})
        >>> [text.get_text() for text in accuracies_figure(rows, {0: [70.0, 80.0]}).axes[0].texts]
        ['75.0', '60.0', 'gtzan, filtered']
    """
    brief = told_apart(tuple(dict.fromkeys(rows["run"])), _WIDTH * _LINES)
    names = ["\n".join(wrap(brief[name], _WIDTH)) for name in rows["run"]]
    headers = rows[["data", "split"]].ne(rows[["data", "split"]].shift()).any(axis=1).tolist()
    labels: list[str] = []
    places: list[float] = []
    heads: list[tuple[float, str]] = []
    at = 0.0
    for name, data, split, is_new in zip(names, rows["data"], rows["split"], headers, strict=True):
        if is_new:
            at += 1.4
            split = shortened(split, _HEAD - _OF_DATA)
            heads.append((at, f"{shortened(data, _HEAD - len(split))}, {split}"))
            at += 1.4
        lines = name.count("\n") + 1
        labels.append(name)
        places.append(at + (lines - 1) / 2)
        at += lines + 0.5
    with house_style():
        figure = Figure(figsize=(8, 0.8 + _LINE * (at + 1)), layout="constrained")
        axes = figure.add_subplot()
        _draw(axes, rows, places, level)
        for place, values in dots.items():
            axes.plot(*_apart(values, places[place]), "o", color="black", markersize=2.5, alpha=0.7, clip_on=False)
        axes.set_yticks(places, labels)
        for height, text in heads:
            axes.annotate(
                text, (1, height), xycoords=("axes fraction", "data"), ha="right", va="center", fontsize=8,
                fontweight="bold", annotation_clip=False,
            )  # fmt: skip
        axes.set(
            xlim=(0, 100),
            ylim=(at + 0.2, 0.4),
            xlabel=f"test accuracy of {level}s, % (whiskers: 95 % interval; dots: runs)",
        )
        axes.tick_params(axis="y", length=0)
        axes.grid(visible=True, axis="x")
        if (rows["leaks"] != "").any():
            handles = [Patch(color=_HONEST, label="no known leak"), Patch(color=_LEAKS, label="leaks")]
            figure.legend(handles=handles, loc="outside lower right", ncols=2)
    return figure


def _draw(axes: Axes, rows: pd.DataFrame, places: Sequence[float], level: str) -> None:
    name = f"{level} accuracy %"
    colours = [_LEAKS if leaks else _HONEST for leaks in rows["leaks"]]
    axes.barh(places, rows[name], color=colours, height=0.9)
    reach = np.abs(rows[[f"{name} low", f"{name} high"]].to_numpy(float).T - rows[name].to_numpy(float))
    axes.errorbar(rows[name], places, xerr=reach, fmt="none", ecolor="#333333", elinewidth=1, capsize=2.5)
    for value, place in zip(rows[name], places, strict=True):
        if value == value:
            axes.text(101.5, place, f"{value:.1f}", va="center", fontsize=8)


def _apart(values: Sequence[float], place: float) -> tuple[list[float], list[float]]:
    """Return the positions of dots: those of similar values are stacked."""
    ordered = sorted(value for value in values if value == value)
    heights: list[float] = []
    start, count = -float("inf"), 0
    for value in ordered:
        start, count = (start, count + 1) if value - start < _SAME else (value, 0)
        heights.append(place + _step(count))
    return ordered, heights


def _step(count: int) -> float:
    return 0.15 * ((count + 1) // 2) * (1 if count % 2 else -1)
