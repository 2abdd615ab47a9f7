"""One process per run folder: which one owns it, and which one ended without cleaning up.

.lock      held by the process that writes; the system releases it however that process ends
.running   names that process: its number, machine and start; if it is there and nobody holds the lock, the process was
           killed, or ended by a net (`os._exit`, a crash)
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
        process: Process number.
        host: The machine's name.
        since: When it began, in local time.
    """

    process: int
    host: str
    since: str

    def __str__(self) -> str:
        return f"process {self.process} on {self.host}, since {self.since}"


@contextmanager
def locked(folder: Path, tell: Callable[[], None]) -> Iterator[bool]:
    """Hold a folder's lock until the block ends; wait if another process holds it.

    Args:
        folder: The folder, made if it does not exist.
        tell: Called if there is something to wait for.

    Yields:
        Whether the folder can be written and its file system has locks.
    """
    lock = filelock.FileLock(folder / LOCK)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except filelock.Timeout:
        tell()
        lock.acquire()
    except (OSError, NotImplementedError):  # whoever has to write there will report it
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


@contextmanager
def owned(folder: Path, tell: Callable[[str], None]) -> Iterator[Owner | None]:
    """Reserve a run folder for this process until the block ends; wait if another one owns it.

    Args:
        folder: The run folder, made if it does not exist.
        tell: Called with a sentence if there is something to wait for.

    Yields:
        The last owner, if it ended without cleaning up; else None.
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
    """Return whether a process holds a folder's lock; None if that cannot be found out."""
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
    """Return a folder's last owner, if it ended without cleaning up; None if there is none, or if it may still run."""
    owner = read_owner(folder)
    return owner if owner is not None and is_locked(folder) is False else None


def read_owner(folder: Path) -> Owner | None:
    """Return the process marked as a folder's owner; None if there is none."""
    with suppress(OSError, ValueError, TypeError):
        return Owner(**json.loads((folder / MARK).read_text(encoding="utf-8")))
    return None
