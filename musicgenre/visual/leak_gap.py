"""How much of an accuracy is due to leaks: one model under splits that leak less and less of their test tracks."""

from textwrap import fill

import pandas as pd
from matplotlib.figure import Figure

from musicgenre.visual.style import GENRE_COLOURS, house_style

_COLOURS = tuple(GENRE_COLOURS.values())


def leak_gap_figure(table: pd.DataFrame) -> Figure:
    """Draw the accuracy of each model under each split, with its interval.

    Args:
        table: One row per model and split: run, data, split, accuracy, low, high (%), from `leak_gap`.

    Example:
        >>> table = pd.DataFrame({"run": "CNN", "data": "gtzan", "split": ["stratified", "artist_kfold"]})
        >>> table = table.assign(accuracy=[74.0, 60.0], low=[66.0, 53.0], high=[80.0, 66.0])
        >>> [text.get_text() for text in leak_gap_figure(table).axes[0].get_xticklabels()]
        ['stratified', 'artist_kfold']
    """
    splits = list(dict.fromkeys(table["split"]))
    models = list(table.groupby(["run", "data"], sort=False))
    width = 0.8 / len(models)
    with house_style():
        figure = Figure(figsize=(2.2 + max(1.1, 0.5 * len(models)) * len(splits), 3.6), layout="constrained")
        axes = figure.add_subplot()
        for place, ((run, data), rows) in enumerate(models):
            at = [splits.index(split) + (place - (len(models) - 1) / 2) * width for split in rows["split"]]
            reach = [rows["accuracy"] - rows["low"], rows["high"] - rows["accuracy"]]
            label = fill(f"{run}, {data}", 60)
            axes.bar(at, rows["accuracy"], 0.9 * width, color=_COLOURS[place % len(_COLOURS)], label=label)
            axes.errorbar(at, rows["accuracy"], yerr=reach, fmt="none", ecolor="#333333", elinewidth=1, capsize=2.5)
            for x, value, high in zip(at, rows["accuracy"], rows["high"], strict=True):
                axes.text(x, min(high + 1.5, 97), f"{value:.1f}", ha="center", fontsize=7)
        axes.set_xticks(range(len(splits)), [fill(split.replace(" ", "\n"), 18) for split in splits])
        axes.tick_params(axis="x", length=0)
        axes.set(ylim=(0, 105), ylabel="test accuracy of tracks, %", yticks=range(0, 101, 20))
        axes.grid(visible=True, axis="y")
        figure.legend(loc="outside lower center")
    return figure
