"""The processes of a distributed job: Lightning's child processes, and what a job must not leave for the next one."""

import getpass
import logging
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import OmegaConf, open_dict, read_write

from musicgenre.errors import MusicGenreError
from musicgenre.orphans import end_with_parent

_STARTED = (("TORCHELASTIC_RUN_ID", "WORLD_SIZE"), ("SLURM_PROCID", "SLURM_NTASKS"))  # mark and process count
_RANKS = ("RANK", "LOCAL_RANK", "SLURM_PROCID", "JSM_NAMESPACE_RANK", "NODE_RANK")  # in Lightning's order


def is_child() -> bool:
    """Return whether this process only helps another one, which reads the same config and reports for both.

    Lightning knows once it is loaded; until then the variables that it will read decide, as loading it takes seconds.
    """
    if "lightning.pytorch" in sys.modules:
        from lightning.pytorch.utilities import rank_zero_only

        return getattr(rank_zero_only, "rank", 0) != 0  # an attribute that type checkers do not see
    return next((os.environ[name] for name in _RANKS if name in os.environ), "0") != "0"


def require_one_folder(strategy: object) -> None:
    """Make sure that processes started by torchrun or srun belong to one run, and write to one folder.

    By default, a run's folder is named after the time, so each of them would have its own. They cannot run a sweep, as
    they are connected for one run.

    Args:
        strategy: The Trainer's strategy.

    Raises:
        MusicGenreError: No folder was given, or a sweep was asked for.
    """
    started = next((os.environ[count] for mark, count in _STARTED if {mark, count} <= os.environ.keys()), "1")
    if (
        not str(strategy).startswith(("ddp", "fsdp", "deepspeed"))
        or started == "1"
        or "SUBMITIT_EXECUTOR" in os.environ
    ):
        return
    if HydraConfig.get().mode == RunMode.MULTIRUN:
        raise MusicGenreError(
            f"{started} processes were started for a sweep, but they are connected for one run: start one process "
            "without torchrun or srun, whose jobs start the others, or one run at a time without -m."
        )
    if not any(text.startswith("hydra.run.dir=") for text in job_overrides("hydra")):
        raise MusicGenreError(
            f"{started} processes were started for one run, but each would write to a folder of its own: add "
            "hydra.run.dir=FOLDER, a folder that all of them can reach."
        )


@contextmanager
def job_processes(command: str) -> Iterator[None]:
    """Run one job in the block: make its child processes silently repeat only this job, and clean up after it.

    Lightning takes a process with its variables (`LOCAL_RANK` and others) for a child: the next job of a sweep would
    wait for processes that are never started.
    """
    environment = dict(os.environ)
    _describe_job_to_children(command)
    if is_child():
        logging.getLogger().setLevel(logging.ERROR)
        if not os.environ.keys().isdisjoint(_RANKS[:-1]):  # the first process of another node is started by hand
            end_with_parent()
    try:
        yield
    finally:
        _leave_group()
        _finish_wandb()
        os.environ.clear()
        os.environ.update(environment)


def is_requeued(stop: BaseException) -> bool:
    """Return whether a cluster ends the process to start it again: submitit then exits from its own code."""
    frames = [frame for frame, _ in traceback.walk_tb(stop.__traceback__)]
    return isinstance(stop, SystemExit) and frames[-1].f_globals.get("__name__", "").startswith("submitit.")


def name_the_nameless() -> None:
    """Give a user without a name in the system, as in a container with `--user 1234`, a name, which torch asks for."""
    try:
        getpass.getuser()
    except (KeyError, OSError, ImportError):
        os.environ["LOGNAME"] = f"user-{os.getuid() if hasattr(os, 'getuid') else 0}"


def job_overrides(of: str = "task") -> tuple[str, ...]:
    """Return the current job's overrides as typed, `${...}` unresolved; of="hydra" returns those of Hydra's config."""
    hydra_config: Any = HydraConfig.get()
    texts: Any = OmegaConf.to_container(hydra_config.overrides[of], resolve=False)
    return tuple(texts)


def _describe_job_to_children(command: str) -> None:
    """Make Lightning's distributed launcher repeat exactly this job in its child processes.

    It runs `sys.argv` again with Hydra's run folder appended, which in a sweep would start the whole sweep again. A
    child composes its own config, and finds the user's configs where this process did.
    """
    hydra_config: Any = HydraConfig.get()  # typed as a dataclass, but really a DictConfig
    sources = hydra_config.runtime.config_sources
    own = [f"--config-dir={source.path}" for source in sources if source.provider == "command-line"]
    own += [text for text in job_overrides("hydra") if text.startswith("hydra.searchpath=")]
    sys.argv = [sys.argv[0], command, *own, *job_overrides()]
    with read_write(hydra_config), open_dict(hydra_config):
        hydra_config.run.dir = hydra_config.runtime.output_dir


def _leave_group() -> None:
    distributed: Any = sys.modules.get("torch.distributed")
    # If Ctrl-C came while torch was being loaded, only half of it is there, and loading it again fails.
    if hasattr(distributed, "is_initialized") and "torch" in sys.modules and distributed.is_initialized():
        distributed.destroy_process_group()


def _finish_wandb() -> None:
    """End a Weights & Biases run, which would otherwise go on with the metrics of a sweep's next job."""
    wandb = sys.modules.get("wandb")
    if wandb is not None and getattr(wandb, "run", None) is not None:
        wandb.finish(exit_code=1 if sys.exc_info()[0] else 0)
