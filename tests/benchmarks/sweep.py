"""Nine short jobs in one command: how much of the process's time is not fitting."""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

JOBS = ["train", "-m", "optimizer=adam,sgd,rmsprop", "seed=0,1,2"]


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as name:
        command = [sys.executable, "-m", "musicgenre", *JOBS, f"hydra.sweep.dir={name}", *sys.argv[1:]]
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        whole = time.perf_counter() - start
        fits = [json.loads(path.read_text())["fit_seconds"] for path in Path(name).glob("*/metrics.json")]
    outside = whole - sum(fits)
    table = Table("jobs", "whole s", "fitting s", "outside s", "outside, share of whole")
    table.add_row(str(len(fits)), f"{whole:.1f}", f"{sum(fits):.1f}", f"{outside:.1f}", f"{outside / whole:.1%}")
    Console().print(table)


if __name__ == "__main__":
    main()
