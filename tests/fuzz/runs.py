"""Thousands of damaged run folders and checkpoints, by hand: `python tests/fuzz/runs.py --count 2000`.

Each is read by everything that reads a run folder. A traceback, a message that is not one sentence, or figures that
change without a message are printed; the last lines count what was tried and what held.
"""

import argparse
import logging
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

from made_run import write_original  # noqa: E402
from run_mutants import mutants  # noqa: E402
from run_readers import READERS, judge  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=100)
    asked = parser.parse_args()
    logging.disable()
    tried, wrong = Counter[str](), Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        original = write_original(Path(folder, "original"))
        whole = {name: read(original) for name, read in READERS.items() if name != "begun"}
        for mutant in mutants(original, Path(folder, "run"), asked.count, asked.seed):
            kind = mutant.name.rpartition(".")[2]
            found = judge(mutant, whole)
            tried[kind] += 1
            wrong[kind] += bool(found)
            for name, text in found.items():
                print(f"{mutant.name}: {name}: {text}"[:400], flush=True)
    for kind, count in tried.items():
        print(f"{kind}: {count} damaged, {count - wrong[kind]} held")


if __name__ == "__main__":
    main()
