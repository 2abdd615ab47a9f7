"""What a command can be told: its groups, and the keys of its config."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from musicgenre.cli.compose import make_hydra
from musicgenre.cli.configs import conf_dir
from musicgenre.cli.honest import split_by_artist


def config_groups(configs: Path) -> list[str]:
    """List the groups of a folder of configs: its folders, but for Hydra's own."""
    names = [path.name for path in configs.iterdir() if path.is_dir()]
    return sorted(name for name in names if name != "hydra" and not name.startswith("_"))


@cache
def groups_of(command: str) -> list[str]:
    """List the groups that a command's own config chooses from, and those that can be added to it."""
    return own_groups(make_hydra().compose_config(command, [], run_mode=RunMode.RUN))


def own_groups(config: DictConfig) -> list[str]:
    """List the groups that a composed config chooses from, and those that can be added to it."""
    chosen = {str(name) for name in config.hydra.runtime.choices if not str(name).startswith("hydra/")} - {"run"}
    several = {str(name) for name in config if name != "hydra" and (conf_dir() / str(name)).is_dir()} - {"sweep"}
    trains = {"sweep"} if "optimizer" in chosen else set()  # a sweep that is a config is of trainings
    return sorted({*chosen, *several, *trains})


def keys_of(command: str, arguments: Sequence[str] = ()) -> list[str]:
    """List every key of the command's config, dotted, with the options of groups that the arguments choose."""
    groups = groups_of(command)
    typed = split_by_artist(command, arguments) if arguments else []
    found = [text for text in typed if (conf_dir() / f"{text.replace('=', '/')}.yaml").is_file()]
    chosen = [text for text in found if text.partition("=")[0] in groups]
    config = make_hydra().compose_config(command, chosen, run_mode=RunMode.RUN)
    return [name for name in _flatten(config) if not name.startswith("hydra.")]


def hydra_keys(command: str, arguments: Sequence[str]) -> list[str]:
    """List every key of Hydra's own, dotted, with the launcher and the sweeper that the arguments choose."""
    chosen = [text for text in arguments if text.startswith("hydra/")]
    config = make_hydra().compose_config(command, chosen, run_mode=RunMode.MULTIRUN)
    return _flatten(config.hydra, "hydra.")


def _flatten(config: DictConfig, prefix: str = "") -> list[str]:
    names = []
    for key in config:
        name = f"{prefix}{key!s}"
        node = None if OmegaConf.is_missing(config, str(key)) else config._get_node(str(key))
        if isinstance(node, DictConfig) and not node._is_none():
            names += _flatten(node, f"{name}.")
        else:
            names.append(name)
    return names
