"""Jobs of a sweep that ended their process at an earlier start: they come after the others."""

import logging
from pathlib import Path

from musicgenre.runs.owner import ended_without_word

log = logging.getLogger(__name__)


class Later:
    """Puts off jobs whose last process ended without a word, so that one which ends any process keeps no other from it.

    Nobody can tell a job that was killed from one that crashed (`os._exit` in a net, a fault in a library, no memory
    left): both are tried again, once the others are done.
    """

    def __init__(self) -> None:
        self._put_off: set[Path] = set()
        self._due: set[Path] | None = None  # None: the first turn, in which every job is due that is not put off

    def is_due(self, folder: Path) -> bool:
        """Return whether the job of a folder is to run in this turn."""
        if self._due is not None:
            return folder in self._due
        if (owner := ended_without_word(folder)) is None:
            return True
        log.warning("%s: %s ended without a word in this job, which comes after the others.", folder, owner)
        self._put_off.add(folder)
        return False

    def turn(self) -> bool:
        """Go over to the jobs that were put off; return whether there are any."""
        self._due, self._put_off = self._put_off, set()
        return bool(self._due)
