"""Checks of overrides that Hydra accepts, but that are wrong."""

import logging
import re
from collections.abc import Collection, Sequence

from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig, OmegaConf

from musicgenre.cli.arguments import PATHS
from musicgenre.cli.configs import conf_dir
from musicgenre.cli.explored import WITHOUT
from musicgenre.cli.hints import explain_unread
from musicgenre.cli.keys import config_groups, keys_of
from musicgenre.cli.own_hints import explain_left, is_object
from musicgenre.errors import MusicGenreError
from musicgenre.training.objects import not_taken

log = logging.getLogger(__name__)


def check_overrides(command: str, overrides: Sequence[str], cfg: DictConfig, groups: Collection[str] = ()) -> None:
    """Make sure that no key was removed that the command reads, and none added that nothing reads.

    Args:
        command: The command's name.
        overrides: The overrides as typed.
        cfg: The composed config.
        groups: Groups with a chosen option, the user's own included.

    Raises:
        MusicGenreError: There is such a key, or an object that is to replace an option does not take what is in that.
    """
    for override in overrides:
        key = override.lstrip("+~").partition("=")[0]
        if key in groups and is_object(override, key):
            _check_object(key, override, cfg)
        if (command, key) in WITHOUT and override.startswith("~"):
            continue
        if override.startswith("~"):
            _check_removed(command, key, cfg)
        elif override.startswith("+") and not _is_read(command, key, cfg, groups):
            raise MusicGenreError(explain_unread(key, command, overrides))


def tell_repeated(overrides: Sequence[str]) -> None:
    """Name a path that is given twice: Hydra takes the last, but both may be meant, as in `audio=A audio=B`."""
    given: dict[str, str] = {}
    for key, _, value in (override.partition("=") for override in overrides):
        if key in PATHS and given.get(key, value) != value:
            log.warning("%s is given more than once: %s is used, and %s is not.", key, value, given[key])
        given[key] = value


def _is_read(command: str, key: str, cfg: DictConfig, groups: Collection[str]) -> bool:
    """Return whether anything may read an added key.

    This is so for groups and all below them, for what is built from a `_target_`, and for keys that another value names
    as `${KEY}`.
    """
    group, *below = key.partition("@")[0].split(".")
    known = {name.partition("@")[0] for name in (*groups, *config_groups(conf_dir()))}
    if group in known or key.partition("@")[0] in known or "/" in group or group == "hydra":
        return True
    above = [".".join([group, *below[:count]]) for count in range(len(below) + 1)]
    for name in above:
        node = OmegaConf.select(cfg, name, throw_on_resolution_failure=False)
        if isinstance(node, DictConfig) and any("_target_" in each for each in _dicts(node)):
            return True
    named = "|".join(re.escape(name) for name in {*above, key.rpartition(".")[2]})
    if re.search(rf"\$\{{[^}}]*\b(?:{named})\b", OmegaConf.to_yaml(cfg)):
        return True
    return key in keys_of(command)


def _check_removed(command: str, key: str, cfg: DictConfig) -> None:
    """Make sure that a removed key was a parameter of what is built, or one of several things that are built."""
    parent = OmegaConf.select(cfg, key.rpartition(".")[0]) if "." in key else None
    if isinstance(parent, DictConfig) and any("_target_" in node for node in _dicts(parent)):
        return
    inside = [name for name in keys_of(command) if name == key or name.startswith(f"{key}.")]
    if not inside:
        return  # a group whose option is null unless one is chosen
    names = sorted(path.stem for path in (conf_dir() / key).glob("*.yaml"))
    parts = dict.fromkeys(".".join(name.split(".")[: key.count(".") + 2]) for name in inside)
    if "none" in names:
        instead = f"choose {key}=none"
    elif len(names) > 1:
        instead = f"choose one of {key}={', '.join(names)}"
    else:
        instead = f"set {key}=..." if list(parts) == [key] else f"change what is in it ({', '.join(parts)})"
    raise MusicGenreError(f"{command} reads {key}, which cannot be removed: {instead}.")


def _check_object(group: str, override: str, cfg: DictConfig) -> None:
    """Make sure that an object, which is merged into the chosen option, takes what remains of that."""
    given, node = OverridesParser.create().parse_override(override).value(), OmegaConf.select(cfg, group)
    if not isinstance(given, dict) or not isinstance(node, DictConfig):
        return
    target = str(node["_target_"])
    remaining = [str(name) for name in node if name not in given and not str(name).startswith("_")]
    if wrong := not_taken(target, remaining):
        raise MusicGenreError(explain_left(group, target, wrong))


def _dicts(node: DictConfig) -> list[DictConfig]:
    """Return a node, and the nodes directly below it."""
    return [each for each in (node, *node.values()) if isinstance(each, DictConfig)]
