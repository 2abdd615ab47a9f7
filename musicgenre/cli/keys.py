"""The groups of a command, and the keys of its config."""

import copy
import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from hydra._internal.hydra import Hydra
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException

from musicgenre.cli.arguments import own_configs
from musicgenre.cli.compose import make_hydra
from musicgenre.cli.configs import conf_dir
from musicgenre.cli.honest import split_by_artist

ADDED = ("sweep",)  # groups from which no config chooses by default: +sweep=leak_gap
# Groups, options and keys that a command's config inherits from train, and that the command does not use.
UNHEEDED = {
    "gan": (
        *("augment", "wave_augment", "mix", "loss", "optimizer", "rates", "epsilon", "rho", "scheduler", "callbacks"),
        *("monitor", "mode", "select", "milestones", "compile", "channels_last", "ckpt_path", "embeddings", "gan_run"),
        *("hparams_search", "debug=overfit", "debug=profile", "trainer.max_epochs", "trainer.gradient_clip_val"),
        *("trainer.limit_val_batches", "trainer.limit_test_batches"),
    )
}
_OPTION = re.compile(r"[\w/.-]+")  # a single option, not a list or a sweep


def config_groups(configs: Path) -> list[str]:
    """List the groups of a config folder: its subfolders, except Hydra's own."""
    names = [path.name for path in configs.iterdir() if path.is_dir()]
    return sorted(name for name in names if name != "hydra" and not name.startswith("_"))


@cache
def groups_of(command: str) -> list[str]:
    """List the groups that a command's config chooses from, and those that can be added to it."""
    return own_groups(make_hydra().compose_config(command, [], run_mode=RunMode.RUN))


def own_groups(config: DictConfig) -> list[str]:
    """List the groups that a composed config chooses from, and those that can be added to it."""
    chosen = {str(name) for name in config.hydra.runtime.choices if not str(name).startswith("hydra/")} - {"run"}
    several = {str(name) for name in config if name != "hydra" and (conf_dir() / str(name)).is_dir()} - {"sweep"}
    trains = {*ADDED} if "optimizer" in chosen else set()  # sweeps in configs are of trainings
    return sorted({*chosen, *several, *trains})


def offered(command: str, config: DictConfig) -> DictConfig:
    """Return a composed config without the keys that its command does not heed."""
    unheeded = UNHEEDED.get(command, ())
    shown = copy.deepcopy(config)
    with open_dict(shown):
        for above, _, name in (key.rpartition(".") for key in unheeded):
            node = OmegaConf.select(shown, above) if above else shown
            if OmegaConf.is_dict(node):
                node.pop(name, None)
    return shown


def heeded(command: str, names: Iterable[str]) -> list[str]:
    """Return those of several groups, options and keys that a command heeds.

    Example:
        >>> heeded("gan", ["model", "optimizer", "debug=fdr", "debug=overfit", "trainer.devices", "optimizer.lr"])
        ['model', 'debug=fdr', 'trainer.devices']
    """
    unheeded = tuple(f"{key}{sign}" for key in UNHEEDED.get(command, ()) for sign in (".", "="))
    return [name for name in names if not f"{name}.".startswith(unheeded)]


def keys_of(command: str, arguments: Sequence[str] = ()) -> list[str]:
    """List all dotted keys of the command's config, with the group options that the arguments choose.

    A group with an unknown option has none, and there are none at all if the user's own configs cannot be composed.
    """
    try:
        config = config_of(command, arguments)
    except (HydraException, OmegaConfBaseException):
        return []
    return [name for name in _flatten(config) if not name.startswith("hydra.")]


def config_of(command: str, arguments: Sequence[str] = ()) -> DictConfig:
    """Compose a command's config with only the group options that the arguments choose.

    A group with an unknown option is left out.

    Raises:
        HydraException: The user's own configs, which the arguments name, cannot be read.
        OmegaConfBaseException: The same.
    """
    folder, name = own_configs(arguments)
    typed = split_by_artist(command, arguments) if name is None else list(arguments)
    app, places = make_hydra(folder), [text for text in typed if text.startswith("hydra.searchpath=")]
    asked = [text for text in typed if text.partition("=")[0] in {*groups_of(command)} - {*ADDED}]
    chosen = [text for text in asked if _is_there(app, text, places)]
    config = app.compose_config(name or command, [*places, *chosen], run_mode=RunMode.RUN)
    with open_dict(config):
        for group, _, option in (text.partition("=") for text in asked if text not in chosen):
            if _OPTION.fullmatch(option) and group in config:
                del config[group]
    return config


def _is_there(app: Hydra, text: str, places: list[str]) -> bool:
    """Return whether a group has an option, `model=cnn`, in our configs or in the user's."""
    group, _, option = text.partition("=")
    inside, _, name = option.rpartition("/")
    folder = "/".join(filter(None, [group.partition("@")[0], inside]))
    return name in app.config_loader.get_group_options(folder, overrides=places)


def hydra_keys(command: str, arguments: Sequence[str]) -> list[str]:
    """List all dotted keys of Hydra's own config, with the launcher and sweeper that the arguments choose."""
    chosen = [text for text in arguments if text.startswith(("hydra/", "hydra.searchpath="))]
    config = make_hydra(own_configs(arguments)[0]).compose_config(command, chosen, run_mode=RunMode.MULTIRUN)
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
