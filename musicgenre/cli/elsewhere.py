"""Jobs that one of Hydra's launchers runs in other processes, on this machine or on others."""

import os
import socket
from functools import cache
from typing import Any

from hydra.core.hydra_config import HydraConfig

from musicgenre.cli.logs import NamesJob
from musicgenre.cli.sweep import begun
from musicgenre.orphans import end_with_parent
from musicgenre.transcript import print_any_sign


class Home:
    """The process of a command, which carries what it knows of its sweep to the processes that run the jobs."""

    def __init__(self) -> None:
        self.host, self.process = socket.gethostname(), os.getpid()

    def __getstate__(self) -> dict[str, Any]:
        """Take along the sweeps that have begun."""
        return {**vars(self), "begun": list(begun)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Know of them here."""
        begun[:] = state.pop("begun")
        vars(self).update(state)

    def begin_job(self) -> None:
        """Prepare a process elsewhere for a job: its lines, which others come between, name it.

        Where the command's own process started this one, both end together.
        """
        here = socket.gethostname()
        if (here, os.getpid()) == (self.host, self.process):
            return
        print_any_sign()
        NamesJob.job = f"Job {int(HydraConfig.get().job.num) + 1}: "
        if (here, os.getppid()) == (self.host, self.process):
            _end_with_parent()


_end_with_parent = cache(end_with_parent)  # once a process, which runs job after job
