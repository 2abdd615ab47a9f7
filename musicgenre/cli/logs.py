"""What of the log is shown; `conf/hydra/job_logging/musicgenre.yaml` names it."""

import logging
from contextlib import suppress
from typing import ClassVar

from musicgenre.transcript import is_brief

_ADVERTISING = (
    "💡 Tip",
    "GPU available",
    "TPU available",
    "HPU available",
    "`Trainer(limit_",
    "`Trainer.fit` stopped: `max_epochs",
    "Restoring states from the checkpoint path",
    "Loaded model weights from the checkpoint",
)


class NoAdvertising(logging.Filter):
    """Leaves out what Lightning says in every run: of devices, of cloud services, of limits that limit nothing.

    What somebody asked for (a summary of the model, a profile, `verbose=true`) comes the same way, and stays.

    Example:
        >>> said = logging.LogRecord("lightning.pytorch", logging.INFO, "", 0, "GPU available: False", None, None)
        >>> NoAdvertising().filter(said)
        False
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to show it."""
        return not (record.name.startswith("lightning.") and record.getMessage().startswith(_ADVERTISING))


class LogFile(logging.FileHandler):
    """Keeps the log; where the file cannot be written, all else goes on, and what needs to be written says so."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record, if there is a file."""
        with suppress(OSError):
            super().emit(record)


class NamesJob(logging.Formatter):
    """Begins each line with the job that says it, where several say something at the same time.

    Attributes:
        job: Such as "Job 3: "; empty where one job runs after the other.
    """

    job: ClassVar[str] = ""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # logging's name
        """Put the job before the message, unless that tells of it already."""
        if self.job and not getattr(record, "of_job", False):
            record.message = f"{self.job}{record.message}"
        return super().formatMessage(record)


class OnlyOfJobs(logging.Filter):
    """Leaves the screen of a sweep to what is said of its jobs, to warnings, each of them once, and to errors."""

    _told: ClassVar[set[str]] = set()

    @classmethod
    def begin(cls) -> None:
        """Forget what an earlier sweep of this process was warned of."""
        cls._told.clear()

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to show it."""
        if not is_brief():
            return True
        if record.levelno >= logging.ERROR or getattr(record, "of_job", False):
            return True
        text = record.getMessage()
        new = record.levelno >= logging.WARNING and text not in self._told
        if new:
            self._told.add(text)
        return new
