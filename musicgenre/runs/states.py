"""The states of all runs below a folder, and what can be removed of them."""

import re
import shutil
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import filelock

from musicgenre.errors import MusicGenreError
from musicgenre.files import below
from musicgenre.runs.besides import other_runs, what_else
from musicgenre.runs.failed import FAILED, read_failure
from musicgenre.runs.find import marked_folders
from musicgenre.runs.identity import number_text, value_text
from musicgenre.runs.owner import LOCK, MARK, ended_without_word, read_owner
from musicgenre.runs.run import Run
from musicgenre.runs.sums import forget_sum

State = Literal["complete", "running", "failed", "killed", "unfinished"]

IDLE = "-"  # stands for the value of a setting that has no effect on a run, such as a classical model's optimizer
_MARKS = {"environment.json", "metrics.json", FAILED, MARK}  # a folder with one of these is a run folder
_ANY = re.compile(r".*", re.DOTALL)  # folders in a run folder that may hold other runs


@dataclass(frozen=True)
class Listed:
    """A run folder in any state.

    Attributes:
        run: The run.
        state: complete (has metrics.json); running (a process owns it); failed (its job recorded why); killed (its
            process ended without cleaning up); or unfinished (interrupted, or never begun).
        reason: Why it failed; empty in any other state.
        size: Bytes of all its files.
        job: The overrides of a failed job, which may not have a config yet.
        others: Folders of other runs inside its folder.
    """

    run: Run
    state: State
    reason: str
    size: int
    job: str = ""
    others: tuple[Path, ...] = ()

    def share(self, split: str) -> float | None:
        """Return the track accuracy of a split; None if there is none that can be read."""
        try:
            found = self.run.metrics.get(f"{split}/track/accuracy") if self.state == "complete" else None
        except MusicGenreError:
            return None
        return float(found) if isinstance(found, int | float) and found == found else None

    def value(self, key: str) -> str:
        """Return a setting as typed, such as `value("optimizer")`: `IDLE` if it has no effect, "" if there is none."""
        try:
            found = value_text(self.run.value(key), key)
            return IDLE if self.run.ignores(key) else found
        except (KeyError, MusicGenreError):
            typed = [text.lstrip("+").partition("=") for text in self.job.split()]
            return next((number_text(value, key) for name, _, value in typed if name == key), "")


@dataclass(frozen=True)
class Removal:
    """A folder or file to remove.

    Attributes:
        path: Its path.
        run: The run folder that it belongs to.
        why: Why it was chosen, in a few words.
        size: Its size in bytes.
        stays: Why it is kept nevertheless: what it holds that is not the run's; empty if it can be removed.
    """

    path: Path
    run: Path
    why: str
    size: int
    stays: str = ""


def list_runs(root: Path, *, links: bool = True) -> list[Listed]:
    """Return every run at or below a folder, in path order; parts of other runs are not listed.

    Args:
        root: The folder.
        links: Whether to follow links; not for removing runs, as linked ones may be somebody else's.

    Raises:
        MusicGenreError: There is no such folder.
    """
    found = other_runs(marked_folders(root, _MARKS, _ANY, links=links))
    return [_listed(folder, others) for folder, others in found.items()]


def _listed(folder: Path, others: Sequence[Path]) -> Listed:
    state: State
    failed = read_failure(folder)
    if (folder / "metrics.json").is_file():
        state = "complete"
    elif ended_without_word(folder) is not None:
        state = "killed"
    elif read_owner(folder) is not None:
        state = "running"
    else:
        state = "unfinished" if failed is None or failed.of_another else "failed"
    size = sum(map(_size, _own(folder, others)))
    reason, job = (failed.reason, failed.job) if failed is not None and state == "failed" else ("", "")
    return Listed(Run(folder), state, reason, size, job, tuple(others))


def _own(folder: Path, others: Sequence[Path]) -> Iterator[Path]:
    """Yield what is below a run folder, but not below that of another run."""
    inside = set(others)
    return (path for path in below(folder) if not inside or inside.isdisjoint((path, *path.parents)))


def _size(path: Path) -> int:
    """Return a file's size in bytes; 0 for a folder, or if it has disappeared."""
    try:
        found = path.lstat()
    except OSError:
        return 0
    return 0 if stat.S_ISDIR(found.st_mode) else found.st_size


def removals(listed: Iterable[Listed], what: Iterable[str]) -> list[Removal]:
    """Return what would be removed of some runs.

    Args:
        listed: The runs.
        what: `failed`, `killed` or `unfinished` for the folders of such runs; `states` for the states from which
            complete runs could resume (`checkpoints/last.ckpt`), which nothing else needs; or paths of runs, or their
            last parts, as the list of runs shows them: the only way to remove a complete run.

    Raises:
        MusicGenreError: There is no such run, or a process is writing it.
    """
    runs, found = list(listed), list[Removal]()
    for word in dict.fromkeys(what):
        if word in ("failed", "killed", "unfinished"):
            found += [_folder(each, each.state) for each in runs if each.state == word]
        elif word == "states":
            found += [each for run in runs if run.state == "complete" for each in _states(run)]
        else:
            found.append(_folder(_named(runs, word), "named"))
    return found


def _named(runs: list[Listed], name: str) -> Listed:
    path = Path(name)
    whole = [each for each in runs if each.run.folder.resolve() == path.resolve()]
    found = whole or [each for each in runs if each.run.folder.parts[-len(path.parts) :] == path.parts]
    if len(found) != 1:
        raise MusicGenreError(
            f"{len(found) or 'No'} runs are called {name!r}: give the folder of one, or failed, killed, unfinished or "
            "states."
        )
    if found[0].state == "running":
        raise MusicGenreError(f"{found[0].run.folder} is being written by {read_owner(found[0].run.folder)}.")
    return found[0]


def _folder(each: Listed, why: str) -> Removal:
    folder = each.run.folder
    return Removal(folder, folder, why, each.size, what_else(folder, each.others))


def _states(each: Listed) -> list[Removal]:
    own = _own(each.run.folder, each.others)
    paths = sorted(path for path in own if path.parts[-2:] == ("checkpoints", "last.ckpt"))
    return [Removal(path, each.run.folder, "state", _size(path)) for path in paths]


def remove(removal: Removal) -> None:
    """Remove a folder or a file, unless a process has begun to write the run.

    Raises:
        MusicGenreError: A process has, or the path cannot be removed, or holds what is not the run's.
    """
    if removal.stays:
        raise MusicGenreError(f"{removal.path} stays: {removal.stays}.")
    is_folder = removal.path.is_dir()
    if is_folder and removal.path.is_symlink():
        raise MusicGenreError(f"Cannot remove {removal.path}: it is a link.")
    lock = filelock.FileLock(removal.run / LOCK)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout as error:
        raise MusicGenreError(f"{removal.run} is being written by {read_owner(removal.run)}: it stays.") from error
    except (OSError, NotImplementedError):  # a file system without locks
        pass
    try:
        try:
            for path in [*removal.path.iterdir()] if is_folder else [removal.path]:
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                elif path != removal.run / LOCK:  # Windows does not remove a lock that is held
                    path.unlink()
            if not is_folder:
                forget_sum(removal.path)
        finally:
            lock.release()
        if is_folder:
            (removal.path / LOCK).unlink(missing_ok=True)
            removal.path.rmdir()
    except OSError as error:
        raise MusicGenreError(f"Cannot remove {removal.path}: {error.strerror}.") from error
