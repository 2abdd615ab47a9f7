"""A run's metrics as a table: one row an epoch, every curve a column."""

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
    """Writes `metrics.csv`; a resumed run goes on below the rows it has.

    What is logged several times in an epoch (by a step, or at a validation in its middle) has its last value there.

    Args:
        save_dir: The folder.
    """

    def __init__(self, save_dir: str | Path) -> None:
        super().__init__()
        self.path = Path(save_dir) / "metrics.csv"
        self._pending: dict[str, float] = {}  # logged by a callback, which says its step and not its epoch

    @cached_property
    def rows(self) -> dict[int, dict[str, float]]:
        """What was logged of each epoch, by the run that is gone on from too: read when the first figure comes."""
        if not self.path.is_file():
            return {}
        with self.path.open(encoding="utf-8", newline="") as file:  # floats as Python reads them: to the last bit
            return {
                int(row.pop("epoch")): {name: float(value) for name, value in row.items() if value}
                for row in csv.DictReader(file)
            }

    def go_on_from(self, epoch: int) -> None:
        """Forget what was logged of an epoch (from 0) and those after it: they are yet to come."""
        for number in [number for number in self.rows if number >= epoch]:
            del self.rows[number]

    @property
    def name(self) -> str:
        """Nothing: the table lies in the folder itself."""
        return ""

    @property
    def version(self) -> str:
        """Nothing: the folder is the version."""
        return ""

    @property
    def experiment(self) -> None:
        """There is no writer behind the table."""

    @rank_zero_only
    def log_hyperparams(self, params: dict[str, Any] | argparse.Namespace, *args: object, **kwargs: object) -> None:
        """Do nothing: `.hydra/config.yaml` holds them."""

    @rank_zero_only
    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        """Add what was logged to its epoch's row, and write the table whole."""
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
        """Write what a callback logged after the last epoch's own figures, unless it is of one that is broken off."""
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
