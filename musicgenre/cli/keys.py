"""What a command can be told: its groups, and the keys of its config."""

from collections.abc import Sequence
from pathlib import Path

from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from musicgenre.cli.compose import make_hydra
from musicgenre.cli.configs import conf_dir


def config_groups(configs: Path) -> list[str]:
    """List the groups of a folder of configs: its folders, but for Hydra's own."""
    names = [path.name for path in configs.iterdir() if path.is_dir()]
    return sorted(name for name in names if name != "hydra" and not name.startswith("_"))


def keys_of(command: str, arguments: Sequence[str] = ()) -> list[str]:
    """List every key of the command's config, dotted, with the options of groups that the arguments choose."""
    chosen = [text for text in arguments if (conf_dir() / f"{text.replace('=', '/')}.yaml").is_file()]
    config = make_hydra().compose_config(command, chosen, run_mode=RunMode.RUN)
    return [name for name in _flatten(config) if not name.startswith("hydra.")]


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
