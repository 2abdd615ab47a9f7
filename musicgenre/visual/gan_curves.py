"""Training curves of a GAN's two sides: losses, and how often the discriminator was right."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from musicgenre.visual.style import house_style

# Panel: its lines, as column, name, colour, marker; and the factor of the values.
_PANELS = {
    "loss": (("loss_discriminator", "discriminator", "#717581", "s"), ("loss_generator", "generator", "#e76300", "o")),
    "discriminator accuracy (%)": (
        ("accuracy_real", "on real", "#3f90da", "^"),
        ("accuracy_generated", "on generated", "#bd1f01", "v"),
    ),
}


def gan_curves(metrics: pd.DataFrame) -> Figure:
    """Draw both sides' losses, and the share of real and generated sequences (%) that the discriminator got right.

    Args:
        metrics: Table with a column `epoch`, which counts from 0 as Lightning does, and columns `gan/...`.

    Example:
        >>> metrics = pd.DataFrame({"epoch": [0, 1], "gan/loss_generator": [0.7, 0.9], "gan/accuracy_real": [0.5, 0.8]})
        >>> [line.get_ydata().tolist() for axes in gan_curves(metrics).axes for line in axes.lines]
        [[0.7, 0.9], [50.0, 80.0]]
    """
    table = metrics.groupby("epoch").last()
    with house_style():
        figure = Figure(figsize=(3.7, 5.0), layout="constrained")
        for axes, (title, curves) in zip(figure.subplots(2, 1), _PANELS.items(), strict=True):
            scale = 1 if title == "loss" else 100
            for column, name, colour, marker in curves:
                if (values := table.get(f"gan/{column}")) is not None:
                    axes.plot(
                        table.index + 1, scale * values, color=colour, label=name, marker=marker, markersize=3.5,
                        markevery=max(1, len(table) // 12),
                    )  # fmt: skip
            axes.set(title=title, xlabel="epoch", **({} if title == "loss" else {"ylim": (0, 105)}))
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            axes.grid(visible=True, axis="y")
            axes.legend()
    return figure
