"""A diagram of a network: its layers from the input down, with their shapes and parameters."""

from collections.abc import Hashable, Mapping

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from musicgenre.visual.style import house_style
from musicgenre.words import counted

# Kind of a layer, by a part of its class name; others are grey.
_COLOURS = {
    "Conv": "#cfe6f8",
    "Gabor": "#cfe6f8",
    "LSTM": "#cfe6f8",
    "Linear": "#f8d9c0",
    "Norm": "#e4d6ee",
    "Pool": "#dceedd",
    "Dropout": "#f3efd9",
}
_ROW = 0.27  # inches


def network_figure(layers: pd.DataFrame, in_shape: tuple[int, ...], title: str) -> Figure:
    """Draw a network's layers one below the other: name, kind, shape of the output, parameters.

    Args:
        layers: See `musicgenre.nets.inspection.layer_table`.
        in_shape: Shape of one input `(C, F, T)`.
        title: Name of the network.

    Example:
        >>> row = {"layer": "conv", "kind": "Conv2d", "output": "4x2x2", "parameters": 40, "fixed": 0}
        >>> figure = network_figure(pd.DataFrame([row]), (1, 4, 4), "a net")
        >>> figure.axes[0].get_title(), [text.get_text() for text in figure.axes[0].texts][:3]
        ('a net: 1 layer, 40 parameters', ['input', '', '1x4x4'])
    """
    total, fixed = int(layers.parameters.sum()), int(layers.fixed.sum())
    kept = f" and {fixed:,} fixed values" if fixed else ""
    rows = [("input", "", "x".join(map(str, in_shape)), ""), *(_texts(row) for row in layers.to_dict("records"))]
    with house_style():
        figure = Figure(figsize=(6.4, _ROW * len(rows) + 0.6), layout="constrained")
        axes = figure.add_subplot()
        for place, row in enumerate(rows):
            colour = next((c for part, c in _COLOURS.items() if part in row[1]), "#eeeeee" if place else "#ffffff")
            box = FancyBboxPatch(
                (0, -place - 0.4), 10, 0.8, boxstyle="round,pad=0,rounding_size=0.15", facecolor=colour,
                edgecolor="#999999", linewidth=0.6,
            )  # fmt: skip
            axes.add_patch(box)
            for text, x, side in zip(row, (0.2, 3.4, 7.6, 9.8), ("left", "left", "right", "right"), strict=True):
                axes.text(x, -place, text, ha=side, va="center", fontsize=8)
        axes.set(xlim=(-0.1, 10.1), ylim=(-len(rows) + 0.4, 0.6))
        axes.set_axis_off()
        n = f"{counted(len(layers), 'layer')}"
        axes.set_title(f"{title}: {n}, {total:,} parameters{kept}")
    return figure


def _texts(row: Mapping[Hashable, object]) -> tuple[str, str, str, str]:
    """Return the texts in a layer's box."""
    own = f"{row['parameters']:,}" if row["parameters"] else ""
    return str(row["layer"]), str(row["kind"]), str(row["output"]), own
