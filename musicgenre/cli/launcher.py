"""The launcher of a sweep's jobs; that of a Ray cluster is made only once the cluster answers."""

import logging
import os
import re
import shutil
import socket
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra.core.config_loader import ConfigLoader
from hydra.core.plugins import Plugins
from hydra.core.utils import JobReturn, JobStatus
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf, open_dict, read_write

from musicgenre.cli.hints import LAUNCHERS
from musicgenre.cli.local_jobs import ended_with_command
from musicgenre.cli.values import Number, explain_value
from musicgenre.errors import MusicGenreError
from musicgenre.extras import MissingPackageError
from musicgenre.signals import ended_as_by_ctrl_c

if TYPE_CHECKING:
    from submitit import Job

log = logging.getLogger(__name__)

_ADDRESS = "hydra.launcher.ray.init.address"
_CURRENT = "ray/ray_current_cluster"  # where `ray start` records it, in the folder for temporary files
_SECONDS = 5.0
_COUNTS = {  # numbers of jobs
    "hydra.sweeper.n_trials": Number(1, whole=True),
    "hydra.sweeper.n_jobs": Number(1, whole=True),
    "hydra.sweeper.max_batch_size": Number(1, whole=True, null=True),
}


def make_launcher(hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> Launcher:
    """Make the launcher that a sweep's config names.

    Raises:
        MusicGenreError: Its package is not installed, or a number of jobs is invalid; or it is Ray's, and no cluster
            answers, for which Ray itself would keep asking for minutes.
    """
    check_counts(config)
    try:
        launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )
    except RuntimeError as error:
        chosen = config.hydra.runtime.choices["hydra/launcher"]
        if "Unknown plugin class" not in str(error) or chosen not in LAUNCHERS:
            raise
        said = f"hydra/launcher={chosen} comes with a package that is not installed"
        raise MissingPackageError(said, LAUNCHERS[chosen]) from error
    chosen = OmegaConf.select(config, "hydra.launcher", default={})
    hides_gpus = str(chosen.get("_target_", "")).endswith(".LocalLauncher") and not chosen.gpus_per_node
    if hides_gpus and shutil.which("nvidia-smi"):
        log.warning("submitit gives its jobs no GPU here: hydra.launcher.gpus_per_node=1 gives each job one.")
    if (address := OmegaConf.select(config, _ADDRESS)) not in (None, "local"):
        require_head(str(address))
    return launcher


def check_counts(config: DictConfig) -> None:
    """Make sure that a sweep's numbers of jobs are valid.

    Raises:
        MusicGenreError: A number is not.

    Example:
        >>> check_counts(OmegaConf.create({"hydra": {"sweeper": {"n_trials": 0}}}))
        Traceback (most recent call last):
        musicgenre.errors.MusicGenreError: hydra.sweeper.n_trials is 0: give a whole number of at least 1.
    """
    for key, kind in _COUNTS.items():
        above, _, name = key.rpartition(".")
        if name not in (OmegaConf.select(config, above) or {}):
            continue
        value = OmegaConf.select(config, key)
        try:
            kind.taken(value)
        except ValueError as error:
            raise MusicGenreError(explain_value(key, value, kind)) from error
    if OmegaConf.select(config, "hydra.launcher.n_jobs") == 0:
        raise MusicGenreError(
            "hydra.launcher.n_jobs is 0: give a whole number of at least 1, or -1 for one job per core."
        )


def job_subdir(loader: ConfigLoader, sweep: DictConfig, number: int, job: Sequence[str]) -> str:
    """Return a job's folder within its sweep's folder.

    Args:
        loader: Composes the job's config.
        sweep: The sweep's config.
        number: The job's number, from 0.
        job: The job's overrides.
    """
    config = loader.load_sweep_config(sweep, list(job))
    with read_write(config), open_dict(config):
        config.hydra.job.num, config.hydra.job.id = number, str(number)
    return str(config.hydra.sweep.subdir)


def launch_all(launcher: Launcher, jobs: Sequence[Sequence[str]], first: int) -> Sequence[JobReturn]:
    """Launch jobs and return their results.

    Args:
        launcher: A launcher from `make_launcher`.
        jobs: The overrides of each job.
        first: Number of the first job.

    Raises:
        MusicGenreError: SLURM is not there, or refuses the jobs.
    """
    try:
        with ended_as_by_ctrl_c(), _of_submitit(launcher) if "submitit" in type(launcher).__module__ else nullcontext():
            return launcher.launch(jobs, initial_job_idx=first)
    except RuntimeError as error:  # submitit's own errors are subclasses
        said = str(error).strip()
        if "srun" in said:
            raise MusicGenreError(
                "This machine has no SLURM (no program srun): run the command on one that has it, or choose "
                "hydra/launcher=submitit_local."
            ) from error
        if type(error).__name__ == "FailedJobError" and "sbatch" in said:
            reasons = [line.partition("error:")[2].strip() or line.strip() for line in said.splitlines()]
            raise MusicGenreError(
                f"SLURM refuses the jobs ({'; '.join(reasons).rstrip('.')}): change hydra.launcher.*, such as "
                "hydra.launcher.partition."
            ) from error
        raise


def _why_lost(error: RuntimeError) -> str:
    """Say what happened to a job's process: what it raised, or that it is gone."""
    if type(error).__name__ == "FailedJobError":  # with a traceback
        return str(error).strip().splitlines()[-1]
    found = re.search(r"\(state: (.*?)\)", str(error))
    said = f" ({found[1]})" if found and found[1] != "UNKNOWN" else ""
    return f"its process ended without a result{said}: the same command continues it"


class LostJobError(MusicGenreError):
    """A job's process is gone and has left no result; the message describes it."""


def require_done(job: JobReturn) -> None:
    """Raise what a job's process raised, if anything; Hydra's own way of doing so also prints."""
    if isinstance(error := job._return_value, BaseException):
        raise error


@contextmanager
def _of_submitit(launcher: Launcher) -> Iterator[None]:
    with _all_awaited(), ended_with_command(Path(str(getattr(launcher, "params", {}).get("submitit_folder", "")))):
        yield


@contextmanager
def _all_awaited() -> Iterator[None]:
    """Wait in the block for every submitit job, even if one fails; its error is returned as its result."""
    from submitit import Job

    results = Job.results

    def awaited(job: "Job[Any]") -> list[Any]:
        try:
            return results(job)
        except RuntimeError as error:  # submitit's own errors are subclasses
            lost = LostJobError(_why_lost(error))
            lost.__cause__ = error
            return [JobReturn(status=JobStatus.FAILED, _return_value=lost)]

    Job.results = awaited  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        Job.results = results  # type: ignore[method-assign]


def require_head(address: str) -> None:
    """Make sure that the head of a Ray cluster answers.

    Args:
        address: HOST:PORT, or auto for the cluster that this machine belongs to.

    Raises:
        MusicGenreError: It does not answer, or this machine belongs to no cluster.
    """
    found = address.rpartition("://")[2] if address != "auto" else _own_cluster()
    host, _, port = found.rpartition(":")
    if not host or not port.isdigit():
        said = "This machine belongs to no Ray cluster" if address == "auto" else f"{_ADDRESS} is {address}"
        raise MusicGenreError(
            f"{said}: start one (ray start --head, and ray start --address=HEAD:6379 on the other machines), or name "
            f"one with {_ADDRESS}=HOST:PORT."
        )
    try:
        socket.create_connection((host, int(port)), _SECONDS).close()
    except OSError as error:
        raise MusicGenreError(
            f"The head of the Ray cluster at {found} does not answer ({error.strerror or error}): start it again (ray "
            "stop and ray start, on all machines) or name another; the same command then goes on."
        ) from error


def _own_cluster() -> str:
    """Return the address of the cluster that this machine belongs to; empty if there is none."""
    if address := os.environ.get("RAY_ADDRESS", ""):
        return address.rpartition("://")[2]
    noted = Path(os.environ.get("RAY_TMPDIR") or tempfile.gettempdir(), _CURRENT)
    return noted.read_text().strip() if noted.is_file() else ""
