"""Render a corpus to disk: in parallel, and whole or not at all."""

import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from musicgenre.errors import MusicGenreError
from musicgenre.files import cache_dir
from musicgenre.synthetic.artists import GENRES
from musicgenre.synthetic.crew import render_all
from musicgenre.synthetic.plan import ARTISTS_TABLE, STAMP, VERSION, Plan, is_whole, make_plan

LEFT_FOR_DEAD = 3600.0  # seconds without a new file


def synthetic_root(
    *,
    tracks_per_genre: int = 20,
    seconds: float = 30.0,
    seed: int = 0,
    genres: Sequence[str] = GENRES,
) -> Path:
    """Where in the user's cache a synthetic corpus with these settings belongs, rendered yet or not.

    Raises:
        MusicGenreError: The settings are impossible, or the cache cannot be written to.
    """
    plan = make_plan(tracks_per_genre, seconds, seed, genres)
    chosen = "" if plan.genres == GENRES else "-" + "-".join(plan.genres)
    name = f"v{VERSION}-{plan.tracks_per_genre}x{plan.seconds:g}s-seed{plan.seed}{chosen}"
    return cache_dir() / "synthetic" / name


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
    """Render a synthetic corpus in GTZAN's layout, unless it is there already.

    Writes `ROOT/GENRE/GENRE.NNNNN.wav` (22,050 Hz, 16 bit, mono), `ROOT/artists.csv` (columns track,
    artist) and `ROOT/synthetic.json` (the settings). Everything is rendered beside the root and moved there
    in one step, so a run that is stopped leaves no half corpus, and of two runs at once the first to end
    provides for both.

    Args:
        root: The folder to make.
        tracks_per_genre: Tracks of each genre.
        seconds: Length of each track.
        seed: Another seed gives other songs by other artists.
        genres: Some of `GENRES`.
        progress: Show a progress bar.
        workers: Processes; by default one a core. 1 renders in this process.

    Returns:
        The root.

    Raises:
        MusicGenreError: The settings are impossible, the root holds something else, or it cannot be written.
    """
    plan = make_plan(tracks_per_genre, seconds, seed, genres)
    root = Path(root)
    if is_whole(root, plan):
        return root
    _refuse_other(root, plan)
    try:
        with _beside(root) as draft:
            render_all(plan, draft, progress=progress, workers=workers)
            (draft / ARTISTS_TABLE).write_text(plan.artists_table(), newline="\n")
            (draft / STAMP).write_text(plan.stamp(), newline="\n")
            _publish(draft, root, plan)
    except OSError as error:
        raise MusicGenreError(
            f"The synthetic corpus cannot be written to {root} ({error}). "
            "Make room there, allow writing, or choose another folder."
        ) from error
    return root


def _refuse_other(root: Path, plan: Plan) -> None:
    """A folder with anything but a damaged copy of this very corpus is not ours to replace."""
    if not root.exists() or (root.is_dir() and not any(root.iterdir())):
        return
    stamp = root / STAMP
    if not (stamp.is_file() and stamp.read_text() == plan.stamp()):
        raise MusicGenreError(
            f"{root} exists and is not a synthetic corpus with these settings. "
            "Choose another folder for it, or remove that one."
        )


@contextmanager
def _beside(root: Path) -> Iterator[Path]:
    """A temporary folder next to the root, gone afterwards whatever happens."""
    root.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{root.name}.part-"
    for leftover in root.parent.glob(f"{prefix}*"):
        if time.time() - _last_change(leftover) > LEFT_FOR_DEAD:
            shutil.rmtree(leftover, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=root.parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _last_change(folder: Path) -> float:
    """When a file was last made or removed in a folder or in the folders of genres below it."""
    try:
        return max(place.stat().st_mtime for place in (folder, *folder.glob("*")))
    except FileNotFoundError:  # it was finished meanwhile
        return time.time()


def _publish(draft: Path, root: Path, plan: Plan) -> None:
    """Move the draft's corpus to the root, unless another run has put the same there meanwhile."""
    whole = draft / "whole"
    whole.mkdir()
    for item in [item for item in draft.iterdir() if item != whole]:
        item.rename(whole / item.name)
    if is_whole(root, plan):
        return
    try:
        if root.exists():  # an empty folder, or a copy of this corpus with files missing
            root.rename(draft / "damaged")
        whole.rename(root)
    except OSError:
        if not is_whole(root, plan):
            raise
