"""Why a job of a sweep failed, kept in its folder: the sweep reports it at its end, whichever machine ran the job."""

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from musicgenre.errors import MusicGenreError
from musicgenre.files import below, replace_text

FAILED = ".failed"


@dataclass(frozen=True)
class Failed:
    """A job that failed.

    Attributes:
        job: Its overrides.
        reason: Why it failed, in one line.
        at: When, in local time.
        of_another: Whether what the folder holds is another run, which has not failed: the sweep's end tells it.
    """

    job: str
    reason: str
    at: str
    of_another: bool = False


def note_failure(folder: Path, job: str, reason: str, *, of_another: bool = False) -> None:
    """Record that a job failed; if nothing can be written, only its log and the screen say so."""
    now = datetime.now().astimezone().isoformat(" ", "seconds")
    with suppress(OSError, MusicGenreError):
        replace_text(folder / FAILED, json.dumps(asdict(Failed(job, reason, now, of_another)), ensure_ascii=False))


def forget_failure(folder: Path) -> None:
    """Remove the record of a failure, before a job starts again."""
    with suppress(OSError):
        (folder / FAILED).unlink(missing_ok=True)


def read_failure(folder: Path) -> Failed | None:
    """Return why the job of a folder failed; None if it did not, or if the record cannot be read."""
    with suppress(OSError, ValueError, TypeError):
        found = Failed(**json.loads((folder / FAILED).read_text(encoding="utf-8")))
        return Failed(str(found.job), str(found.reason), str(found.at), found.of_another is True)
    return None


def read_failures(sweep: Path) -> dict[Path, Failed]:
    """Return the failed jobs below a folder, by the absolute paths of their folders."""
    marked = sorted(path.parent for path in below(sweep.absolute()) if path.name == FAILED)
    found = {folder: read_failure(folder) for folder in marked}
    return {folder: failed for folder, failed in found.items() if failed is not None}
