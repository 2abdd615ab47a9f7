"""Jobs of a sweep that ended their process: they run after the others, each in a separate start.

If each job has its own process, as on a cluster, they do not affect other jobs and run in turn.
"""

import logging
from collections.abc import Callable
from pathlib import Path

from musicgenre.cli.sweep import begun, dead_jobs
from musicgenre.errors import MusicGenreError
from musicgenre.runs.owner import Owner

log = logging.getLogger(__name__)


class Later:
    """Postpones jobs whose last process ended unexpectedly, so that one which ends any process does not stop others.

    A job that was killed cannot be told from one that crashed (`os._exit` in a net, a fault in a library, no memory
    left), or that ended with another one's process: all are tried again once the others are done.
    """

    def __init__(self) -> None:
        self._due: Path | None = None  # None: every job that is not postponed

    def is_due(self, folder: Path) -> bool:
        """Return whether the job of a folder is to run in this start of the sweep."""
        if self._due is not None:
            return folder == self._due
        if not begun[-1].grid or begun[-1].apart:
            return True
        if len(begun) == 1 and (owner := begun[0].dead.get(folder)):
            _tell(folder, owner)
        done = begun[-1].failed.keys() - begun[0].failed.keys()  # in an earlier start of this command
        return folder not in begun[-1].dead and folder not in done

    def run(self, start: Callable[[], None]) -> None:
        """Start a sweep as often as needed for every job to have its turn.

        Args:
            start: Starts all jobs, of which only those due run; raises if a launcher lost a process.
        """
        before = len(begun)
        lost = set[Path]()
        while (found := self._start(start, lost)) and not begun[-1].apart:
            lost |= found
        if len(begun) == before or begun[-1].apart or not begun[-1].grid:
            return
        for folder in sorted(lost.union(begun[before].dead)):
            self._due = folder
            self._start(start, lost)

    def _start(self, start: Callable[[], None], lost: set[Path]) -> set[Path]:
        """Start the jobs that are due; return those whose process ended unexpectedly, if that ended the start."""
        try:
            start()
        except MusicGenreError:
            raise
        except Exception as error:
            if not begun:
                raise
            dead, before = dead_jobs(begun[-1].folder), begun[-1].dead
            found = {job: owner for job, owner in dead.items() if job not in lost and before.get(job) != owner}
            if not found and self._due is None:
                raise
            log.debug("Where it happened:", exc_info=error)  # hydra.verbose=true
            for folder, owner in found.items():
                _tell(folder, owner)
            return set(found)
        return set()


def _tell(folder: Path, owner: Owner) -> None:
    then = "" if begun[-1].apart else ", which will run after the others"
    log.warning("%s: %s ended without a message in this job%s.", folder, owner, then)
