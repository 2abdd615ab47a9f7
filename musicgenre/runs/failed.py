"""Why a job of a sweep failed, in its own folder: whatever started it, on whichever machine, the end can tell."""

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
        job: What was asked for: its overrides.
        reason: One line.
        at: When, local time.
    """

    job: str
    reason: str
    at: str


def note_failure(folder: Path, job: str, reason: str) -> None:
    """Write down that a job failed; where nothing can be written, its log and the screen have to do."""
    now = datetime.now().astimezone().isoformat(" ", "seconds")
    with suppress(OSError, MusicGenreError):
        replace_text(folder / FAILED, json.dumps(asdict(Failed(job, reason, now)), ensure_ascii=False))


def forget_failure(folder: Path) -> None:
    """Let a job begin anew."""
    with suppress(OSError):
        (folder / FAILED).unlink(missing_ok=True)


def read_failure(folder: Path) -> Failed | None:
    """Return why the job of a folder failed; None where it did not, or nothing legible says so."""
    with suppress(OSError, ValueError, TypeError):
        found = Failed(**json.loads((folder / FAILED).read_text(encoding="utf-8")))
        return Failed(str(found.job), str(found.reason), str(found.at))
    return None


def read_failures(sweep: Path) -> dict[Path, Failed]:
    """Return the failed jobs below a folder, by their own folders, absolute."""
    marked = sorted(path.parent for path in below(sweep.absolute()) if path.name == FAILED)
    found = {folder: read_failure(folder) for folder in marked}
    return {folder: failed for folder, failed in found.items() if failed is not None}
