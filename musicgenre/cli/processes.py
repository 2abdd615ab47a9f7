"""The processes of a distributed job: Lightning's children, and what a job would leave behind for the next one."""

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

_STARTED = (("TORCHELASTIC_RUN_ID", "WORLD_SIZE"), ("SLURM_PROCID", "SLURM_NTASKS"))  # what says so: how many
_RANKS = ("RANK", "LOCAL_RANK", "SLURM_PROCID", "JSM_NAMESPACE_RANK", "NODE_RANK")  # as Lightning asks them


def is_child() -> bool:
    """Return whether this process only helps another, which reads the same config and reports for both.

    Lightning knows once it is loaded; until then it is what Lightning will read, for loading it takes seconds.
    """
    if "lightning.pytorch" in sys.modules:
        from lightning.pytorch.utilities import rank_zero_only

        return getattr(rank_zero_only, "rank", 0) != 0  # an attribute that no type checker sees
    return next((os.environ[name] for name in _RANKS if name in os.environ), "0") != "0"


def require_one_folder(strategy: object) -> None:
    """Make sure that processes which torchrun or srun has started are of one run, and write to one folder.

    The folder that a run has otherwise is named after the time, and so each of them would have its own. Nor
    do they make a sweep: they are connected for one run.

    Args:
        strategy: Of the Trainer.

    Raises:
        MusicGenreError: No folder was named, or there is a sweep.
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
            f"{started} processes were started for a sweep, and they are connected for one run: start one process, "
            "without torchrun or srun, whose jobs start the others, or one run at a time, without -m."
        )
    if not any(text.startswith("hydra.run.dir=") for text in job_overrides("hydra")):
        raise MusicGenreError(
            f"{started} processes were started for one run, and each would write to a folder of its own: add "
            "hydra.run.dir=FOLDER, which all of them see."
        )


@contextmanager
def job_processes(command: str) -> Iterator[None]:
    """Surround one job: make its children repeat it and nothing else, silently, and clear up behind it.

    Lightning takes a process that has its variables (`LOCAL_RANK` and others) for a child: the next job of a sweep
    would wait for processes that nobody starts.
    """
    environment = dict(os.environ)
    _describe_job_to_children(command)
    if is_child():
        logging.getLogger().setLevel(logging.ERROR)
        if not os.environ.keys().isdisjoint(_RANKS[:-1]):  # the first of another node was started by hand
            end_with_parent()
    try:
        yield
    finally:
        _leave_group()
        _finish_wandb()
        os.environ.clear()
        os.environ.update(environment)


def is_requeued(stop: BaseException) -> bool:
    """Return whether a cluster wants the process to end, and starts it again: submitit leaves from within then."""
    frames = [frame for frame, _ in traceback.walk_tb(stop.__traceback__)]
    return isinstance(stop, SystemExit) and frames[-1].f_globals.get("__name__", "").startswith("submitit.")


def name_the_nameless() -> None:
    """Give a user whom the system has no name for, as in a container with `--user 1234`, one that torch can ask for."""
    try:
        getpass.getuser()
    except (KeyError, OSError, ImportError):
        os.environ["LOGNAME"] = f"user-{os.getuid() if hasattr(os, 'getuid') else 0}"


def job_overrides(of: str = "task") -> tuple[str, ...]:
    """Return what was typed for the job that runs, `${...}` as it stands; of="hydra" gives that of Hydra's own."""
    hydra_config: Any = HydraConfig.get()
    texts: Any = OmegaConf.to_container(hydra_config.overrides[of], resolve=False)
    return tuple(texts)


def _describe_job_to_children(command: str) -> None:
    """Make what Lightning's distributed launcher repeats in its child processes be this very job.

    It runs `sys.argv` again with Hydra's run folder appended; in a sweep that would start the whole sweep once more.
    A child composes its config for itself, and finds the user's own configs where this process did.
    """
    hydra_config: Any = HydraConfig.get()  # announced as a dataclass, a DictConfig in truth
    sources = hydra_config.runtime.config_sources
    own = [f"--config-dir={source.path}" for source in sources if source.provider == "command-line"]
    own += [text for text in job_overrides("hydra") if text.startswith("hydra.searchpath=")]
    sys.argv = [sys.argv[0], command, *own, *job_overrides()]
    with read_write(hydra_config), open_dict(hydra_config):
        hydra_config.run.dir = hydra_config.runtime.output_dir


def _leave_group() -> None:
    distributed: Any = sys.modules.get("torch.distributed")
    # Where Ctrl-C came while torch was being loaded, half of it is there, and loading it again fails.
    if hasattr(distributed, "is_initialized") and "torch" in sys.modules and distributed.is_initialized():
        distributed.destroy_process_group()


def _finish_wandb() -> None:
    """End a run of Weights & Biases, which would go on with the figures of a sweep's next job."""
    wandb = sys.modules.get("wandb")
    if wandb is not None and getattr(wandb, "run", None) is not None:
        wandb.finish(exit_code=1 if sys.exc_info()[0] else 0)
