"""`musicgenre COMMAND --help`: the command's groups and keys, with the comments of the configs."""

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from shutil import get_terminal_size

from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from musicgenre.cli.commands import COMMANDS
from musicgenre.cli.compose import make_hydra
from musicgenre.cli.configs import conf_dir
from musicgenre.cli.keys import ADDED, heeded, offered, own_groups

_LINE = re.compile(r"^( *)(?:- )?([\w@/-]+):(?:\s|$)")
_COMMENT = re.compile(r"(?:^|\s)#\s+(.*)$")
_OF_ALL = "run"  # conf/run.yaml, which is not a group
_FOOTER = """\
--multirun (-m)   run every combination: -m optimizer=adam,sgd seed=1,2,3
--cfg job         print the config without running it
--hydra-help      Hydra's own flags"""


def help_page(command: str, overrides: Sequence[str] = ()) -> str:
    """Return the help page of a command, with the options that the overrides choose."""
    app = make_hydra()
    config = app.compose_config(command, list(overrides), run_mode=RunMode.RUN)
    groups = options_of(command, config)
    words = "[GROUP=OPTION ...] [KEY=VALUE ...]" if groups else "[KEY=VALUE ...]"
    parts = [f"musicgenre {command} {words}: {COMMANDS[command]}."]
    if groups:
        parts.append("== Groups: choose with GROUP=OPTION (* is chosen) ==")
        parts[-1] += "\n" + "\n".join(_group_line(name, groups[name]) for name in groups)
    said = comments(command, config)
    shown = OmegaConf.masked_copy(offered(command, config), [str(key) for key in config if key != "hydra"])
    parts += ["== Values: set with KEY=VALUE ==\n" + _values(shown, said), _FOOTER]
    return "\n\n".join(parts)


def options_of(command: str, config: DictConfig) -> dict[str, dict[str, bool]]:
    """Return the options of each group that a command heeds, and whether its composed config chooses each."""
    loader = make_hydra().config_loader
    groups = heeded(command, own_groups(config))
    found = {group: sorted(loader.get_group_options(group.partition("@")[0])) for group in groups}
    options = {
        group: [name for name in names if heeded(command, [f"{group}={name}"])] for group, names in found.items()
    }
    return {group: {name: name in _chosen(config, group) for name in names} for group, names in options.items()}


def comments(command: str, config: DictConfig) -> dict[str, str]:
    """Return the comments of the configs by dotted key, for a composed command."""
    return dict(_comments(command, {str(group): option for group, option in config.hydra.runtime.choices.items()}))


def _chosen(config: DictConfig, group: str) -> set[str]:
    """Return the chosen options of a group: one, or several, as for loggers."""
    choices = config.hydra.runtime.choices
    return {str(choices[group])} if group in choices else {str(name) for name in config.get(group) or ()}


def _group_line(group: str, options: Mapping[str, bool]) -> str:
    marked = [f"{name}*" if chosen else name for name, chosen in options.items()]
    name = f"+{group}" if group in ADDED else group  # a group with no option chosen by default
    width = max(40, get_terminal_size().columns)
    return textwrap.fill(
        f"{name}: {', '.join(marked)}",
        width,
        subsequent_indent="  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _values(config: DictConfig, said: dict[str, str]) -> str:
    lines = OmegaConf.to_yaml(config).splitlines()
    return "\n".join(
        f"{line}  # {said[key]}" if key in said else line for line, key in zip(lines, _keys(lines), strict=True)
    )


def _comments(command: str, choices: dict[str, object]) -> Iterator[tuple[str, str]]:
    """Yield dotted keys with the comments next to them in the configs, the command's own last."""
    yield from _of_file(conf_dir() / f"{_OF_ALL}.yaml", "")
    for group, option in choices.items():
        folder, _, place = group.partition("@")
        for path in _with_bases(conf_dir() / folder / f"{option}.yaml"):
            yield from _of_file(path, f"{place or folder.replace('/', '.')}.")
    for path in _with_bases(conf_dir() / f"{command}.yaml"):
        yield from _of_file(path, "")


def _with_bases(path: Path) -> list[Path]:
    """Return a config's file, after those in the same folder that its defaults list names."""
    if not path.is_file():
        return []
    named = re.findall(r"^  - ([\w-]+)$", path.read_text(encoding="utf-8").partition("\n\n")[0], re.MULTILINE)
    bases = [path.with_name(f"{name}.yaml") for name in named if name not in ("_self_", path.stem, _OF_ALL)]
    return [*(found for base in bases for found in _with_bases(base)), path]


def _of_file(path: Path, above: str) -> Iterator[tuple[str, str]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    prefix = "" if lines and "@package _global_" in lines[0] else above
    for line, key in zip(lines, _keys(lines), strict=True):
        if key and (found := _COMMENT.search(line)):
            yield prefix + key, found[1]


def _keys(lines: Sequence[str]) -> list[str]:
    """Return the dotted key that each line of YAML sets; empty where it sets none."""
    keys, above = [], list[tuple[int, str]]()
    for line in lines:
        found = _LINE.match(line)
        if found is None:
            keys.append("")
            continue
        indent = len(found[1])
        above = [each for each in above if each[0] < indent]
        above.append((indent, found[2]))
        keys.append(".".join(name for _, name in above))
    return keys
