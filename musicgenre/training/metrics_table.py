"""A run's metrics as a table: one row an epoch, every curve a column."""

import argparse
from pathlib import Path
from typing import Any

import pandas as pd
from lightning.pytorch.loggers import Logger
from lightning.pytorch.utilities import rank_zero_only

from musicgenre.files import replace_text


class MetricsTable(Logger):
    """Writes `metrics.csv`; a resumed run goes on below the rows it has.

    Args:
        folder: The run folder.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.path = folder / "metrics.csv"
        self.rows: dict[int, dict[str, float]] = {}
        if self.path.is_file():
            table = pd.read_csv(self.path, index_col="epoch")
            values = table.to_numpy(dtype=float)  # a NaN was never logged
            self.rows = {
                int(epoch): {str(name): v for name, v in zip(table.columns, row, strict=True) if v == v}
                for epoch, row in zip(table.index, values.tolist(), strict=True)
            }

    @property
    def name(self) -> str:
        """Nothing: the table lies in the run folder itself."""
        return ""

    @property
    def version(self) -> str:
        """Nothing: the run folder is the version."""
        return ""

    @property
    def experiment(self) -> None:
        """There is no writer behind the table."""

    @rank_zero_only
    def log_hyperparams(self, params: dict[str, Any] | argparse.Namespace, *args: object, **kwargs: object) -> None:
        """Nothing: `.hydra/config.yaml` holds them."""

    @rank_zero_only
    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        """Add what an epoch logged to its row (`step` counts epochs here), and write the table whole."""
        values = {name: value for name, value in metrics.items() if name != "epoch" and not name.startswith("test/")}
        if step is not None and values:
            self.rows.setdefault(step, {}).update(values)
            table = pd.DataFrame.from_dict(self.rows, orient="index").rename_axis("epoch").sort_index()
            replace_text(self.path, table.to_csv())
