"""Features of a whole corpus: computed once, kept in a memory-mapped file, read by every later run.

One folder a key:

    CACHE/features/KEY/features.bin    float32, segments one after the other, tracks in the corpus' order
    CACHE/features/KEY/index.json      shape, checksum, each track's segment starts, what was skipped and why

The key is a hash of the tracks' content, the front end's and the cutting's settings, and the code that computes
them, so a change to any of these is a new key and never a stale answer. A folder appears by one rename, when whole.
"""

import json
import logging
import os
import shutil
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import filelock
import loky
import numpy as np
import pandas as pd
import torch
import xxhash
from numpy.typing import NDArray

import musicgenre
from musicgenre.data.corpus.tracks import Corpus, Track
from musicgenre.data.store.extract import Extracted, Extractor
from musicgenre.data.store.fingerprint import hash_file, hash_tracks, hash_values
from musicgenre.errors import MusicGenreError
from musicgenre.files import cache_dir, draft_of
from musicgenre.progress import track_progress

log = logging.getLogger(__name__)

_CODE = (
    "features",
    "data/audio",
    "data/pictures.py",
    "data/store/extract.py",
    "data/store/feature_store.py",
)


@dataclass(frozen=True)
class FeatureStore:
    """The features of a corpus' readable tracks.

    Attributes:
        key: Hash of everything that the features depend on.
        features: float32 `(N, C, F, T)`, mapped from the file (what is written to it stays in memory).
        segments: One row a segment: track, genre, label, start (s), seconds.
        skipped: One row a track that gave no segment: track, reason.
        computed: Whether this call computed them (or found them in the cache).
    """

    key: str
    features: NDArray[np.float32]
    segments: pd.DataFrame
    skipped: pd.DataFrame
    computed: bool


_opened: dict[str, FeatureStore] = {}  # the last one: the next job of a sweep need not check and map it again


def open_store(corpus: Corpus, extractor: Extractor, *, on_error: str = "skip", progress: bool = True) -> FeatureStore:
    """Open the features of the corpus, from the cache or computed now by all cores.

    Args:
        corpus: The tracks.
        extractor: What turns a file into features.
        on_error: `skip` leaves out a file that cannot be used (counted and named); `raise` stops at the first.
        progress: Show a progress bar while computing.

    Raises:
        MusicGenreError: No track could be used, or one could not and `on_error` is `raise`.
    """
    if on_error not in ("skip", "raise"):
        raise MusicGenreError(f"on_error is {on_error!r}: choose skip or raise.")
    key = store_key(corpus, extractor)
    store = (
        replace(_opened[key], computed=False) if key in _opened else _open(corpus, extractor, key, on_error, progress)
    )
    _opened.clear()
    _opened[key] = store
    if len(store.skipped) and on_error == "raise":
        raise _unusable(store.skipped.track[0], store.skipped.reason[0])
    return store


def _open(corpus: Corpus, extractor: Extractor, key: str, on_error: str, progress: bool) -> FeatureStore:
    """Open the store of a key in its folder; compute it first if it is not there whole."""
    folder = cache_dir() / "features" / key
    folder.parent.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(f"{folder}.lock"):  # a second process waits here, then finds the work done
        computed = not _is_whole(folder)
        if computed:
            for left in (folder, *folder.parent.glob(f".{key}.*")):  # damaged, or what a killed process left
                shutil.rmtree(left, ignore_errors=True)
            _compute(corpus, extractor, folder, on_error, progress)
    return _load(corpus, folder, key, computed)


def store_key(corpus: Corpus, extractor: Extractor) -> str:
    """Hash the tracks' content, the extractor's settings, and the version of code and decoders."""
    return hash_values(sorted(hash_tracks(corpus).items()), extractor.settings, *code_versions())


def code_versions() -> tuple[list[str], list[str]]:
    """Hash the source files that compute features, and name versions of what they build on."""
    import soundfile
    import soxr

    root = Path(musicgenre.__file__).parent
    sources = [path for name in _CODE for path in sorted([*root.glob(f"{name}/*.py"), *root.glob(name)])]
    code = [hash_file(path) for path in sources if path.is_file()]
    return code, [musicgenre.__version__, torch.__version__, soundfile.__libsndfile_version__, soxr.__version__]


def _is_whole(folder: Path) -> bool:
    """Tell whether a store stands in the folder and its features are, byte for byte, those that were written."""
    try:
        index = json.loads((folder / "index.json").read_text())
        whole = hash_file(folder / "features.bin") == str(index["checksum"])
    except FileNotFoundError:
        whole = False
        if not folder.exists():
            return False
    except (OSError, ValueError, KeyError, TypeError):
        whole = False
    if not whole:
        log.warning("The cached features in %s are damaged: computing them again.", folder)
    return whole


def _compute(corpus: Corpus, extractor: Extractor, folder: Path, on_error: str, progress: bool) -> None:
    with draft_of(folder) as draft:
        draft.mkdir()
        with (draft / "features.bin").open("wb") as file:
            index = _write_features(corpus, extractor, file, on_error, progress)
        (draft / "index.json").write_text(json.dumps(index))


def _write_features(
    corpus: Corpus, extractor: Extractor, file: BinaryIO, on_error: str, progress: bool
) -> dict[str, Any]:
    """Append every track's features to the file, in the corpus' order; give the index that describes them."""
    digest = xxhash.xxh3_128()
    shape: tuple[int, ...] | None = None
    starts: dict[str, list[float]] = {}
    skipped: dict[str, str] = {}
    seconds = 0.0
    for track, result in track_progress(
        _extract_all(corpus.tracks, extractor), len(corpus.tracks), "Computing features", progress
    ):
        if isinstance(result, MusicGenreError):
            if on_error == "raise":
                raise _unusable(track.id, str(result))
            skipped[track.id] = str(result)
            continue
        shape = shape or result.features.shape[1:]
        if result.features.shape[1:] != shape:
            raise MusicGenreError(
                f"{track.path} gives features of shape {result.features.shape[1:]}, the tracks before it {shape}: "
                "segments must be of one length (set segments.length), or the front end of one size."
            )
        block = np.ascontiguousarray(result.features, dtype=np.float32).data
        digest.update(block)
        file.write(block)
        starts[track.id], seconds = result.starts, result.seconds
    if shape is None:
        reasons = "; ".join(f"{track}: {reason}" for track, reason in islice(skipped.items(), 3))
        raise MusicGenreError(f"None of the {len(skipped)} tracks in {corpus.root} could be used ({reasons}).")
    return {
        "checksum": digest.hexdigest(),
        "shape": shape,
        "seconds": seconds,
        "starts": starts,
        "skipped": skipped,
    }


def _extract_all(
    tracks: tuple[Track, ...], extractor: Extractor
) -> Iterator[tuple[Track, Extracted | MusicGenreError]]:
    """Yield every track with its features or the reason why it has none, in order, from a pool of threads.

    Decoding, transforms and resampling leave the interpreter's lock, so threads fill the cores without copying
    between processes; an extractor that does not leave it asks for processes. Only a few tracks are in flight, so
    memory does not grow with the corpus.
    """
    workers = os.cpu_count() or 1
    _keep_freed_memory()
    with _one_torch_thread(), _pool(workers, getattr(extractor, "in_processes", False)) as pool:
        flight: deque[tuple[Track, Future[Extracted | MusicGenreError]]] = deque()
        try:
            for track in tracks:
                flight.append((track, pool.submit(_extract, extractor, track.path)))
                if len(flight) > 4 * workers:
                    first, future = flight.popleft()
                    yield first, future.result()
            while flight:
                first, future = flight.popleft()
                yield first, future.result()
        finally:
            for _, future in flight:  # where something went wrong; the pool waits for what runs
                future.cancel()


def _keep_freed_memory() -> None:
    """Make glibc reuse the memory of one track for the next in place of giving it back: that costs a tenth of the time.

    It keeps blocks up to the size of the largest that was ever freed, of at most 32 MiB; this one is never touched.
    """
    np.empty(31 << 20, np.uint8)


def _pool(workers: int, in_processes: bool) -> Executor:
    if not in_processes:
        return ThreadPoolExecutor(workers)
    # loky's, since multiprocessing imports the caller's main module again: a script without a guard would run twice.
    pool: Executor = loky.ProcessPoolExecutor(workers, initializer=torch.set_num_threads, initargs=(1,))
    return pool


def _extract(extractor: Extractor, path: Path) -> Extracted | MusicGenreError:
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


def _load(corpus: Corpus, folder: Path, key: str, computed: bool) -> FeatureStore:
    index = json.loads((folder / "index.json").read_text())
    genre = {track.id: track.genre for track in corpus.tracks}
    rows = [(track, start) for track, starts in index["starts"].items() for start in starts]
    segments = pd.DataFrame(rows, columns=["track", "start"])
    segments.insert(1, "genre", [genre[track] for track in segments.track])
    segments.insert(2, "label", [corpus.genres.index(name) for name in segments.genre])
    segments["seconds"] = float(index["seconds"])
    features = np.memmap(folder / "features.bin", np.float32, "c", shape=(len(rows), *index["shape"]))
    skipped = pd.DataFrame(list(index["skipped"].items()), columns=["track", "reason"])
    return FeatureStore(key, features, segments, skipped, computed)


def _unusable(track: str, reason: str) -> MusicGenreError:
    return MusicGenreError(f"{track}: {reason}. Mend or remove the file, or set on_error=skip to go without it.")
