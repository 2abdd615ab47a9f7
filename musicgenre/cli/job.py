"""One job of a command: the config checked, and the command's adapter called with it."""

import logging
import sys
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from musicgenre.cli.checks import check_config, stand_where_typed
from musicgenre.cli.fresh import holds_nothing, remove_all
from musicgenre.cli.overrides import check_overrides
from musicgenre.cli.processes import is_child, job_overrides, job_processes, require_one_folder
from musicgenre.cli.trusted import trust_of
from musicgenre.errors import MusicGenreError
from musicgenre.runs.failed import forget_failure
from musicgenre.runs.job import Job
from musicgenre.runs.owner import owned

log = logging.getLogger(__name__)

_TRAINING = ("train", "gan")
_GRIDS = ("grid", "basic", None)  # sweepers that need no more than values to sweep over


def run_command(command: str, cfg: DictConfig) -> float | None:
    """Check the config, then call the command's adapter, which loads what it needs.

    Of a training that keeps nothing (`fast_dev_run`), what it has noted for itself is removed.

    Raises:
        MusicGenreError: The config or what it names cannot be used.
    """
    folder = job_folder()
    tried = command in _TRAINING and not is_child() and bool(OmegaConf.select(cfg, "trainer.fast_dev_run"))
    ours = tried and holds_nothing(folder)
    found = _run(command, cfg)
    if ours:
        remove_all(folder)
    return found


def _run(command: str, cfg: DictConfig) -> float | None:
    with job_processes(command):
        _require_no_search()
        check_overrides(command, job_overrides(), cfg, list(HydraConfig.get().runtime.choices))
        stand_where_typed(cfg, Path(HydraConfig.get().runtime.cwd))
        check_config(cfg, command)
        require_one_folder(OmegaConf.select(cfg, "trainer.strategy"))
        with nullcontext() if is_child() else owned(job_folder(), _tell) as last:
            if last is not None:
                log.warning("%s ended without a word in this folder: going on from what it left.", last)
            forget_failure(job_folder())
            adapter = import_module(f"musicgenre.cli.{command}")
            result: float | None = adapter.run(cfg, _job(command, cfg))
            return result


def job_folder() -> Path:
    """Return the folder of the job that runs."""
    hydra_config: Any = HydraConfig.get()  # announced as a dataclass, a DictConfig in truth
    return Path(hydra_config.runtime.output_dir)


def in_sweep() -> bool:
    """Return whether the job that runs is one of a sweep."""
    return bool(HydraConfig.get().mode == RunMode.MULTIRUN)


def _require_no_search() -> None:
    """Make sure that one run was not meant as a search, which would be without effect."""
    sweeper = HydraConfig.get().runtime.choices.get("hydra/sweeper")
    if not in_sweep() and sweeper not in _GRIDS:
        raise MusicGenreError(f"hydra/sweeper={sweeper} (or hparams_search) is for a search, which -m starts: add it.")


def _tell(sentence: str) -> None:
    """Say something that the folder's log is not for: it is another process'."""
    print(sentence, file=sys.stderr, flush=True)


def _job(command: str, cfg: DictConfig) -> Job:
    """Return what Hydra composed, and where it wants results, as plain values."""
    hydra_config: Any = HydraConfig.get()  # announced as a dataclass, a DictConfig in truth
    config: Any = OmegaConf.to_container(cfg, resolve=True)
    return Job(
        command=command,
        folder=job_folder(),
        config=config,
        overrides=job_overrides(),
        choices=dict(hydra_config.runtime.choices),
        hydra=OmegaConf.to_yaml(OmegaConf.create({"hydra": hydra_config})),
        trust=trust_of(cfg, hydra_config.runtime.config_sources),
    )
