"""CPU seconds from the command to its answer, and to the first batch on cached features, beside Lightning's import.

Every command is run several times in turn, each in a process of its own, and its least time counts.
"""

import os
import resource
import subprocess
import sys
import tempfile

from rich.console import Console
from rich.table import Table

ROUNDS = 3
TINY = ("data.tracks_per_genre=3", "data.seconds=6", "trainer=cpu", "logger=none", "figures=false")
IMPORT = [sys.executable, "-c", "import lightning.pytorch"]
# Leaves at the first batch: what follows is training.
STOP_AT_FIRST_BATCH = """
import os, sys
from musicgenre.__main__ import main
from musicgenre.cli import train

whole = train.run
def run(cfg, job):
    from musicgenre.modules.classifier import GenreClassifier
    GenreClassifier.training_step = lambda *_: os._exit(0)
    return whole(cfg, job)
train.run = run
sys.exit(main())
"""
ANSWERS = {
    "train --help": ["train", "--help"],
    "train --cfg job": ["train", "--cfg", "job"],
    "train optimizer.rl=1": ["train", "optimizer.rl=1"],
    "train data=gtzan": ["train", "data=gtzan"],
    "train trainer=cuda": ["train", "trainer=cuda"],
    "report runs=/nowhere": ["report", "runs=/nowhere"],
    "--complete 'musicgenre train opt'": ["--complete", "musicgenre train opt"],
}


def cpu_seconds(command: list[str]) -> float:
    """User and system time of a process and of those that it waited for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):
        sys.exit(done.stderr)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print the table."""
    os.environ |= {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MUSICGENRE_CACHE"] = f"{folder}/cache"
        os.chdir(folder)
        first = [sys.executable, "-c", STOP_AT_FIRST_BATCH, "train", *TINY, f"hydra.run.dir={folder}/run"]
        commands = {name: [sys.executable, "-m", "musicgenre", *words] for name, words in ANSWERS.items()}
        commands |= {"import lightning.pytorch": IMPORT, "train, to the first batch": first}
        cpu_seconds(first)  # fills the cache
        rounds = [{name: cpu_seconds(command) for name, command in commands.items()} for _ in range(ROUNDS)]
    least = {name: min(each[name] for each in rounds) for name in commands}
    lightning = least["import lightning.pytorch"]
    table = Table("command", "CPU s", "of Lightning's import")
    for name, seconds in least.items():
        table.add_row(name, f"{seconds:.2f}", f"{seconds / lightning:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
