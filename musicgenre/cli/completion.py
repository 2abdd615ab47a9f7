"""Tab completion: `musicgenre completion bash` prints a shell's script, which calls `musicgenre --complete LINE`.

To switch it on for all new shells:

    echo 'eval "$(musicgenre completion bash)"' >> ~/.bashrc
    echo 'eval "$(musicgenre completion zsh)"' >> ~/.zshrc
    musicgenre completion fish > ~/.config/fish/completions/musicgenre.fish

Commands are musicgenre's own; groups, options, keys and values are found by Hydra.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from musicgenre.cli.commands import COMMANDS, TOOLS

if TYPE_CHECKING:
    from omegaconf import DictConfig

# Each script reads one candidate per line; one that ends in = . or / can be continued and gets no space after it.
SCRIPTS = {
    "bash": """\
_musicgenre() {
    local line="${COMP_LINE:0:COMP_POINT}" current="$2" reply
    [[ $current == [=:] ]] && current=
    local word="${line##* }" # which readline breaks at each = and :, to replace what stands behind the last one alone
    COMPREPLY=()
    while IFS= read -r reply; do
        [[ $reply == *[=./] ]] || reply+=" "
        COMPREPLY+=("${reply#"${word%"$current"}"}")
    done < <("$1" --complete "$line" 2>/dev/null)
}
complete -o nospace -F _musicgenre musicgenre
""",
    "zsh": """\
#compdef musicgenre
_musicgenre() {
    local -a open closed
    local reply
    for reply in "${(@f)$("$words[1]" --complete "${(j: :)words[1,CURRENT-1]} $PREFIX" 2>/dev/null)}"; do
        [[ -z $reply ]] && continue
        if [[ $reply == *[=./] ]]; then open+=("$reply"); else closed+=("$reply"); fi
    done
    compadd -Q -S '' -a open
    compadd -Q -a closed
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
compdef _musicgenre musicgenre
""",
    "fish": """\
function __musicgenre_complete
    set -l words (commandline -opc) (commandline -ct)
    $words[1] --complete (string join ' ' -- $words) 2>/dev/null
end
complete -c musicgenre -f -a '(__musicgenre_complete)'
""",
}

_WORDS = ("help", *TOOLS)  # known besides the commands
_OF_RUNS = ("--by", "--remove", "--yes")
_FLAGS = ("--help", "--cfg", "--multirun", "--resolve", "--config-dir", "--info", "--hydra-help")


def main(arguments: Sequence[str]) -> int:
    """Print a shell's script, or the help; return the exit status."""
    script, name_one = SCRIPTS.get(" ".join(arguments)), f"Name a shell: musicgenre completion {'|'.join(SCRIPTS)}."
    if script is None and not {*arguments} & {"-h", "--help"}:
        print(name_one, file=sys.stderr)
        return 1
    print(script or f"{__doc__}\n\n{name_one}\n", end="")
    return 0


def complete(line: str) -> list[str]:
    """List the completions of a line that begins with the program's name.

    Example:
        >>> complete("musicgenre tr")
        ['train']
        >>> complete("musicgenre completion ")
        ['bash', 'fish', 'zsh']
    """
    words = line.split()[1:]
    word = words.pop() if words and not line[-1].isspace() else ""
    if not words:
        return _beginning_with(word, (*COMMANDS, *_WORDS, "--help", "--version"))
    command, *before = words
    if command == "completion":
        return _beginning_with(word, SCRIPTS)
    if command == "list":
        from musicgenre.cli.list import groups, without_own

        return _beginning_with(word, groups(*filter(Path.is_dir, without_own(before)[1])))
    if command == "runs":
        return _beginning_with(word, _OF_RUNS) if word.startswith("-") else _paths(word, bare=True)
    if command not in COMMANDS:
        return []
    if word.startswith("-"):
        return _beginning_with(word, _FLAGS)
    if before and before[-1] in ("--cfg", "-c"):
        return _beginning_with(word, ("job", "hydra", "all"))
    if word.partition("=")[2].startswith((".", "/", "~")):
        return _paths(word)
    found = _by_hydra(command, before, word)
    return [text for text in found if text != word] if found else _paths(word)


def _beginning_with(word: str, names: Sequence[str] | dict[str, str]) -> list[str]:
    return sorted(name for name in names if name.startswith(word))


def _by_hydra(command: str, before: Sequence[str], word: str) -> list[str]:
    """List groups, options, keys and values, given the options that come before the word."""
    from hydra.errors import HydraException
    from hydra.plugins.completion_plugin import DefaultCompletionPlugin
    from omegaconf.errors import OmegaConfBaseException

    from musicgenre.cli.arguments import own_configs
    from musicgenre.cli.compose import make_hydra
    from musicgenre.cli.keys import config_of, offered

    places = [text for text in before if text.startswith("hydra.searchpath=")]
    plugin = DefaultCompletionPlugin(make_hydra(own_configs(before)[0]).config_loader)
    try:
        found, is_option = plugin._query_config_groups(word, command, places)
        others = [word] if is_option else []
        if not is_option and word[:1] not in ("+", "~"):
            others = _keys(offered(command, config_of(command, before)), word)
    except (HydraException, OmegaConfBaseException):  # the arguments before the word cannot be composed
        return []
    return sorted({*(text for text in found if _is_taken(command, text)), *others})


def _is_taken(command: str, text: str) -> bool:
    """Return whether a command takes a group in this form, `model=` or `+sweep=`; always true of the user's groups."""
    from musicgenre.cli.configs import conf_dir
    from musicgenre.cli.keys import ADDED, config_groups, groups_of, heeded

    group = text.lstrip("+~").partition("=")[0]
    if group not in config_groups(conf_dir()):
        return group != "hydra" or text == group
    taken = group in groups_of(command) and heeded(command, [text.lstrip("+~")])
    return bool(taken) and (group in ADDED) == text.startswith("+")


def _keys(config: "DictConfig", word: str) -> list[str]:
    """List the keys that begin with a word, with a dot if there are others below; after the =, the key's value.

    Where nothing can be proposed, list the word itself.
    """
    from omegaconf import DictConfig, ListConfig, OmegaConf

    key, equals, _ = word.partition("=")
    above, _, begun = key.rpartition(".")
    node = OmegaConf.select(config, above) if above else config
    if not isinstance(node, DictConfig):
        return [word]
    if equals:
        value = OmegaConf.select(node, begun)
        if isinstance(value, DictConfig | ListConfig):
            return [word]
        plain = str(value).lower() if isinstance(value, bool) else value
        return [f"{key}={plain}"] if value is not None and word.endswith("=") else []
    below = {str(name): OmegaConf.is_dict(child) for name, child in node.items_ex(resolve=False)}
    dotted = f"{above}." if above else ""
    return [f"{dotted}{name}{'.' if deeper else '='}" for name, deeper in below.items() if name.startswith(begun)]


def _paths(word: str, bare: bool = False) -> list[str]:
    """List files and folders after the = of a setting, or bare folders."""
    setting, equals, begun = ("", "", word) if bare else word.partition("=")
    if not equals and not bare:
        return []
    typed = begun[: begun.rfind("/") + 1]
    folder = Path(typed or ".").expanduser()
    if not folder.is_dir():
        return []
    inside = sorted(path for path in folder.iterdir() if path.name.startswith(begun.removeprefix(typed)))
    inside = [path for path in inside if path.is_dir()] if bare else inside
    shown = [path for path in inside if not path.name.startswith(".") or begun.removeprefix(typed)]
    return [f"{setting}{equals}{typed}{path.name}{'/' if path.is_dir() else ''}" for path in shown]
