"""One job of a command: check the config and call the command's adapter."""

import logging
import sys
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from musicgenre.cli.checks import check_config, stand_where_typed
from musicgenre.cli.fresh import holds_nothing, remove_all
from musicgenre.cli.overrides import check_overrides, tell_repeated
from musicgenre.cli.processes import is_child, job_overrides, job_processes, require_one_folder
from musicgenre.cli.trusted import trust_of
from musicgenre.errors import MusicGenreError
from musicgenre.runs.failed import forget_failure
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.job import Job
from musicgenre.runs.owner import owned
from musicgenre.yaml_text import as_yaml

log = logging.getLogger(__name__)

_TRAINING = ("train", "gan")
_GRIDS = ("grid", "basic", None)  # sweepers that only need values to sweep over


def run_command(command: str, cfg: DictConfig, begins: Callable[[], None] = lambda: None) -> float | None:
    """Check the config, then call the command's adapter, which loads what it needs.

    A training that keeps nothing (`fast_dev_run`) has its own records removed afterwards.

    Args:
        command: The command.
        cfg: Its config.
        begins: Called once no other process writes the folder.

    Raises:
        MusicGenreError: The config or what it names cannot be used.
    """
    folder = job_folder()
    tried = command in _TRAINING and not is_child() and bool(OmegaConf.select(cfg, "trainer.fast_dev_run"))
    ours = tried and holds_nothing(folder)
    found = _run(command, cfg, begins)
    if ours:
        remove_all(folder)
    return found


def _run(command: str, cfg: DictConfig, begins: Callable[[], None]) -> float | None:
    with job_processes(command):
        _require_no_search()
        if not in_sweep() and OmegaConf.select(cfg, "sweep.leave_out") is not None:
            log.warning("sweep.leave_out has no effect on a single run: it leaves out jobs of a sweep (-m).")
        tell_repeated(job_overrides())
        check_overrides(command, job_overrides(), cfg, list(HydraConfig.get().runtime.choices))
        stand_where_typed(cfg, Path(HydraConfig.get().runtime.cwd))
        check_config(cfg, command)
        require_one_folder(OmegaConf.select(cfg, "trainer.strategy"))
        job = _job(command, cfg)
        with nullcontext() if is_child() else owned(job_folder(), partial(_tell, job)) as last:
            begins()
            if last is not None:
                log.warning("%s ended without a message in this folder: going on from what it left.", last)
            forget_failure(job_folder())
            adapter = import_module(f"musicgenre.cli.{command}")
            result: float | None = adapter.run(cfg, job)
            forget_failure(job_folder())  # that of another command, which was refused here meanwhile
            return result


def job_folder() -> Path:
    """Return the folder of the current job."""
    hydra_config: Any = HydraConfig.get()  # typed as a dataclass, but really a DictConfig
    return Path(hydra_config.runtime.output_dir)


def in_sweep() -> bool:
    """Return whether the current job belongs to a sweep."""
    return bool(HydraConfig.get().mode == RunMode.MULTIRUN)


def _require_no_search() -> None:
    """Make sure that a single run was not meant as a search, which would have no effect."""
    sweeper = HydraConfig.get().runtime.choices.get("hydra/sweeper")
    if not in_sweep() and sweeper not in _GRIDS:
        raise MusicGenreError(f"hydra/sweeper={sweeper} (or hparams_search) is for a search, which needs -m: add it.")


def _tell(job: Job, sentence: str) -> None:
    """Print that there is something to wait for, unless it is another run, for which a training would wait in vain.

    It is not logged, as the folder's log belongs to another process.
    """
    if job.command in _TRAINING:
        RunFolder(job.folder).require_same_settings(job)
    print(sentence, file=sys.stderr, flush=True)


def _job(command: str, cfg: DictConfig) -> Job:
    """Return the config that Hydra composed, and its folder for results, as plain values."""
    hydra_config: Any = HydraConfig.get()  # typed as a dataclass, but really a DictConfig
    config: Any = OmegaConf.to_container(cfg, resolve=True)
    kept: Any = OmegaConf.to_container(hydra_config, enum_to_str=True)
    kept["job"]["config_name"] = command  # which tells whose the folder is, whatever config of one's own was named
    return Job(
        command=command,
        folder=job_folder(),
        config=config,
        overrides=job_overrides(),
        choices=dict(hydra_config.runtime.choices),
        hydra=as_yaml({"hydra": kept}),
        trust=trust_of(cfg, hydra_config.runtime.config_sources),
    )
