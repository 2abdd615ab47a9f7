"""Training curves from the table of metrics that a run writes during training."""

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from musicgenre.visual.style import house_style

COLOURS = {"train": "#717581", "val": "#e76300"}  # by split
MARKERS = {"train": "s", "val": "o"}  # besides the colour
STYLES = {"segment": "-", "track": "--"}  # by level
PANELS = {"loss": "loss", "accuracy": "accuracy (%)", "macro_f1": "macro F1 (%)"}  # micro F1 equals the accuracy


class _Curve(NamedTuple):
    column: str
    split: str
    level: str
    metric: str


def training_curves(
    metrics: pd.DataFrame, tested: int | None = None, best: int | None = None, *, upright: bool = False
) -> Figure:
    """Draw loss, accuracy and macro F1 (in %) against the epoch: training and validation, by segment and by track.

    Args:
        metrics: Table with a column `epoch`, which counts from 0 as Lightning does, and columns
            `{split}/{level}/{metric}`, of which those of training and validation are drawn; a metric missing from a
            row is NaN there, as Lightning's CSV logger writes it.
        tested: The epoch that was tested, from 1, which is marked.
        best: The best epoch by validation, from 1, which is marked if it differs.
        upright: Whether to stack the panels instead of drawing them side by side.

    Raises:
        ValueError: if no column can be drawn.

    Example:
        >>> metrics = pd.DataFrame({"epoch": [0, 1], "train/segment/loss": [2.3, 1.9], "val/track/accuracy": 0.4})
        >>> [axes.get_title() for axes in training_curves(metrics).axes]
        ['loss', 'accuracy (%)']
    """
    by_epoch = metrics.groupby("epoch").last()  # the last value that is not NaN
    marks = {"tested": tested} | ({} if best == tested else {"best": best})
    curves = [_Curve(name, *name.split("/")) for name in by_epoch.columns if name.count("/") == 2]
    curves = [
        curve
        for curve in curves
        if curve.split in COLOURS and curve.level in STYLES and by_epoch[curve.column].notna().any()
    ]
    panels = [metric for metric in PANELS if any(curve.metric == metric for curve in curves)]
    if not panels:
        raise ValueError(f"no metrics of training or validation among the columns {list(metrics.columns)}")
    with house_style():
        rows, columns = (len(panels), 1) if upright else (1, len(panels))
        figure = Figure(figsize=(3.7, 2.4 * rows + 0.5) if upright else (4.0 * columns, 3.4), layout="constrained")
        for index, metric in enumerate(panels, start=1):
            axes = figure.add_subplot(rows, columns, index)
            _draw_panel(axes, metric, [curve for curve in curves if curve.metric == metric], by_epoch)
            _mark(axes, {name: epoch for name, epoch in marks.items() if epoch is not None})
        shown = {str(line.get_label()): line for axes in figure.axes for line in axes.lines}
        order = sorted(shown, key=lambda label: "epoch" in label)  # curves first
        figure.legend([shown[label] for label in order], order, loc="outside lower center", ncols=2 * columns)
    return figure


def _draw_panel(axes: Axes, metric: str, curves: list[_Curve], by_epoch: pd.DataFrame) -> None:
    scale = 1 if metric == "loss" else 100
    for curve in curves:
        values = scale * by_epoch[curve.column].dropna()
        axes.plot(
            values.index + 1,  # from 0 in the table, from 1 wherever a run shows them
            values,
            STYLES[curve.level],
            color=COLOURS[curve.split],
            label=f"{curve.split}, {curve.level}",
            marker=MARKERS[curve.split],
            markersize=3.5,
        )
    axes.set(title=PANELS[metric], xlabel="epoch")
    if metric != "loss":
        axes.set_ylim(0, 100)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(visible=True, axis="y")


def _mark(axes: Axes, epochs: Mapping[str, int]) -> None:
    """Draw a line at each epoch, with an entry in the legend."""
    for (name, epoch), style in zip(epochs.items(), ("-", ":"), strict=False):
        axes.axvline(epoch, color="#222222", linewidth=0.9, linestyle=style, label=f"{name}: epoch {epoch}", zorder=1)
