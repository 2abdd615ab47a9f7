"""Failed jobs: each records the reason in its own folder, and a sweep lists them at its end."""

import logging
import os
import shutil
import sys
import tempfile
import traceback
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig

from musicgenre.cli.job import in_sweep
from musicgenre.cli.sweep import Sweep, dead_jobs
from musicgenre.errors import MusicGenreError
from musicgenre.files import NO_ROOM, cache_dir
from musicgenre.quoting import quoted
from musicgenre.runs.failed import forget_failure, note_failure, read_failures
from musicgenre.runs.owner import is_locked

log = logging.getLogger(__name__)

_LITTLE = 1 << 20  # bytes


@dataclass
class Failures:
    """The failed jobs of a command.

    Attributes:
        told: The overrides and the reason of each, by folder.
        in_sweep: Whether they are jobs of a sweep.
        folder: Folder of the last job that began.
        process: The command's process.
    """

    told: dict[Path, tuple[str, str]] = field(default_factory=dict)
    in_sweep: bool = False
    folder: Path | None = None
    process: int = field(default_factory=os.getpid)

    def add(self, folder: Path, job: str, reason: str, *, refused: bool = False) -> None:
        """Add a job with its message, the first line of which is the reason.

        Where it was refused, or a run is complete or written by another process, that run has not failed: a record is
        left there only for the command's process to gather.
        """
        first = next(iter(reason.strip().splitlines()), "no reason given")
        self.told[folder] = (job, first)
        if not self.in_sweep:
            return
        of_another = refused or (folder / "metrics.json").exists() or bool(is_locked(folder))
        if not (of_another and os.getpid() == self.process):
            note_failure(folder, job, first, of_another=of_another)

    def gather(self, sweep: Sweep) -> None:
        """Add the jobs that failed in other processes, by their records, and those whose process is gone."""
        for folder, failed in read_failures(sweep.folder).items():
            if failed.of_another:
                forget_failure(folder)
            if folder not in self.told and sweep.failed.get(folder) != failed:
                self.told[folder] = (failed.job, failed.reason)
        dead = {folder: owner for folder, owner in dead_jobs(sweep.folder).items() if sweep.dead.get(folder) != owner}
        for folder, owner in dead.items():  # of this command only: another one's may not be of this sweep
            self.told.setdefault(folder, (folder.name, f"{owner}, ended without a message"))

    def after_interrupt(self, command: str, sweep: Path | None, where: str = "Interrupted.") -> str:
        """Return the message after Ctrl-C, in a sweep or not; `where` says what was interrupted."""
        if (self.folder or sweep) is None or command not in ("train", "gan"):
            return where
        place = quoted(f"hydra.run.dir={self.folder}" if sweep is None else f"hydra.sweep.dir={sweep}")
        return f"{where} To go on, run the same command again with {place}."

    def __len__(self) -> int:
        return len(self.told)

    def __str__(self) -> str:
        of_reason: dict[str, list[str]] = {}
        for folder, (_, reason) in self.told.items():
            of_reason.setdefault(reason, []).append(folder.name)
        lines = [f"{len(self)} of the sweep's jobs failed:"]
        for reason, (first, *others) in of_reason.items():
            lines += [f"{first}: {reason}", *(f"{name}: the same" for name in others)]
        return "\n".join(lines)


class SweepStoppedError(BaseException):
    """A job failed and the sweep must stop: passes through Hydra, which would continue after an `Exception`."""


def no_room(error: BaseException) -> str:
    """Return one sentence that names the full disk if that is what an error is about, else empty."""
    if not isinstance(error, OSError) or error.errno not in NO_ROOM:
        return ""
    hydra_config: Any = HydraConfig.get()
    places = {"run folder": Path(hydra_config.runtime.output_dir), "TMPDIR": Path(tempfile.gettempdir())}
    with suppress(MusicGenreError):
        places["cache folder"] = cache_dir()
    full = [f"the {name} {path}" for name, path in places.items() if shutil.disk_usage(path).free < _LITTLE]
    where = error.filename or " and ".join(full) or f"one of {', '.join(map(str, places.values()))}"
    key = "hydra.sweep.dir" if in_sweep() else "hydra.run.dir"
    mend = f"Make room there and run the same command again with its {key} (a training goes on)."
    return f"{error.strerror}: {where}. {mend}"


def no_time(error: BaseException) -> str:
    """Return one sentence if submitit reports that a job's time is over, else empty."""
    if type(error).__name__ != "UncompletedJobError" or "timed-out" not in str(error):
        return ""
    return (
        "its time on the cluster ran out: the same command continues it (hydra.launcher.timeout_min=MINUTES allows "
        "more, hydra.launcher.max_num_timeout=N lets the cluster restart it N times)."
    )


def no_login(error: BaseException) -> str:
    """Return one sentence if Weights & Biases lacks a login, else empty."""
    kind = type(error)
    if kind.__name__ != "UsageError" or kind.__module__.partition(".")[0] != "wandb":
        return ""
    said = str(error).strip().partition("\n")[0].rstrip(".")
    return f"logger=wandb: {said}; or logger.wandb.offline=true, which writes only into the run folder."


def unforeseen(error: BaseException, folder: Path) -> str:
    """Write the traceback of an unexpected error into the job's log; return one sentence about it."""
    files = [handler for handler in logging.root.handlers if isinstance(handler, logging.FileHandler)]
    record = logging.LogRecord(log.name, logging.ERROR, __file__, 0, "The job failed:", (), sys.exc_info())
    for handler in files:
        handler.handle(record)
    reason = "".join(traceback.format_exception_only(error)).strip().splitlines()[-1]
    if isinstance(error, SystemExit):
        reason = f"it ended the program (SystemExit: {error.code})"
    where = f" (traceback in {folder / Path(files[0].baseFilename).name})" if files else ""
    return f"{reason}{where}"
