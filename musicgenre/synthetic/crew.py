"""Share the rendering of a corpus among processes.

The workers are plain subprocesses, not a `multiprocessing` pool: forking is unsafe once the caller has
started threads (torch does), and spawning imports the caller's main module again, which is slow from a
command line that imports torch and fails from a script without a `__main__` guard.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.progress import Progress

from musicgenre.errors import MusicGenreError
from musicgenre.synthetic.plan import Plan
from musicgenre.synthetic.worker import write_track

PACKAGES = Path(__file__).parents[2]  # the folder that holds `musicgenre`, for the workers' path


def render_all(plan: Plan, root: Path, *, progress: bool, workers: int | None) -> None:
    """Render every track of the plan below a root that exists.

    Args:
        plan: What to render.
        root: Where to.
        progress: Show a progress bar.
        workers: Processes; by default one a core.

    Raises:
        MusicGenreError: A worker failed.
    """
    for genre in plan.genres:
        (root / genre).mkdir()
    tracks = plan.tracks()
    n_workers = min(workers or _cores(), len(tracks))
    with Progress(transient=True, disable=not progress) as bar:
        task = bar.add_task("Rendering the synthetic corpus", total=len(tracks))

        def done() -> None:
            bar.advance(task)

        if n_workers == 1:
            for genre, index in tracks:
                write_track(root, genre, index, plan.seed, plan.seconds)
                done()
        else:
            _render_in_processes(plan, root, n_workers, done)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _render_in_processes(plan: Plan, root: Path, n_workers: int, done: Callable[[], None]) -> None:
    # Dealt out like cards: every worker gets some of each genre, since genres differ in cost.
    shares = [plan.tracks()[i::n_workers] for i in range(n_workers)]
    with ThreadPoolExecutor(n_workers) as pool:
        processes = [_start(plan, root, share) for share in shares]
        try:
            words = list(pool.map(lambda process: _watch(process, done), processes))
        finally:  # inside the pool, which would otherwise wait for the workers when interrupted
            for process in processes:
                process.kill()
                process.wait()
    failures = [error for error in words if error]
    if failures:
        raise MusicGenreError(f"Rendering the synthetic corpus failed in a worker process:\n{failures[0]}")


def _start(plan: Plan, root: Path, tracks: list[tuple[str, int]]) -> subprocess.Popen[str]:
    job = {"root": str(root.absolute()), "tracks": tracks, "seed": plan.seed, "seconds": plan.seconds}
    path = os.pathsep.join([str(PACKAGES), *filter(None, [os.environ.get("PYTHONPATH")])])
    process = subprocess.Popen(
        [sys.executable, "-m", "musicgenre.synthetic.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert process.stdin is not None
    with process.stdin:  # not the command line, which is too short for thousands of tracks
        json.dump(job, process.stdin)
    return process


def _watch(process: subprocess.Popen[str], done: Callable[[], None]) -> str:
    """Count a worker's tracks to its end; its last words if it failed, else nothing."""
    assert process.stdout is not None and process.stderr is not None
    with process.stdout, process.stderr:
        for _ in process.stdout:
            done()
        words = process.stderr.read()
    return words.strip()[-2000:] or f"exit status {process.returncode}" if process.wait() else ""
