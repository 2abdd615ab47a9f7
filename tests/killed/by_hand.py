"""Kill every kind of command at each of its file events: `python tests/killed/by_hand.py [RUNS] [EVERY] [KIND ...]`.

RUNS is where the run folders go (another file system than TMPDIR, such as /dev/shm); EVERY takes every n-th event only.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))  # the tests' other helpers

from killing import differences, finished, killed, left
from kinds import KINDS, command
from made_audio import write_corpus


def points(kind: str, runs: Path, root: Path, every: int = 1) -> tuple[int, int, list[str]]:
    """Kill a command at each event in turn, restart it and compare; return the points, the equal ones, the others."""
    cache = Path(os.environ["MUSICGENRE_CACHE"])
    shutil.rmtree(cache, ignore_errors=True)
    whole = runs / "whole"
    finished(*command(kind, root, whole))
    wanted, kept = left(whole), left(cache)
    shutil.rmtree(whole)
    event, n, equal = 1 - every, 0, 0
    differing: list[str] = []
    while True:
        event += every
        folder = runs / "whole"  # always the same name, as figures and tables hold it
        if kind == "prepare":
            shutil.rmtree(cache)
        if not killed(event, (folder, cache), *command(kind, root, folder)):
            shutil.rmtree(folder)
            return n, equal, differing
        n += 1
        finished(*command(kind, root, folder))
        other = differences(wanted, left(folder)) + [f"cache: {name}" for name in differences(kept, left(cache))]
        equal += not other
        if other:
            differing.append(f"{kind} {event}: {', '.join(other)}")
            print(differing[-1], flush=True)
        shutil.rmtree(folder)


def main() -> None:
    """Print a line for each kind."""
    given = sys.argv[1:]
    base = Path(given[0]) if given else Path(tempfile.gettempdir())
    runs = Path(tempfile.mkdtemp(dir=base))
    os.environ["MUSICGENRE_CACHE"] = str(runs / "cache")
    root = write_corpus(runs / "corpus")
    import musicgenre.cli.gan
    import musicgenre.cli.launch
    import musicgenre.gan.alone
    import musicgenre.training.classical
    import musicgenre.training.network  # noqa: F401  # all that a forked process then has

    for kind in given[2:] or KINDS:
        n, equal, differing = points(kind, runs, root, int(given[1]) if given[1:] else 1)
        print(f"| {kind} | {n} | {equal} | {len(differing)} |", flush=True)
    shutil.rmtree(runs)


if __name__ == "__main__":
    main()
