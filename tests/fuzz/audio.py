"""Thousands of damaged recordings, by hand: `python tests/fuzz/audio.py --count 10000`.

Each is read in a watched worker process: a crash, a traceback, more than 5 s, more than 500 MB above the start, or a
cut recording taken for whole is printed, and the file kept in --keep.
"""

import argparse
import multiprocessing
import resource
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from audio_mutants import Mutant, mutants

LONGEST, LARGEST = 5.0, 500  # s, MB


def judge(mutant: Mutant) -> str:
    """Read a mutant whole and in blocks; return what went wrong, empty if nothing did."""
    from musicgenre.data.audio.decode import hear
    from musicgenre.data.audio.facts import AudioError
    from musicgenre.data.audio.stream import Stream

    try:
        waveform, facts = hear(mutant.content, 22050)
    except AudioError as error:
        return "" if 0 < len(str(error)) < 300 else f"says {str(error)!r}"
    if not np.isfinite(waveform).all():
        return "holds NaN or infinite samples"
    taken_whole = not facts.note and (facts.seconds or 0) - facts.heard < 0.15
    if mutant.missing > 0.35 and taken_whole and len(waveform) / 22050 < 1.65:
        return f"{mutant.missing:.2f} s were cut off, and {facts.heard:.2f} s are taken for whole"
    with Stream(mutant.content, 22050) as stream:
        streamed = sum(map(len, stream))
    return "" if abs(streamed - len(waveform)) <= 2 else f"{len(waveform)} samples whole, {streamed} in blocks"


def work(pipe: Connection) -> None:
    """Judge each mutant that arrives, until None does."""
    from musicgenre.data.audio.decode import hear  # noqa: F401  # the imports are no part of what is measured

    start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    while (mutant := pipe.recv()) is not None:
        try:
            found = judge(mutant)
        except Exception as error:  # any error is a finding
            found = f"{type(error).__name__}: {error}"
        peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - start) / 1024
        if peak > LARGEST and not found:
            found = f"{peak:.0f} MB above the start"
        pipe.send((found, peak))
        if peak > LARGEST:
            return


class Worker:
    """A process that judges, restarted when it ends."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Start the process."""
        context = multiprocessing.get_context("spawn")
        self.pipe, other = context.Pipe()
        self.process = context.Process(target=work, args=(other,), daemon=True)
        self.process.start()
        other.close()

    def judge(self, mutant: Mutant) -> tuple[str, float]:
        """Return what is wrong, and the peak memory so far in MB."""
        try:
            self.pipe.send(mutant)
            if self.pipe.poll(60 if self.fresh else LONGEST):
                found: tuple[str, float] = self.pipe.recv()
                if found[1] > LARGEST:
                    self.begin()
                return found
            text = f"more than {LONGEST:g} s"
        except (EOFError, BrokenPipeError):
            text = "the process crashed"
        self.process.kill()
        self.process.join()
        self.begin()
        return text, 0.0

    @property
    def fresh(self) -> bool:
        """Whether it may still be importing: true for the first file only."""
        first, self.__dict__["used"] = "used" not in self.__dict__, self.process.pid
        return first


def main() -> int:
    """Print what went wrong and how often; return 1 if anything did."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="folder for the files that failed")
    arguments = parser.parse_args()
    worker, failures, peak, begin = Worker(), 0, 0.0, time.perf_counter()
    for number, mutant in enumerate(mutants(arguments.count, arguments.seed)):
        found, memory = worker.judge(mutant)
        peak = max(peak, memory)
        if found:
            failures += 1
            print(f"{number}: {mutant.name}: {found}", flush=True)
            if arguments.keep:
                arguments.keep.mkdir(parents=True, exist_ok=True)
                (arguments.keep / f"{number}.bin").write_bytes(mutant.content)
    seconds = time.perf_counter() - begin
    print(f"{arguments.count} files, {failures} failures, peak {peak:.0f} MB above the start, {seconds:.0f} s")
    return int(failures > 0)


if __name__ == "__main__":
    sys.exit(main())
