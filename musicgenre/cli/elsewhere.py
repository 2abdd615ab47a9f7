"""Jobs that a Hydra launcher runs in other processes, on this machine or on others."""

import os
import socket
from functools import cache
from typing import Any

from hydra.core.hydra_config import HydraConfig

from musicgenre.cli.local_jobs import begin_local_job
from musicgenre.cli.logs import NamesJob
from musicgenre.cli.sweep import begun
from musicgenre.orphans import end_with_parent
from musicgenre.transcript import print_any_sign


class Home:
    """The process of a command, which passes what it knows about its sweep to the processes that run the jobs."""

    def __init__(self) -> None:
        self.host, self.process = socket.gethostname(), os.getpid()

    def __getstate__(self) -> dict[str, Any]:
        """Include the sweeps that have begun."""
        return {**vars(self), "begun": list(begun)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore the sweeps that have begun."""
        begun[:] = state.pop("begun")
        vars(self).update(state)

    def begin_job(self) -> None:
        """Prepare another process for a job, whose log lines name the job, as they mix with those of others.

        If the command's process started this one, itself or through submitit, it ends when that one does.
        """
        here = socket.gethostname()
        if (here, os.getpid()) == (self.host, self.process):
            return
        print_any_sign()
        NamesJob.job = f"Job {int(HydraConfig.get().job.num) + 1}: "
        if (here, os.getppid()) == (self.host, self.process):
            _end_with_parent()
        elif here == self.host:
            begin_local_job(self.process)


_end_with_parent = cache(end_with_parent)  # once per process, which runs job after job
