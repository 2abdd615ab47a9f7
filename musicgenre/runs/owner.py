"""One process a run folder: who has it, and who had it and ended without a word.

.lock      held by the process that writes; the system frees it however that process ends
.running   who that is: its number, machine and start; where it stands and nobody holds the lock, the process was
           killed, or a net ended it (`os._exit`, a crash)
"""

import json
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import filelock

from musicgenre.files import remove_drafts, replace_text

LOCK, MARK = ".lock", ".running"


@dataclass(frozen=True)
class Owner:
    """A process that writes a run folder, or did.

    Attributes:
        process: Its number.
        host: The machine's name.
        since: When it began, local time.
    """

    process: int
    host: str
    since: str

    def __str__(self) -> str:
        return f"process {self.process} on {self.host}, since {self.since}"


@contextmanager
def locked(folder: Path, tell: Callable[[], None]) -> Iterator[bool]:
    """Hold a folder's lock until the block ends; wait where another process has it.

    Args:
        folder: Made if it is not there.
        tell: Called where there is something to wait for.

    Yields:
        Whether there are locks here, and the folder can be written.
    """
    lock = filelock.FileLock(folder / LOCK)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except filelock.Timeout:
        tell()
        lock.acquire()
    except (OSError, NotImplementedError):  # what needs to be written will say so
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


@contextmanager
def owned(folder: Path, tell: Callable[[str], None]) -> Iterator[Owner | None]:
    """Keep a run folder to this process until the block ends; wait where another one has it.

    Args:
        folder: Of the run; made if it is not there.
        tell: Called with a sentence where there is something to wait for.

    Yields:
        Whoever had the folder last and ended without a word; None where nobody did.
    """

    def busy() -> None:
        who = read_owner(folder) or "another process"
        tell(f"{folder} is being written by {who}: waiting until it has ended. Ctrl-C stops waiting.")

    with locked(folder, busy) as can_write:
        if not can_write:
            yield None
            return
        try:
            if (last := read_owner(folder)) is not None:
                remove_drafts(folder, owned=True)
            for draft in folder.glob(f".{MARK}.*"):
                draft.unlink(missing_ok=True)
            now = datetime.now().astimezone().isoformat(" ", "seconds")
            replace_text(folder / MARK, json.dumps(asdict(Owner(os.getpid(), socket.gethostname(), now))))
            yield last
        finally:
            (folder / MARK).unlink(missing_ok=True)


def is_locked(folder: Path) -> bool | None:
    """Return whether somebody holds a folder's lock; None where that cannot be known."""
    lock = filelock.FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        return True
    except (OSError, NotImplementedError):
        return None
    lock.release()
    return False


def ended_without_word(folder: Path) -> Owner | None:
    """Return who had a folder last and left no word of having ended; None where somebody has it, or nobody did."""
    owner = read_owner(folder)
    return owner if owner is not None and is_locked(folder) is False else None


def read_owner(folder: Path) -> Owner | None:
    """Return who is marked as having a folder; None where nobody is."""
    with suppress(OSError, ValueError, TypeError):
        return Owner(**json.loads((folder / MARK).read_text(encoding="utf-8")))
    return None
