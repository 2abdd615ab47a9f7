"""CPU seconds to a command's answer, and to the first batch on cached features, compared with Lightning's import.

The commands are run several times in turn, each in a separate process, and the least time of each counts.
"""

import os
import resource
import subprocess
import sys
import tempfile

from rich.console import Console
from rich.table import Table

ROUNDS = 5
TINY = ("data.tracks_per_genre=5", "data.seconds=6", "trainer=cpu", "logger=none", "figures=false")
IMPORT = [sys.executable, "-c", "import lightning.pytorch, os; os._exit(3)"]  # exits as the first batch does
# Exits at the first batch: what follows is training.
STOP_AT_FIRST_BATCH = """
import gc, os, sys
from musicgenre.__main__ import main
from musicgenre.cli import train

whole = train.run
def run(cfg, job):
    gc.disable()  # as the command itself does while it loads
    from musicgenre.modules.classifier import GenreClassifier
    GenreClassifier.training_step = lambda *_: os._exit(3)
    return whole(cfg, job)
train.run = run
sys.exit(main())
"""
ANSWERS = {  # what is typed, and the exit status
    "train --help": (["train", "--help"], 0),
    "train --cfg job": (["train", "--cfg", "job"], 0),
    "train optimizer.rl=1": (["train", "optimizer.rl=1"], 1),
    "train data=gtzan": (["train", "data=gtzan"], 1),
    "train trainer=cuda": (["train", "trainer=cuda"], 1),
    "report runs=/nowhere": (["report", "runs=/nowhere"], 1),
    "--complete 'musicgenre train opt'": (["--complete", "musicgenre train opt"], 0),
}


def cpu_seconds(command: list[str], status: int) -> float:
    """User and system time of a process that has to end with this status, and of the children it waited for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != status:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print the table."""
    os.environ |= {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MUSICGENRE_CACHE"] = f"{folder}/cache"
        os.chdir(folder)
        first = [sys.executable, "-c", STOP_AT_FIRST_BATCH, "train", *TINY, f"hydra.run.dir={folder}/run"]
        program = [sys.executable, "-m", "musicgenre"]
        commands = {name: ([*program, *words], status) for name, (words, status) in ANSWERS.items()}
        commands |= {"import lightning.pytorch": (IMPORT, 3), "train, to the first batch": (first, 3)}
        cpu_seconds(first, 3)  # fills the cache
        rounds = [{name: cpu_seconds(*asked) for name, asked in commands.items()} for _ in range(ROUNDS)]
    least = {name: min(each[name] for each in rounds) for name in commands}
    lightning = least["import lightning.pytorch"]
    table = Table("command", "least CPU s", "most CPU s", "least, of Lightning's import")
    for name, seconds in least.items():
        most = max(each[name] for each in rounds)
        table.add_row(name, f"{seconds:.2f}", f"{most:.2f}", f"{seconds / lightning:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
