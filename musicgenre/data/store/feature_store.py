"""Features of a whole corpus: computed once, kept in a memory-mapped file, read by every later run.

One folder per key:

    CACHE/features/KEY/features.bin    float32, segments one after the other, tracks in the corpus' order
    CACHE/features/KEY/index.json      shape, checksum, each track's segment starts and their length, what was
                                       skipped and why, what each file is and how much of it was heard

The key is a hash of the tracks' content, the settings of front end and segmenter, and the code that computes the
features, so a change to any of these gives a new key, never stale features. A complete folder is renamed into place.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Self

import filelock
import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

import musicgenre
from musicgenre.data.audio.facts import Facts
from musicgenre.data.corpus.tracks import Corpus
from musicgenre.data.heard import file_row, files_table
from musicgenre.data.store.compute import extract, unusable, write_features
from musicgenre.data.store.extract import Extractor
from musicgenre.data.store.fingerprint import Hashes, hash_file, hash_values, stamped_hashes
from musicgenre.errors import MusicGenreError
from musicgenre.files import cache_dir, cannot_write, draft_of, remove, remove_drafts

log = logging.getLogger(__name__)

_OWN = "index_checksum"  # of everything else in index.json
_CODE = (
    "features",
    "data/audio",
    "data/pictures.py",
    "data/store/extract.py",
    "data/store/compute.py",
    "data/store/feature_store.py",
)
_COMPUTE = ("librosa", "pillow", "transformers")  # packages that some features are computed with


@dataclass(frozen=True)
class FeatureStore:
    """The features of a corpus' readable tracks.

    Attributes:
        key: Hash of everything that the features depend on.
        features: float32 `(N, C, F, T)`, mapped from the file and read-only; shared within a process.
        segments: One row per segment: track, genre, label, start (s), seconds.
        skipped: One row per track that gave no segment: track, reason.
        computed: Whether this call computed them, rather than finding them in the cache.
        files: One row per track: file, format, rate (Hz), channels, seconds in the file, seconds_heard, segments, hash,
            reason if it was skipped, note.
        silent: Number of silent segments by track, for tracks that have any.
    """

    key: str
    features: NDArray[np.float32]
    segments: pd.DataFrame
    skipped: pd.DataFrame
    computed: bool
    files: pd.DataFrame = field(default_factory=lambda: files_table([]))
    silent: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make the features read-only, since others may share this store."""
        features = self.features.view()
        features.flags.writeable = False
        object.__setattr__(self, "features", features)

    def of_ones_own(self) -> Self:
        """Return the store with its own copies of the tables."""
        return replace(self, segments=self.segments.copy(), skipped=self.skipped.copy(), files=self.files.copy())


# The last store opened, by key and labels: the next job of a sweep need not check and map it again.
_opened: dict[tuple[str, str], FeatureStore] = {}


def open_store(corpus: Corpus, extractor: Extractor, *, on_error: str = "skip", progress: bool = True) -> FeatureStore:
    """Open the features of the corpus, from the cache, or computed on all cores.

    Args:
        corpus: The tracks.
        extractor: Turns a file into features.
        on_error: `skip` leaves out a file that cannot be used (counted and named); `raise` stops at the first.
        progress: Show a progress bar while computing.

    Raises:
        MusicGenreError: No track could be used, one could not and `on_error` is `raise`, or a file is being changed.
    """
    if on_error not in ("skip", "raise"):
        raise MusicGenreError(f"on_error is {on_error!r}: choose skip or raise.")
    hashed = stamped_hashes(corpus)
    key = _key(hashed, extractor)
    held = (key, hash_values(corpus.genres, [(track.id, track.genre) for track in corpus.tracks]))
    store = (
        replace(_opened[held], computed=False)
        if held in _opened
        else _open(corpus, hashed, extractor, key, on_error, progress)
    )
    _opened.clear()
    _opened[held] = store
    if len(store.skipped) and on_error == "raise":
        raise unusable(store.skipped.track[0], store.skipped.reason[0])
    return store.of_ones_own()


def _open(
    corpus: Corpus, hashed: Hashes, extractor: Extractor, key: str, on_error: str, progress: bool
) -> FeatureStore:
    """Open the store of a key in its folder; compute it first if it is missing or damaged."""
    folder = cache_dir() / "features" / key
    computed = False
    if not _stands(corpus, extractor, folder):  # checked first without the lock, so that a read-only cache is enough
        with _locked(folder):  # a second process waits here, then finds the work done
            if computed := not folder.exists() or not _stands(corpus, extractor, folder):
                for left in (folder, *folder.parent.glob(f".{key}.*")):  # damaged, or what a killed process left
                    with suppress(OSError):
                        remove(left)
                remove_drafts(cache_dir())
                _compute(corpus, hashed, extractor, folder, on_error, progress)
    return _load(corpus, hashed, folder, key, computed)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    lock = filelock.FileLock(f"{folder}.lock")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(blocking=False)
        except filelock.Timeout:
            log.info("Another process computes these features: waiting for it.")
            lock.acquire()
    except OSError as error:
        raise cannot_write(folder, error) from error
    try:
        yield
    finally:
        lock.release()


def store_key(corpus: Corpus, extractor: Extractor) -> str:
    """Hash the tracks' content, the extractor's settings, and the version of code and decoders."""
    return _key(stamped_hashes(corpus), extractor)


def _key(hashed: Hashes, extractor: Extractor) -> str:
    content = sorted((track, found) for track, (_, found) in hashed.items())
    return hash_values(content, extractor.settings, *code_versions())


@cache
def code_versions() -> tuple[list[str], list[str]]:
    """Hash the source files that compute features, and list the versions of their dependencies.

    Once per process: a file that is edited later is not the code that this process runs.
    """
    import soundfile
    import soxr

    root = Path(musicgenre.__file__).parent
    sources = [path for name in _CODE for path in sorted([*root.glob(f"{name}/*.py"), *root.glob(name)])]
    code = [hash_file(path) for path in sources if path.is_file()]
    built_on = [musicgenre.__version__, torch.__version__, soundfile.__libsndfile_version__, soxr.__version__]
    for package in _COMPUTE:
        with suppress(PackageNotFoundError):  # part of an extra
            built_on.append(f"{package} {version(package)}")
    return code, built_on


def _stands(corpus: Corpus, extractor: Extractor, folder: Path) -> bool:
    """Return whether the store is intact, and what the machine could not read still cannot be read."""
    if not _is_whole(folder):
        return False
    passing = set(json.loads((folder / "index.json").read_text())["passing"])
    for track in corpus.tracks:
        if track.id in passing and not getattr(extract(extractor, track.path), "passing", False):
            log.info("%s could not be read when features were cached, but can be now: computing them again.", track.id)
            return False
    return True


def _is_whole(folder: Path) -> bool:
    """Return whether the folder holds a store whose features are, byte for byte, those that were written."""
    try:
        index = json.loads((folder / "index.json").read_text())
        whole = hash_file(folder / "features.bin") == str(index["checksum"]) and index.pop(_OWN) == hash_values(index)
    except FileNotFoundError:
        whole = False
        if not folder.exists():
            return False
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        whole = False
    if not whole:
        log.warning("The cached features in %s are damaged: computing them again.", folder)
    return whole


def _compute(corpus: Corpus, hashed: Hashes, extractor: Extractor, folder: Path, on_error: str, progress: bool) -> None:
    with draft_of(folder) as draft:
        draft.mkdir()
        with (draft / "features.bin").open("wb") as file:
            index = write_features(corpus, hashed, extractor, file, on_error, progress)
        index = json.loads(json.dumps(index))  # as it will be read
        (draft / "index.json").write_text(json.dumps(index | {_OWN: hash_values(index)}))


def _load(corpus: Corpus, hashed: Hashes, folder: Path, key: str, computed: bool) -> FeatureStore:
    index = json.loads((folder / "index.json").read_text())
    genre = {track.id: track.genre for track in corpus.tracks}
    rows = [(track, start) for track, starts in index["starts"].items() for start in starts]
    segments = pd.DataFrame(rows, columns=["track", "start"])
    segments.insert(1, "genre", [genre[track] for track in segments.track])
    segments.insert(2, "label", [corpus.genres.index(name) for name in segments.genre])
    segments["seconds"] = segments.track.map(index["seconds"]).astype(float)
    features = np.memmap(folder / "features.bin", np.float32, "c", shape=(len(rows), *index["shape"]))
    skipped = pd.DataFrame(list(index["skipped"].items()), columns=["track", "reason"])
    own = hash_values(key, sorted(index["passing"])) if index["passing"] else key  # without these, a different store
    silent = {track: n for track, facts in index["facts"].items() if (n := facts.get("silent"))}
    return FeatureStore(own, features, segments, skipped, computed, _files(corpus, hashed, index), silent)


def _files(corpus: Corpus, hashed: Hashes, index: dict[str, Any]) -> pd.DataFrame:
    """Return for each track what its file is, how much of it was heard, and why if it was skipped."""
    ends = {track: starts[-1] + index["seconds"][track] for track, starts in index["starts"].items()}
    return files_table(
        [
            file_row(
                track.id,
                Facts(**index["facts"].get(track.id, {})),
                len(index["starts"].get(track.id, [])),
                hashed[track.id][1],
                index["skipped"].get(track.id, ""),
                ends.get(track.id),
            )
            for track in corpus.tracks
        ]
    )
