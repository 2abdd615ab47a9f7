"""A mistyped group, option or key: what there is, and what was probably meant."""

import re
from collections.abc import Sequence
from pathlib import Path

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import OverrideParseException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import MissingMandatoryValue

from musicgenre.errors import MusicGenreError
from musicgenre.suggest import did_you_mean

# What Hydra adds for whoever debugs the program itself.
_ASIDE = re.compile(r"\nSet the environment variable|, set env var|\nConfig search path|\nfull_key")


def explain(error: Exception, command: str = "", configs: Path | None = None, arguments: Sequence[str] = ()) -> str:
    """One message for a user's mistake, with the choices there are where the error names a key."""
    if isinstance(error, MissingMandatoryValue):
        key = re.search(r"full_key: (\S+)|mandatory value: (\S+)", str(error))
        name = (key[1] or key[2]) if key else "a value"
        return f"{name} is not set, and has no default: add {name}=... to the command."
    if isinstance(error.__cause__, MusicGenreError):  # Hydra wraps what the objects it builds raise
        return str(error.__cause__)
    if isinstance(error, OverrideParseException):
        return (
            f"{error.override} cannot be read: a value with any of = , ( ) [ ] {{ }} : ' \" in it needs quotes "
            "of its own inside the shell's, as in 'data.root=\"/music/GTZAN (1)\"'."
        )
    message = re.split(_ASIDE, str(error))[0].strip()
    if options := re.search(r"Could not find '(\w+)/([\w./-]+)'\s+Available options in '\w+':\s+(.*)", message, re.S):
        group, wrong_option, names = options[1], options[2], options[3].split()
        hint = did_you_mean(wrong_option, names)
        return f"There is no {group}={wrong_option}.{hint} Options of {group}: {', '.join(names)}."
    wrong = re.search(r"Could not (?:override|find) '([\w./@-]+)'|Key '([\w.]+)' is not in struct", message)
    if wrong and configs and "Available options" not in message:
        key_name = next(filter(None, wrong.groups()))
        choices = _choices(key_name, configs, _keys(command, configs, arguments))
        hints = _absent_group(key_name, arguments)
        return "\n".join([message.split("\n")[0], *hints, *choices, f"musicgenre {command} --help lists everything."])
    return message


def _absent_group(key: str, arguments: Sequence[str]) -> list[str]:
    """What to add where a key is right, and the option that has it was not chosen (or by a swept experiment only)."""
    if key == "data.root" and not any(text.startswith("data=") for text in arguments):
        swept = any(text.startswith("experiment=") and "," in text for text in arguments)
        why = (
            "A sweep over experiments does not see the data that each of them chooses" if swept else "Say what is there"
        )
        return [f"{why}: add data=gtzan, data=folder or data=mel_images."]
    return []


def _choices(key: str, configs: Path, keys: list[str]) -> list[str]:
    """Lines that name the nearest keys and groups, and those that stand beside the wrong one."""
    groups = sorted(path.name for path in configs.iterdir() if path.is_dir())
    known = [*groups, *keys]
    question = did_you_mean(key, known, most=3).strip()
    lines = [question] if question else []
    parent = key.rpartition(".")[0]
    beside = [name for name in keys if name.rpartition(".")[0] == parent]
    if parent and beside:
        lines.append(f"{parent} has: {', '.join(beside)}")
    else:
        lines.append(f"Groups: {', '.join(groups)}")
        lines.append(f"Keys: {', '.join(name for name in keys if '.' not in name)}")
    return lines


def _keys(command: str, configs: Path, arguments: Sequence[str]) -> list[str]:
    """Every key of the command's config, dotted, with the options of groups that the arguments choose."""
    chosen = [text for text in arguments if (configs / f"{text.replace('=', '/')}.yaml").is_file()]
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(configs), version_base="1.3"):
        return _flatten(compose(command, overrides=chosen))


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
