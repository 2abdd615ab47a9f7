"""The page on commands: the groups and keys of each command, with the comments from the configs."""

from collections.abc import Iterator
from typing import Any, cast

import yaml
from hydra.types import RunMode
from omegaconf import OmegaConf

from musicgenre.cli.commands import COMMANDS, TOOLS
from musicgenre.cli.compose import make_hydra
from musicgenre.cli.configs import conf_dir
from musicgenre.cli.help import comments, options_of
from musicgenre.cli.honest import split_by_artist
from musicgenre.cli.keys import offered

HEAD = """\
# Commands

Every command of `uv run musicgenre COMMAND`, with its settings and their defaults. `--help` after a command shows the
same in the terminal, for the options that you have chosen so far.

- A **group** offers options by name, and `model=cnn` chooses one. An option sets several keys at once.
- A **key** takes a value: `batch_size=64`, `optimizer.lr=1e-4`. Where the default is `???`, you have to give one;
  `null` stands for none.
- `-m` runs every combination of several values: `-m optimizer=adam,sgd seed=1,2,3`.
- `--cfg job` prints the resulting config and runs nothing.
- The exit status is 0 where all went well, 1 where anything failed or could not be done as typed (one sentence on
  standard error says why), and 130 after Ctrl-C.
"""
GROUPS_OF_TRAINING = "The keys of the groups are those of [`train`](#train)."


def commands_page() -> str:
    """Return the page as Markdown."""
    return "\n".join([HEAD, *(_section(command) for command in COMMANDS), _tools()])


def _tools() -> str:
    """Return the section on commands that take words and flags instead of groups and keys."""
    rows = [[f"`{name}`", _text(does)] for name, does in TOOLS.items()]
    return f"## Others\n\n{_table(['command', 'what it does'], rows)}\n"


def _section(command: str) -> str:
    config = make_hydra().compose_config(command, split_by_artist(command, []), run_mode=RunMode.RUN)
    said, groups = comments(command, config), options_of(command, config)
    shown = OmegaConf.masked_copy(offered(command, config), [str(key) for key in config if key != "hydra"])
    plain = OmegaConf.to_container(shown)
    assert isinstance(plain, dict)
    keys = {key: value for key, value in _leaves(cast("dict[str, Any]", plain), "") if not key.startswith("sweep.")}
    does = COMMANDS[command]
    parts = [f"## {command}\n\n{does[0].upper()}{does[1:]}.", f"```\n{_usage(command)}\n```"]
    if groups:
        parts.append(
            _table(["group", "options"], [[f"`{name}`", _marked(options)] for name, options in groups.items()])
        )
        parts.append("The options in bold are the defaults.")
    of_groups = [key for key in keys if key.partition(".")[0] in groups]
    parts.append(_keys({key: value for key, value in keys.items() if key not in of_groups}, said))
    if command == "train":
        parts.append("The default options of the groups set these keys:")
        parts.append(_keys({key: keys[key] for key in of_groups}, said))
    elif of_groups and command in ("gan", "prepare"):
        parts.append(GROUPS_OF_TRAINING)
    return "\n\n".join(parts) + "\n"


def _usage(command: str) -> str:
    """Return a command's usage, from the comment at the top of its config."""
    with (conf_dir() / f"{command}.yaml").open(encoding="utf-8") as file:
        return file.readline().removeprefix("# ").partition(": ")[0]


def _marked(options: dict[str, bool]) -> str:
    return ", ".join(f"**`{name}`**" if chosen else f"`{name}`" for name, chosen in options.items())


def _keys(keys: dict[str, str], said: dict[str, str]) -> str:
    rows = [[f"`{key}`", f"`{value}`", _text(said.get(key, ""))] for key, value in keys.items()]
    return _table(["key", "default", "what"], rows)


def _leaves(config: dict[str, Any], above: str) -> Iterator[tuple[str, str]]:
    """Yield dotted keys and their values as typed, without keys such as `_target_`."""
    for key, value in config.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{above}{key}.")
        elif not key.startswith("_"):
            yield f"{above}{key}", _typed(value)


def _typed(value: object) -> str:
    return yaml.safe_dump(value, default_flow_style=True, width=1000).removesuffix("...\n").strip().strip("'")


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _text(comment: str) -> str:
    return comment.replace("|", "\\|").replace("<", "&lt;").replace("_", "\\_").replace("*", "\\*")
