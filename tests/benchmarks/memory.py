"""Peak memory of preparing and training on 100, 300 and 1000 tracks, above what the imports take."""

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from made_tracks import repeated
from rich.console import Console
from rich.table import Table

IMPORTS = "import musicgenre.cli.train, resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
CHILD = """
import resource, sys
from musicgenre.__main__ import main
status = main()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
sys.exit(status)
"""


def peak(*command: str) -> float:
    """Peak resident memory of a Python program in MB, read from the end of its output."""
    done = subprocess.run([sys.executable, "-c", *command], check=True, capture_output=True, text=True)
    kilobytes = int((done.stderr.split() or done.stdout.split())[-1])
    return kilobytes / (1 if sys.platform == "darwin" else 1024) / (1024**2 if sys.platform == "darwin" else 1)


def main() -> None:
    """Print the table."""
    assert resource.RUSAGE_SELF == 0  # the unit below is that of getrusage
    table = Table("tracks", "peak MB", "above the imports, MB")
    base = peak(IMPORTS)
    for n_tracks in (100, 300, 1000):
        with tempfile.TemporaryDirectory() as name:
            root = repeated(Path(name) / "tracks", n_tracks)
            settings = [f"data.root={root}", f"hydra.run.dir={name}/run", "trainer.max_epochs=1"]
            found = peak(CHILD, "train", "data=gtzan", "features.n_mels=128", *settings)
        table.add_row(str(n_tracks), f"{found:.0f}", f"{found - base:.0f}")
    Console().print(table)


if __name__ == "__main__":
    main()
