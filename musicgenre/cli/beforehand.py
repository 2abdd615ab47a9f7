"""Faults that all jobs of a sweep share, found before the first of them starts."""

from collections.abc import Iterable

from hydra.types import TaskFunction
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from musicgenre.cli.checks import check_contents, check_machine
from musicgenre.cli.commands import COMMANDS
from musicgenre.cli.overrides import check_overrides
from musicgenre.cli.sweep import runs_apart
from musicgenre.errors import MusicGenreError


def command_of(task: TaskFunction) -> str:
    """Return the command that a sweep's task runs, whatever its config is called; empty for another program's."""
    return str(getattr(task, "keywords", {}).get("command", ""))  # see launch


def shared_fault(configs: Iterable[DictConfig], command: str) -> str:
    """Return the reason for which all of the configs are refused where their jobs run; empty if there is none.

    Args:
        configs: Configs of jobs, with Hydra's own; read only up to the first one that is not refused for that reason.
        command: The command; there is no reason for another program's.
    """
    found = ""
    for config in configs if command in COMMANDS else ():
        fault = _fault(config, command)
        if not fault or (found and fault != found):
            return ""
        found = fault
    return found


def _fault(config: DictConfig, command: str) -> str:
    plain = OmegaConf.masked_copy(config, [str(key) for key in config if key != "hydra"])
    try:
        check_overrides(command, config.hydra.overrides.task, plain, list(config.hydra.runtime.choices))
        check_contents(plain, command)
        if not runs_apart(config):  # jobs of a cluster run on other machines
            check_machine(plain)
    except MusicGenreError as error:
        return str(error)
    except OmegaConfBaseException:  # values known only in the job, such as ${hydra:runtime.output_dir}
        return ""
    return ""
