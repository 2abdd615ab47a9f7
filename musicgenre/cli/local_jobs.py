"""The jobs of `hydra/launcher=submitit_local`, which end with their command; those of a cluster go on without it."""

import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import Popen, TimeoutExpired
from typing import TYPE_CHECKING, Any

from musicgenre.orphans import end_with

if TYPE_CHECKING:
    from submitit.local.local import LocalExecutor, LocalJob

_PATIENCE = 10.0  # s


def begin_local_job(command: int) -> None:
    """Prepare a process that submitit started on this machine: it ends at SIGTERM, and with its command.

    Args:
        command: The command's process.
    """
    if os.environ.get("SUBMITIT_EXECUTOR") == "local":
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # which submitit ignores, as on a cluster
        end_with(command)


@contextmanager
def ended_with_command(folder: Path) -> Iterator[None]:
    """End the jobs that submitit starts on this machine in the block, if an error or a signal ends the block.

    They end in order, each ready to be resumed. A terminal sends Ctrl-C to them too: they leave it to the command.

    Args:
        folder: The pattern for the folders of submitit's jobs, such as `.submitit/%j`, of which it makes an empty one.
    """
    from submitit.local.local import LocalExecutor

    submit, started = LocalExecutor._submit_command, list[Popen[bytes]]()

    def noted(executor: "LocalExecutor", text: str) -> "LocalJob[Any]":
        before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])  # which a new process inherits
        try:
            job: LocalJob[Any] = submit(executor, text)
            assert job._process is not None
            started.append(job._process)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return job

    LocalExecutor._submit_command = noted  # type: ignore[method-assign, assignment]
    try:
        yield
    except BaseException:
        _end(started)
        raise
    finally:
        LocalExecutor._submit_command = submit  # type: ignore[method-assign]
        with suppress(OSError):
            folder.rmdir()


def _end(processes: Sequence["Popen[bytes]"]) -> None:
    """End processes and wait for them, but not long: what is left ends once the command has."""
    for process in processes:
        process.terminate()
    end = time.monotonic() + _PATIENCE
    for process in processes:
        with suppress(TimeoutExpired):
            process.wait(max(0.0, end - time.monotonic()))
