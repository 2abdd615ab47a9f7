"""What can be seen to be wrong in overrides, though Hydra takes them."""

from collections.abc import Sequence

from omegaconf import DictConfig, OmegaConf

from musicgenre.cli.configs import conf_dir
from musicgenre.cli.hints import MOVED, explain_moved
from musicgenre.cli.keys import keys_of
from musicgenre.errors import MusicGenreError


def check_overrides(command: str, overrides: Sequence[str], cfg: DictConfig) -> None:
    """Make sure that nothing was taken away that the command reads, and nothing added that nobody reads any more.

    Raises:
        MusicGenreError: Something was.
    """
    for override in overrides:
        key = override.lstrip("+~").partition("=")[0]
        if override.startswith("~"):
            _check_removed(command, key, cfg)
        elif key in MOVED and OmegaConf.select(cfg, MOVED[key]) is not None:
            raise MusicGenreError(explain_moved(key))


def _check_removed(command: str, key: str, cfg: DictConfig) -> None:
    """Make sure that a key taken away was a parameter of what is built, or one of several things that are built."""
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
    raise MusicGenreError(f"{command} reads {key}, which cannot be taken away: {instead}.")


def _dicts(node: DictConfig) -> list[DictConfig]:
    """Return a node, and those right below it."""
    return [each for each in (node, *node.values()) if isinstance(each, DictConfig)]
