"""Two jobs of the default network at once against one after the other, on this machine's cores."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

JOBS = ["train", "-m", "seed=0,1", "data.tracks_per_genre=20", "data.seconds=30", "trainer=cpu"]
SAME = ["trainer.max_epochs=15", "callbacks.early_stopping=null", "figures=false", "logger=csv"]
AT_ONCE = ["hydra/launcher=joblib", "hydra.launcher.n_jobs=2"]


def sweep(*more: str) -> tuple[float, int]:
    """Run the two jobs; return the seconds that the command took, and how many jobs are complete."""
    with tempfile.TemporaryDirectory() as name:
        command = [sys.executable, "-m", "musicgenre", *JOBS, *SAME, *more, f"hydra.sweep.dir={name}", *sys.argv[1:]]
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - start, len(list(Path(name).glob("*/metrics.json")))


def main() -> None:
    """Print the table: each way twice, alternating, after a run that fills the cache."""
    sweep("trainer.max_epochs=1")
    table = Table("jobs", "one after the other, s", "at once, s", "ratio")
    for _ in range(2):
        (after, count), (together, same) = sweep(), sweep(*AT_ONCE)
        if count != same:
            raise SystemExit(f"{count} and {same} jobs are complete: nothing is to be compared.")
        table.add_row(str(count), f"{after:.1f}", f"{together:.1f}", f"{after / together:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
