"""A run's metrics as a table: a row for each epoch, a column for each curve."""

import argparse
import csv
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
from lightning.pytorch.loggers import Logger
from lightning.pytorch.utilities import rank_zero_only

from musicgenre.files import replace_text


class MetricsTable(Logger):
    """Writes `metrics.csv`; a resumed run appends to its rows.

    Of values logged several times in an epoch (at each step, or at validations within it) the last one is kept.

    Args:
        save_dir: The folder.
    """

    def __init__(self, save_dir: str | Path) -> None:
        super().__init__()
        self.path = Path(save_dir) / "metrics.csv"
        self._pending: dict[str, float] = {}  # logged by a callback, with a step but no epoch

    @cached_property
    def rows(self) -> dict[int, dict[str, float]]:
        """Values logged in each epoch, also before resuming: read when the first value is logged."""
        if not self.path.is_file():
            return {}
        with self.path.open(encoding="utf-8", newline="") as file:  # Python parses floats exactly
            return {
                int(row.pop("epoch")): {name: float(value) for name, value in row.items() if value}
                for row in csv.DictReader(file)
            }

    def go_on_from(self, epoch: int) -> None:
        """Discard what was logged in an epoch (from 0) and those after it, which are yet to come."""
        for number in [number for number in self.rows if number >= epoch]:
            del self.rows[number]

    @property
    def name(self) -> str:
        """Empty: the table is in the folder itself."""
        return ""

    @property
    def version(self) -> str:
        """Empty: the folder is the version."""
        return ""

    @property
    def experiment(self) -> None:
        """None: the table has no writer behind it."""

    @rank_zero_only
    def log_hyperparams(self, params: dict[str, Any] | argparse.Namespace, *args: object, **kwargs: object) -> None:
        """Do nothing: `.hydra/config.yaml` holds them."""

    @rank_zero_only
    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        """Add the values to their epoch's row, and rewrite the table."""
        values = {name: float(value) for name, value in metrics.items() if not name.startswith("test/")}
        epoch = values.pop("epoch", None)
        if epoch is None:
            self._pending |= values
        elif values:
            self.rows.setdefault(int(epoch), {}).update(self._pending | values)
            self._pending = {}
            self.save()

    @rank_zero_only
    def finalize(self, status: str) -> None:
        """Write what a callback logged after the last epoch's own metrics, unless its epoch was interrupted."""
        pending, self._pending = self._pending, {}
        if pending and self.rows and status == "success":
            self.rows[max(self.rows)].update(pending)
            self.save()

    @rank_zero_only
    def save(self) -> None:
        """Write the table."""
        if self.rows:
            table = pd.DataFrame.from_dict(self.rows, orient="index").rename_axis("epoch").sort_index()
            replace_text(self.path, table.to_csv(lineterminator="\n"))
