"""Render a corpus to disk: in parallel, each file atomically."""

import random
import shutil
import signal
import wave
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from functools import partial
from pathlib import Path

from musicgenre.errors import MusicGenreError
from musicgenre.files import cache_dir, draft_of, replace_text
from musicgenre.orphans import end_with_parent
from musicgenre.progress import track_progress
from musicgenre.synthetic.artists import GENRES
from musicgenre.synthetic.plan import (
    ARTISTS_TABLE,
    HEADER_BYTES,
    SAMPLE_RATE,
    STAMP,
    VERSION,
    Plan,
    Track,
    is_rendered,
    make_plan,
    missing_tracks,
    texts_stand,
    track_id,
)
from musicgenre.synthetic.render import render_track

_WORTH_PROCESSES = 300.0  # s of audio; starting processes takes about as long as rendering so much


def synthetic_root(*, tracks_per_genre: int = 20, seconds: float = 30.0, seed: int = 0) -> Path:
    """Return the folder in the user's cache for a synthetic corpus with these settings, rendered yet or not.

    Raises:
        MusicGenreError: The settings are invalid, or the cache cannot be written to.
    """
    plan = make_plan(tracks_per_genre, seconds, seed, GENRES)
    return cache_dir() / "synthetic" / f"v{VERSION}-{plan.tracks_per_genre}x{plan.seconds:g}s-seed{plan.seed}"


def render_corpus(
    root: Path,
    *,
    tracks_per_genre: int = 20,
    seconds: float = 30.0,
    seed: int = 0,
    genres: Sequence[str] = GENRES,
    progress: bool = True,
    workers: int | None = None,
) -> Path:
    """Render a synthetic corpus in GTZAN's layout, except what is already there.

    Writes `ROOT/GENRE/GENRE.NNNNN.wav` (22,050 Hz, 16 bit, mono), `ROOT/artists.csv` (columns track, artist: of all ten
    genres) and `ROOT/synthetic.json` (the settings). Each file appears whole, by one rename: a stopped run can be
    continued, genres can be added later, and two simultaneous runs share the work.

    Args:
        root: The folder to create.
        tracks_per_genre: Number of tracks per genre.
        seconds: Length of each track, in s.
        seed: A different seed gives different songs by different artists.
        genres: Some of `GENRES`; others already there are kept.
        progress: Show a progress bar.
        workers: Number of processes; by default one per core if there is enough to render. 1 renders in this process.

    Returns:
        The root.

    Raises:
        MusicGenreError: The settings are invalid, the root holds something else, or it cannot be written.
    """
    plan = make_plan(tracks_per_genre, seconds, seed, genres)
    root = Path(root)
    try:
        missing = missing_tracks(root, plan)
        if not missing and texts_stand(root, plan):
            return root
        _refuse_other(root, plan.stamp())
        _require_room(root, len(missing) * (HEADER_BYTES + 2 * plan.n_samples))
        replace_text(root / STAMP, plan.stamp())
        replace_text(root / ARTISTS_TABLE, plan.artists_table())
        random.SystemRandom().shuffle(missing)  # a simultaneous run takes another order, and finds these there
        write = partial(_write_if_missing, root.absolute(), plan)
        if workers is None and plan.seconds * len(missing) < _WORTH_PROCESSES:
            workers = 1
        written = _in_processes(write, missing, workers)
        for _ in track_progress(written, len(missing), "Rendering the synthetic corpus", progress):
            pass
    except (OSError, BrokenExecutor) as error:
        raise MusicGenreError(
            f"The synthetic corpus cannot be written to {root} ({error}). "
            "Free some space there, allow writing, or choose another folder."
        ) from error
    return root


def _write_if_missing(root: Path, plan: Plan, track: Track) -> None:
    if not is_rendered(root / track_id(*track), plan):
        write_track(root, track, seed=plan.seed, seconds=plan.seconds)


def write_track(root: Path, track: Track, *, seed: int, seconds: float) -> None:
    """Render one track to its file below the root.

    Raises:
        MusicGenreError: There is no such genre.
    """
    samples = render_track(*track, seed=seed, seconds=seconds, sample_rate=SAMPLE_RATE)
    # The standard library's writer always gives the same 44 bytes of header.
    with draft_of(root / track_id(*track)) as draft, wave.open(str(draft), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes((samples * 32768).astype("<i2").tobytes())


def _require_room(root: Path, size: int) -> None:
    """Raise an error before rendering if the root cannot be a folder, or its disk has too little room."""
    there = next(folder for folder in (root.absolute(), *root.absolute().parents) if folder.exists())
    if not there.is_dir():
        raise MusicGenreError(
            f"The synthetic corpus cannot be written to {root}: {there} is a file. Choose another folder."
        )
    if size > (free := shutil.disk_usage(there).free):
        raise MusicGenreError(
            f"The synthetic corpus takes {size / 1e9:.3g} GB, and {there} has {free / 1e9:.3g} GB left: ask for fewer "
            "or shorter tracks (data.tracks_per_genre, data.seconds), or set MUSICGENRE_CACHE to another disk."
        )


def _refuse_other(root: Path, stamp: str) -> None:
    """Raise an error if the folder holds anything but this corpus, whole or in part."""
    if not root.exists() or (root.is_dir() and all(item.name.startswith(".") for item in root.iterdir())):
        return  # hidden: another run's draft of the stamp
    if not ((root / STAMP).is_file() and (root / STAMP).read_text() == stamp):
        raise MusicGenreError(
            f"{root} exists and is not a synthetic corpus with these settings. "
            "Choose another folder for it, or remove that one."
        )


def _in_processes(write: Callable[[Track], None], tracks: Sequence[Track], workers: int | None) -> Iterator[None]:
    """Write every track and yield after each, in order."""
    import loky  # takes 0.2 s, not needed if the corpus exists

    n_workers = min(workers or loky.cpu_count(), len(tracks))
    if n_workers <= 1:
        yield from map(write, tracks)
        return
    # loky, since multiprocessing imports the caller's main module again: a script without a guard would run twice.
    pool = loky.ProcessPoolExecutor(n_workers, initializer=_begin_worker)
    try:
        futures = [pool.submit(write, track) for track in tracks]  # not `map`, which cancels what loky then fails over
        yield from (future.result() for future in futures)
    finally:
        pool.shutdown(kill_workers=True)


def _begin_worker() -> None:
    """Prepare a process of the pool: its parent handles Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
