"""Compute the features of a whole corpus on all cores, and write them track by track."""

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
from musicgenre.data.store.extract import Extracted, Extractor, FeaturesError
from musicgenre.data.store.fingerprint import Hashes, require_unchanged
from musicgenre.errors import MusicGenreError
from musicgenre.features.compiled import compile_librosa
from musicgenre.memory import keep_freed_memory
from musicgenre.orphans import end_with_parent
from musicgenre.progress import track_progress

_WORTH_PROCESSES = 10.0  # s of work; a process takes some seconds to load its packages


def write_features(
    corpus: Corpus, hashed: Hashes, extractor: Extractor, file: BinaryIO, on_error: str, progress: bool
) -> dict[str, Any]:
    """Append every track's features to the file, in the corpus' order; return the index that describes them."""
    digest = xxhash.xxh3_128()
    shape: tuple[int, ...] | None = None
    starts: dict[str, list[float]] = {}
    skipped: dict[str, str] = {}
    passing: list[str] = []  # skipped for a reason that may not recur
    facts: dict[str, dict[str, Any]] = {}
    seconds: dict[str, float] = {}
    results = _extract_all(corpus.tracks, extractor)
    for track, result in track_progress(results, len(corpus.tracks), "Computing features", progress):
        if not getattr(result, "passing", False):
            stamp, content = hashed[track.id]
            require_unchanged(track.path, content, stamp)
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
            f"{track.path} gives features of shape {found.features.shape[1:]}, but the tracks before it {shape}: set "
            "segments.length, or choose a front end whose features have one size for any length."
        )


def _none_usable(corpus: Corpus, skipped: dict[str, str]) -> MusicGenreError:
    reasons = "; ".join(f"{track}: {reason}" for track, reason in islice(skipped.items(), 3))
    return MusicGenreError(f"No track in {corpus.root} could be used ({len(skipped)} tried: {reasons}).")


def _facts(result: Extracted | MusicGenreError) -> Facts:
    """Return what is known about a file, from its features or its error."""
    found = getattr(result, "facts", None)
    return found if isinstance(found, Facts) else Facts()


def unusable(track: str, reason: str) -> MusicGenreError:
    """Return the error for a track that cannot be used."""
    return MusicGenreError(
        f"{track}: {reason.rstrip('.')}. Repair or remove the file, or set on_error=skip to leave it out."
    )


def _extract_all(
    tracks: tuple[Track, ...], extractor: Extractor
) -> Iterator[tuple[Track, Extracted | MusicGenreError]]:
    """Yield every track with its features or the reason why it has none, in order, from a pool of threads.

    Decoding, transforms and resampling release the interpreter's lock, so threads use all cores without copying
    between processes; an extractor that holds it asks for processes. Only a few tracks are in flight, so memory does
    not grow with the corpus.
    """
    workers = os.cpu_count() or 1
    in_processes = getattr(extractor, "in_processes", False)
    keep_freed_memory()
    with _one_torch_thread():
        waiting = iter(tracks)
        if in_processes:
            yield from _while_short(waiting, len(tracks), extractor)
        yield from _from_pool(waiting, extractor, workers, in_processes)


def _while_short(
    waiting: Iterator[Track], n_tracks: int, extractor: Extractor
) -> Iterator[tuple[Track, Extracted | MusicGenreError]]:
    """Yield tracks computed in this process, until the remaining ones are worth starting others."""
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
        except BaseException as error:  # Ctrl-C too: do not wait for the processes
            if isinstance(pool, loky.ProcessPoolExecutor):
                pool.shutdown(kill_workers=True)
                flight.clear()  # loky fails on cancelled ones
            if isinstance(error, loky.process_executor.TerminatedWorkerError):
                raise MusicGenreError(
                    f"A process that computes features ended early ({_exit_codes(error)}): run again with more memory "
                    "free; tracks that are done are kept."
                ) from error
            raise
        finally:
            for _, future in flight:  # after an error; threads finish their current track
                future.cancel()


def _exit_codes(error: Exception) -> str:
    """Return the exit codes that loky reports of its processes, or else the name of the error."""
    codes = str(error).partition("The exit codes of the workers are ")[2]
    return codes.partition("\n")[0] or type(error).__name__


def _pool(workers: int, in_processes: bool) -> Executor:
    if not in_processes:
        return ThreadPoolExecutor(workers)
    compile_librosa()  # the slow features use librosa
    # loky, since multiprocessing imports the caller's main module again: a script without a guard would run twice.
    pool: Executor = loky.ProcessPoolExecutor(workers, initializer=_begin_worker)
    return pool


def _begin_worker() -> None:
    """Prepare a worker process: it uses one core, and leaves Ctrl-C to its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
    torch.set_num_threads(1)


def extract(extractor: Extractor, path: Path) -> Extracted | MusicGenreError:
    """Return a file's features, or the error that explains why it has none; raise one that is not the file's."""
    try:
        return extractor(path)
    except FeaturesError:
        raise
    except MusicGenreError as error:
        return error


@contextmanager
def _one_torch_thread() -> Iterator[None]:
    """Let each worker compute on one thread: further threads of torch would only compete with them."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
