"""What is shown of the log; `conf/hydra/job_logging/musicgenre.yaml` names these classes."""

import logging
from contextlib import suppress
from typing import ClassVar

from musicgenre.transcript import is_brief, without_control


class LogFile(logging.FileHandler):
    """Writes the log; if the file cannot be written, the run goes on, as files that matter report their own errors."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record, if the file can be written."""
        with suppress(OSError):
            super().emit(record)


class NamesJob(logging.Formatter):
    """Begins each line with the name of its job, if several jobs log at the same time, and escapes control characters.

    Attributes:
        job: Such as "Job 3: "; empty if jobs run one after the other.
    """

    job: ClassVar[str] = ""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # logging's name
        """Put the job before the message, unless that names it already; show control characters as escapes."""
        record.message = without_control(record.message)
        if self.job and not getattr(record, "of_job", False):
            record.message = f"{self.job}{record.message}"
        return super().formatMessage(record)


class OnlyOfJobs(logging.Filter):
    """Shows only messages about jobs, warnings (each of them once) and errors on the screen of a sweep."""

    _told: ClassVar[set[str]] = set()

    @classmethod
    def begin(cls) -> None:
        """Forget the warnings of an earlier sweep in this process."""
        cls._told.clear()

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to show a record."""
        if not is_brief():
            return True
        if record.levelno >= logging.ERROR or getattr(record, "of_job", False):
            return True
        text = record.getMessage()
        new = record.levelno >= logging.WARNING and text not in self._told
        if new:
            self._told.add(text)
        return new
