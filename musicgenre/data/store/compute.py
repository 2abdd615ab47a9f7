"""Features of a whole corpus, computed by all cores and written one track after the other."""

import os
import signal
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO

import loky
import numpy as np
import torch
import xxhash

from musicgenre.data.audio.facts import Facts
from musicgenre.data.corpus.tracks import Corpus, Track
from musicgenre.data.store.extract import Extracted, Extractor
from musicgenre.errors import MusicGenreError
from musicgenre.features.compiled import compile_librosa
from musicgenre.orphans import end_with_parent
from musicgenre.progress import track_progress

_WORTH_PROCESSES = 10.0  # s of work; a process takes some seconds to load what it computes with


def write_features(
    corpus: Corpus, extractor: Extractor, file: BinaryIO, on_error: str, progress: bool
) -> dict[str, Any]:
    """Append every track's features to the file, in the corpus' order; give the index that describes them."""
    digest = xxhash.xxh3_128()
    shape: tuple[int, ...] | None = None
    starts: dict[str, list[float]] = {}
    skipped: dict[str, str] = {}
    passing: list[str] = []  # skipped for a reason that may be gone the next time
    facts: dict[str, dict[str, Any]] = {}
    seconds: dict[str, float] = {}
    results = _extract_all(corpus.tracks, extractor)
    for track, result in track_progress(results, len(corpus.tracks), "Computing features", progress):
        facts[track.id] = _facts(result).plain()
        if isinstance(result, MusicGenreError):
            if on_error == "raise":
                raise unusable(track.id, str(result))
            skipped[track.id] = str(result)
            passing += [track.id] if getattr(result, "passing", False) else []
            continue
        shape = shape or result.features.shape[1:]
        _require_shape(result, shape, track)
        block = np.ascontiguousarray(result.features, dtype=np.float32).data
        digest.update(block)
        file.write(block)
        starts[track.id], seconds[track.id] = result.starts, result.seconds
    if shape is None:
        raise _none_usable(corpus, skipped)
    checksum = digest.hexdigest()
    placed = {"shape": shape, "seconds": seconds, "starts": starts}
    return {"checksum": checksum, **placed, "skipped": skipped, "passing": passing, "facts": facts}


def _require_shape(found: Extracted, shape: tuple[int, ...], track: Track) -> None:
    if found.features.shape[1:] != shape:
        raise MusicGenreError(
            f"{track.path} gives features of shape {found.features.shape[1:]}, the tracks before it {shape}: "
            "segments must be of one length (set segments.length), or the front end of one size."
        )


def _none_usable(corpus: Corpus, skipped: dict[str, str]) -> MusicGenreError:
    reasons = "; ".join(f"{track}: {reason}" for track, reason in islice(skipped.items(), 3))
    return MusicGenreError(f"None of the {len(skipped)} tracks in {corpus.root} could be used ({reasons}).")


def _facts(result: Extracted | MusicGenreError) -> Facts:
    """Take what is known of a file, from its features or from the error that it gave."""
    found = getattr(result, "facts", None)
    return found if isinstance(found, Facts) else Facts()


def unusable(track: str, reason: str) -> MusicGenreError:
    """Return the error that names a track which cannot be used."""
    return MusicGenreError(
        f"{track}: {reason.rstrip('.')}. Mend or remove the file, or set on_error=skip to go without it."
    )


def _extract_all(
    tracks: tuple[Track, ...], extractor: Extractor
) -> Iterator[tuple[Track, Extracted | MusicGenreError]]:
    """Yield every track with its features or the reason why it has none, in order, from a pool of threads.

    Decoding, transforms and resampling leave the interpreter's lock, so threads fill the cores without copying
    between processes; an extractor that does not leave it asks for processes. Only a few tracks are in flight, so
    memory does not grow with the corpus.
    """
    workers = os.cpu_count() or 1
    in_processes = getattr(extractor, "in_processes", False)
    _keep_freed_memory()
    with _one_torch_thread():
        waiting = iter(tracks)
        if in_processes:
            yield from _while_short(waiting, len(tracks), extractor)
        yield from _from_pool(waiting, extractor, workers, in_processes)


def _while_short(
    waiting: Iterator[Track], n_tracks: int, extractor: Extractor
) -> Iterator[tuple[Track, Extracted | MusicGenreError]]:
    """Yield tracks computed here, until those that wait are found to be worth processes of their own."""
    for n_done, track in enumerate(waiting, start=1):
        started = time.monotonic()
        yield track, extract(extractor, track.path)
        took = time.monotonic() - started
        if n_done > 1 and took * (n_tracks - n_done) > _WORTH_PROCESSES:  # the first one loads and compiles
            return


def _from_pool(
    waiting: Iterator[Track], extractor: Extractor, workers: int, in_processes: bool
) -> Iterator[tuple[Track, Extracted | MusicGenreError]]:
    if (first := next(waiting, None)) is None:
        return
    with _pool(workers, in_processes) as pool:
        flight: deque[tuple[Track, Future[Extracted | MusicGenreError]]] = deque()
        try:
            for track in chain([first], waiting):
                flight.append((track, pool.submit(extract, extractor, track.path)))
                if len(flight) > 4 * workers:
                    done, future = flight.popleft()
                    yield done, future.result()
            while flight:
                done, future = flight.popleft()
                yield done, future.result()
        except BaseException as error:  # Ctrl-C too: nobody waits for what the processes are at
            if isinstance(pool, loky.ProcessPoolExecutor):
                pool.shutdown(kill_workers=True)
                flight.clear()  # loky fails over those that are cancelled
            if isinstance(error, loky.process_executor.TerminatedWorkerError):
                raise MusicGenreError(
                    f"A process that computes features ended before it was done ({_exit_codes(error)}): run it again, "
                    "with more memory free; tracks that are done are kept."
                ) from error
            raise
        finally:
            for _, future in flight:  # where something went wrong; threads end what they are at
                future.cancel()


def _exit_codes(error: Exception) -> str:
    """Return what loky says of a process that ended: signals, where it knows them."""
    codes = str(error).partition("The exit codes of the workers are ")[2]
    return codes.partition("\n")[0] or type(error).__name__


def _keep_freed_memory() -> None:
    """Make glibc reuse the memory of one track for the next in place of giving it back: that costs a tenth of the time.

    It keeps blocks up to the size of the largest that was ever freed, of at most 32 MiB; this one is never touched.
    """
    np.empty(31 << 20, np.uint8)


def _pool(workers: int, in_processes: bool) -> Executor:
    if not in_processes:
        return ThreadPoolExecutor(workers)
    compile_librosa()  # what is slow is librosa's
    # loky's, since multiprocessing imports the caller's main module again: a script without a guard would run twice.
    pool: Executor = loky.ProcessPoolExecutor(workers, initializer=_begin_worker)
    return pool


def _begin_worker() -> None:
    """Prepare a process of the pool: one core, and Ctrl-C is its parent's to answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
    torch.set_num_threads(1)


def extract(extractor: Extractor, path: Path) -> Extracted | MusicGenreError:
    """Return a file's features, or the error that says why it has none."""
    try:
        return extractor(path)
    except MusicGenreError as error:
        return error


@contextmanager
def _one_torch_thread() -> Iterator[None]:
    """Let each worker thread compute alone: torch's own threads on top of them only get in the way."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
