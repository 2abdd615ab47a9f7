"""Jobs that fail: each says why in its own folder, and a sweep lists them at its end."""

import logging
import sys
import traceback
from dataclasses import dataclass, field
from pathlib import Path

from musicgenre.errors import InterruptedRunError

log = logging.getLogger(__name__)


@dataclass
class Failures:
    """The jobs of a command that failed.

    Attributes:
        told: Each one's overrides and its reason.
        in_sweep: Whether they are jobs of a sweep.
        folder: Of the last job that began.
    """

    told: list[tuple[str, str]] = field(default_factory=list)
    in_sweep: bool = False
    folder: Path | None = None

    def add(self, job: str, reason: str) -> None:
        """Add a job with what it says: its first line is the reason."""
        self.told.append((job, next(iter(reason.strip().splitlines()), "no reason given")))

    def after_interrupt(self, command: str) -> str:
        """Return what to say after Ctrl-C."""
        if self.folder is None or command not in ("train", "gan"):
            return "Interrupted."
        place = f"hydra.sweep.dir={self.folder.parent}" if self.in_sweep else f"hydra.run.dir={self.folder}"
        return f"Interrupted. To go on, run the same command again with {place}."

    def __len__(self) -> int:
        return len(self.told)

    def __str__(self) -> str:
        lines = [f"{job}: {reason}" for job, reason in self.told]
        return "\n".join([f"{len(lines)} of the sweep's jobs failed:", *lines])


class SweepStoppedError(BaseException):
    """A job failed, and nothing after it is wanted: passes through Hydra, which goes on after an `Exception`."""


def unforeseen(error: BaseException, folder: Path) -> str:
    """Write the traceback of an error that nobody foresaw into the job's log; return one sentence on it."""
    files = [handler for handler in logging.root.handlers if isinstance(handler, logging.FileHandler)]
    record = logging.LogRecord(log.name, logging.ERROR, __file__, 0, "The job failed:", (), sys.exc_info())
    for handler in files:
        handler.handle(record)
    reason = "".join(traceback.format_exception_only(error)).strip().splitlines()[-1]
    if isinstance(error, SystemExit):
        reason = f"it ended the program (SystemExit: {error.code})"
    where = f" (traceback in {folder / Path(files[0].baseFilename).name})" if files else ""
    return f"{reason}{where}"


def interrupted(error: BaseException | None) -> bool:
    """Return whether Ctrl-C is what an exception comes from: Lightning leaves with SystemExit then."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt | InterruptedRunError):
            return True
        error = error.__cause__ or error.__context__
    return False
