"""Training curves from the table of metrics that a run writes while it trains."""

import math

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from musicgenre.visual.style import house_style

SPLITS = {"train": "#717581", "val": "#e76300"}  # each split's colour


def training_curves(metrics: pd.DataFrame) -> Figure:
    """Draw a panel a metric: training and validation against the epoch, the losses first.

    Args:
        metrics: table with a column `epoch` and columns `train/<metric>` and `val/<metric>`; a metric missing
            from a row is NaN there, as Lightning's CSV logger writes it. Columns of single steps
            (`..._step`) are left out.

    Raises:
        ValueError: if no column holds a metric of training or validation.
    """
    by_epoch = metrics.groupby("epoch").last()  # the last value that is not NaN
    panels: dict[str, list[str]] = {}
    for column in by_epoch.columns:
        split, _, metric = str(column).partition("/")
        if split in SPLITS and not metric.endswith("_step") and by_epoch[column].notna().any():
            panels.setdefault(metric.removesuffix("_epoch"), []).append(str(column))
    if not panels:
        raise ValueError(f"no train/ or val/ metrics among the columns {list(metrics.columns)}")
    with house_style():
        n_columns = min(len(panels), 3)
        n_rows = math.ceil(len(panels) / n_columns)
        figure = Figure(figsize=(4.0 * n_columns, 3.0 * n_rows), layout="constrained")
        for index, (metric, columns) in enumerate(sorted(panels.items(), key=_loss_first), start=1):
            _draw_panel(figure.add_subplot(n_rows, n_columns, index), metric, by_epoch[columns])
    return figure


def _loss_first(panel: tuple[str, list[str]]) -> tuple[bool, str]:
    return "loss" not in panel[0], panel[0]


def _draw_panel(axes: Axes, metric: str, values: pd.DataFrame) -> None:
    for column in values:
        split = str(column).partition("/")[0]
        curve = values[column].dropna()
        axes.plot(curve.index, curve, color=SPLITS[split], label=split, marker="o", markersize=3)
    axes.set(title=metric.replace("_", " "), xlabel="epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(visible=True, axis="y")
    axes.legend()
