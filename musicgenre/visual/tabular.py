"""Figures of tables of features, one row per track: genres, correlations, principal components."""

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from musicgenre.visual.style import (
    COLUMN,
    genre_colours,
    genre_labels,
    genre_marker,
    house_style,
    in_lines,
    name_genres,
)
from musicgenre.words import counted

_ORDER = ("first", "second", "third")
_LEGEND_ROW = 0.17  # inches
_SHORT = 11  # characters of a name in a legend of five columns
_SIZES = {"o": 20, "s": 18, "D": 16, "*": 60, "P": 36, "X": 32}  # square points: so that shapes have about equal weight
Scale = Literal["minmax", "standard"] | None


def classes_figure(genres: Sequence[str], title: str) -> Figure:
    """Draw how many tracks each genre has, as bars from 0.

    Args:
        genres: Genre of each track.
        title: What is counted.

    Example:
        >>> axes = classes_figure(["jazz", "rock", "jazz"], "My music").axes[0]
        >>> axes.get_title(), [text.get_text() for text in axes.texts]
        ('My music: 3 tracks', ['2', '1'])
    """
    counts = pd.Series(list(genres)).value_counts().sort_index()
    with house_style():
        figure = Figure(figsize=(max(COLUMN, 1 + 0.35 * len(counts)), 3), layout="constrained")
        axes = figure.add_subplot()
        colours = genre_colours(counts.index)
        bars = axes.bar(range(len(counts)), counts, color=[colours[genre] for genre in counts.index])
        axes.bar_label(bars, fontsize=8, padding=2)
        axes.set(title=in_lines(f"{title}: {counted(counts.sum(), 'track')}"), ylabel="tracks")
        name_genres(axes, list(counts.index))
        axes.yaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    return figure


def correlation_figure(table: pd.DataFrame, title: str) -> Figure:
    """Draw the (Pearson) correlation of every two columns: red is positive, blue negative, white none.

    Args:
        table: One row per track, one column per feature; constant columns are left out.
        title: What the table holds.

    Example:
        >>> table = pd.DataFrame({"tempo": [90, 120, 150], "rms_mean": [0.3, 0.2, 0.1], "length": [30, 30, 30]})
        >>> [label.get_text() for label in correlation_figure(table, "features").axes[0].get_yticklabels()]
        ['tempo', 'rms mean']
    """
    varied = table.loc[:, table.nunique() > 1]
    matrix = varied.corr().to_numpy()
    shown = np.where(np.triu(np.ones_like(matrix, dtype=bool), k=1), np.nan, matrix)
    names = [str(name).replace("_", " ") for name in varied.columns]
    side = 2.5 + 0.19 * len(names)  # inches
    with house_style():
        figure = Figure(figsize=(side + 0.8, side), layout="constrained")
        axes = figure.add_subplot()
        image = axes.imshow(shown, cmap="RdBu_r", vmin=-1, vmax=1)
        axes.set_xticks(range(len(names)), names, rotation=90, fontsize=7)
        axes.set_yticks(range(len(names)), names, fontsize=7)
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        axes.set_title(in_lines(title, max(12, int(8 * side))))
        figure.colorbar(image, ax=axes, label="correlation", shrink=0.5)
    return figure


def variance_figure(values: NDArray[np.floating], title: str, scale: Scale = "minmax") -> Figure:
    """Draw how much of the variance the first principal components explain together.

    Args:
        values: One row per track, one column per feature `(N, P)`.
        title: What the values are.
        scale: How each column is scaled first: "minmax" to [0, 1], as S2 did, "standard" to deviation 1, or None.

    Example:
        >>> copies = np.arange(20.0)[:, None].repeat(5, axis=1)  # five columns, one dimension
        >>> [text.get_text() for text in variance_figure(copies, "copies").axes[0].texts]
        ['1 for 90 %', '1 for 95 %']
    """
    shares = PCA().fit(_scaled(values, scale)).explained_variance_ratio_.cumsum()
    with house_style():
        figure = Figure(figsize=(5.5, 3.2), layout="constrained")
        axes = figure.add_subplot()
        axes.plot(np.arange(1, len(shares) + 1), 100 * shares, marker="o", markersize=2.5, color="#3f90da")
        for level, below in ((0.9, 18), (0.95, 9)):  # points; keeps the texts apart if the levels are near
            n = int(np.searchsorted(shares, level) + 1)
            axes.plot(n, 100 * shares[n - 1], "o", color="#e76300", zorder=3)
            place = (n, 100 * shares[n - 1])
            axes.annotate(f"{n} for {100 * level:.0f} %", place, (8, -below), textcoords="offset points")
        axes.set(title=in_lines(title), xlabel="principal components", ylabel="explained variance (%)", ylim=(0, 102))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(visible=True, axis="y")
    return figure


def pca_figure(values: NDArray[np.floating], genres: Sequence[str], title: str, scale: Scale = "minmax") -> Figure:
    """Draw tracks by their first three principal components, with a colour and a shape per genre.

    The second component is drawn against the first on the left, against the third on the right.

    Args:
        values: One row per track `(N, P)`.
        genres: Genre of each row.
        title: What the values are.
        scale: How each column is scaled first: "minmax" to [0, 1], as S2 did, "standard" to deviation 1, or None.

    Example:
        >>> values = np.random.default_rng(0).normal(size=(20, 5))
        >>> figure = pca_figure(values, ["jazz", "rock"] * 10, "noise")
        >>> len(figure.axes), [text.get_text() for text in figure.legends[0].get_texts()]
        (2, ['jazz', 'rock'])
    """
    pca = PCA(n_components=min(3, *values.shape)).fit(scaled := _scaled(values, scale))
    lacking = 3 - pca.n_components_  # with a layer of two values, or two tracks
    points = np.pad(pca.transform(scaled), ((0, 0), (0, lacking)))
    shares = np.pad(100 * pca.explained_variance_ratio_, (0, lacking))
    names = [f"{name} component ({share:.0f} %)" for name, share in zip(_ORDER, shares, strict=True)]
    labels = np.array(list(genres))
    present = sorted(set(labels.tolist()))
    written, colours = genre_labels(present), genre_colours(present)
    columns = 5 if max(map(len, written)) <= _SHORT else 2
    with house_style():
        rows = math.ceil(len(present) / columns)  # of the legend
        figure = Figure(figsize=(COLUMN, 3.6 + _LEGEND_ROW * max(0, rows - 3)), layout="constrained")
        grid = figure.subplots(1, 2, sharey=True)
        for axes, across in zip(grid, (0, 2), strict=True):
            for genre, label in zip(present, written, strict=True):
                x, y = points[labels == genre][:, [across, 1]].T
                marker = genre_marker(genre)
                look = {"color": colours[genre], "marker": marker, "s": _SIZES.get(marker, 24), "lw": 0}
                axes.scatter(x, y, label=label, alpha=0.8, **look)
            axes.set_xlabel(names[across])
            axes.grid(visible=True)
        grid[0].set_ylabel(names[1])
        figure.legend(*grid[0].get_legend_handles_labels(), loc="outside lower center", ncols=columns)
        figure.suptitle(in_lines(f"{title}: three principal components (share of the variance)"))
    return figure


def _scaled(values: NDArray[np.floating], scale: Scale) -> NDArray[np.floating]:
    """Return scaled columns."""
    if scale is None:
        return values
    scaled: NDArray[np.floating] = {"minmax": MinMaxScaler, "standard": StandardScaler}[scale]().fit_transform(values)
    return scaled
