"""One job of a command: the config checked, and the command's adapter called with it."""

from importlib import import_module
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from musicgenre.cli.checks import check_config, stand_where_typed
from musicgenre.cli.overrides import check_overrides
from musicgenre.cli.processes import job_overrides, job_processes
from musicgenre.cli.trusted import trust_of
from musicgenre.runs.job import Job


def run_command(command: str, cfg: DictConfig) -> float | None:
    """Check the config, then call the command's adapter, which loads what it needs.

    Raises:
        MusicGenreError: The config or what it names cannot be used.
    """
    with job_processes(command):
        check_overrides(command, job_overrides(), cfg)
        stand_where_typed(cfg, Path(HydraConfig.get().runtime.cwd))
        check_config(cfg, command)
        adapter = import_module(f"musicgenre.cli.{command}")
        result: float | None = adapter.run(cfg, _job(command, cfg))
        return result


def _job(command: str, cfg: DictConfig) -> Job:
    """Return what Hydra composed, and where it wants results, as plain values."""
    hydra_config: Any = HydraConfig.get()  # announced as a dataclass, a DictConfig in truth
    config: Any = OmegaConf.to_container(cfg, resolve=True)
    return Job(
        command=command,
        folder=Path(hydra_config.runtime.output_dir),
        config=config,
        overrides=job_overrides(),
        choices=dict(hydra_config.runtime.choices),
        hydra=OmegaConf.to_yaml(OmegaConf.create({"hydra": hydra_config})),
        trust=trust_of(cfg, hydra_config.runtime.config_sources),
    )
