"""Messages for a mistyped group, option or key: what there is, and what was probably meant."""

import re
from collections.abc import Sequence
from pathlib import Path

from hydra.errors import OverrideParseException
from omegaconf.errors import InterpolationKeyError, MissingMandatoryValue, OmegaConfBaseException
from yaml import YAMLError

from musicgenre.cli.arguments import UnknownFlagError
from musicgenre.cli.as_typed import as_typed
from musicgenre.cli.checks import explain_missing
from musicgenre.cli.configs import conf_dir
from musicgenre.cli.guess import same_in_another_place
from musicgenre.cli.keys import ADDED, groups_of, heeded, hydra_keys, keys_of
from musicgenre.cli.own_hints import explain_file, explain_merged, explain_yaml
from musicgenre.cli.swept import explain_swept
from musicgenre.errors import MusicGenreError
from musicgenre.extras import MissingPackageError
from musicgenre.quoting import quoted
from musicgenre.runs.identity import override_key
from musicgenre.suggest import did_you_mean

# What Hydra adds for debugging the program itself.
_ASIDE = re.compile(r"\nSet the environment variable|, set env var|\nConfig search path|\n *full_key")
_OPTIONS = re.compile(r"Could not find '([\w/]+)/([\w.-]*)'\s+Available options in '[\w/]+':\s+(.*)", re.DOTALL)
_LISTED = re.compile(r"Could not load '([\w/]+)/([\w.-]+)'")  # one of a list of options
_SEARCH = re.compile(r"does not support sweep type : (\w+)_SWEEP")
_ADDED = re.compile(
    r"Multiple values for (?P<group>[\w/@.]+)\. To override a value use 'override"
    r"|(?P<twice>[\w/@.]+) appears more than once in the final defaults list"
    r"|force-add of config groups is not supported: '\+\+(?P<forced>[^']+)'"
    r"|An item is already at '[^']+'\.\s+Either remove \+ prefix: '(?P<item>[^\n]+)'\n"
)
_RANGE = re.compile(r"(?P<key>[\w.@/]+)=(?P<name>log|loguniform|uniform)\((?P<ends>[-+.\de]+,[-+.\de]+)\)")
_READ_FROM = ("audio", "run", "runs", "data.root")  # keys that a path without a key is probably meant for
LAUNCHERS = {  # with the extra that installs each
    "joblib": "sweep",
    "submitit_local": "sweep",
    "submitit_slurm": "sweep",
    "ray": "ray",
    "ray_cluster": "ray",
}
_WRONG_KEY = re.compile(r"Could not (?:override|find) '([\w./@-]+)'|Key '([\w.]+)' is not in struct")
_SWEPT = re.compile(r"(?:Ambiguous value for argument|Sweep parameters) '(.*?)'(?: requires|\n)", re.DOTALL)


def explain(error: Exception, command: str, arguments: Sequence[str] = ()) -> str:
    """Return one message for a user's mistake, with the available choices if the error names a key."""
    if isinstance(error, UnknownFlagError):
        return _no_flag(error, command)
    if isinstance(error, MusicGenreError):
        return str(error)
    if isinstance(error, YAMLError):
        return explain_yaml(error)
    if isinstance(error.__cause__, MusicGenreError):  # Hydra wraps what the objects it builds raise
        return str(error.__cause__)
    if isinstance(error, MissingMandatoryValue):
        key = re.search(r"full_key: (\S+)|mandatory value: (\S+)", str(error))
        return explain_missing([(key[1] or key[2]) if key else "a value"])
    if isinstance(error, OverrideParseException):
        return _unreadable(str(error.override), command, arguments)
    message = re.split(_ASIDE, str(error))[0].strip()
    if swept := _SWEPT.match(message):
        return explain_swept(swept[1], command)
    if search := _SEARCH.search(message):
        return (
            f"{search[1].lower()}(...) is for a search, which this sweeper does not run: give values (1e-4,1e-3), or "
            "add hydra/sweeper=optuna."
        )
    added = _ADDED.search(message)
    plain = added and (added["forced"] or added["item"] or _added(added["group"] or added["twice"], arguments))
    if plain:
        return f"{override_key(plain)} exists already: leave out the +, and write {plain}."
    if of_file := explain_file(message):
        return of_file
    if listed := _LISTED.search(message):
        names = [path.stem for path in sorted((conf_dir() / listed[1]).glob("*.yaml"))]
        return explain_option(listed[1], listed[2], names)
    if options := _OPTIONS.search(message):
        if not heeded(command, [options[1]]):
            return _no_key(options[1], command, arguments)
        names = [name for name in options[3].split() if heeded(command, [f"{options[1]}={name}"])]
        return explain_option(options[1], options[2], names)
    key_name = _wrong_key(error, message)
    if key_name and "Available options" not in message:
        return _no_key(key_name, command, arguments)
    return _with_key(error, message)


def explain_unread(key: str, command: str, arguments: Sequence[str]) -> str:
    """Say that an added key is not read, and what was probably meant."""
    keys, groups = _offered(command, arguments)
    meant = same_in_another_place(key, keys, groups)
    guess = f" Did you mean {' or '.join(f'{name}=...' for name in meant)}?" if meant else did_you_mean(key, keys)
    everything = as_typed(f"musicgenre {command} --help lists everything.")
    return f"{command} does not read {key}: +{key}=... would have no effect.{guess} {everything}"


def _no_flag(error: UnknownFlagError, command: str) -> str:
    """Say how to write a setting that was typed as a flag."""
    name = error.flag.lstrip("-").replace("-", "_")
    keys, groups = _offered(command)
    meant = [name] if name in (*keys, *groups) else same_in_another_place(name, keys, groups)
    if not meant:
        return str(error)
    written = " or ".join(f"{key}={error.value or '...'}" for key in meant)
    return f"There is no flag {error.flag}: settings are written KEY=VALUE, without dashes. Did you mean {written}?"


def _offered(command: str, arguments: Sequence[str] = ()) -> tuple[list[str], list[str]]:
    """Return the keys and groups that can be suggested."""
    return heeded(command, keys_of(command, arguments)), heeded(command, groups_of(command))


def _unreadable(override: str, command: str, arguments: Sequence[str]) -> str:
    if "=" not in override:
        written = _without_key(override, command) or "GROUP=OPTION or KEY=VALUE, such as model=cnn or seed=1"
        return f"{override} is not a setting: write {written}."
    if range_ := _RANGE.fullmatch(override):
        written = f"interval({range_['ends']})"
        written = f"{range_['key']}=tag(log,{written})" if "log" in range_["name"] else f"{range_['key']}={written}"
        return f"{override} is no range for a search: write {quoted(written)}."
    key, (keys, groups) = override.partition("=")[0], _offered(command, arguments)
    is_there = key in (*groups_of(command), *keys_of(command, arguments))
    if not is_there and (meant := did_you_mean(key, [*groups, *keys])):
        return f"{command} has no setting {key}.{meant}"
    return (
        f"{override} cannot be read: a string with any of = , ( ) [ ] {{ }} : ' \" in it, or anything but plain "
        "letters (a to z), digits, spaces and / - . _, needs quotes of its own inside the shell's, and so does each "
        "such string in a list, as in 'data.genres=[\"r&b\",rock]'; a key before the colon in { } cannot have any."
    )


def _without_key(value: str, command: str) -> str:
    """Return a value with the group or key that it is for; empty if that is unclear."""
    there = [group for group in groups_of(command) if (conf_dir() / group / f"{value}.yaml").is_file()]
    if of_groups := heeded(command, (f"{group}={value}" for group in there)):
        return " or ".join(of_groups)
    keys = [key for key in _READ_FROM if key in keys_of(command)]
    is_place = "/" in value or Path(value).suffix[1:].isalnum() or Path(value).exists()
    return quoted(f"{keys[0]}={value}") if keys and is_place else ""


def explain_option(group: str, wrong: str, names: list[str]) -> str:
    """Say that a group has no such option, and which ones it has."""
    if group == "hydra/launcher" and wrong in LAUNCHERS:
        said = f"{group}={wrong} comes with a package that is not installed"
        return str(MissingPackageError(said, LAUNCHERS[wrong]))
    guess = did_you_mean(wrong, names, most=3)
    return f"There is no {group}={wrong}.{guess} Options of {group}: {', '.join(names)}."


def _wrong_key(error: Exception, message: str) -> str:
    """Return the key that does not exist; if a dict of values was given, the key in it."""
    cause = error.__cause__
    if isinstance(cause, OmegaConfBaseException) and cause.full_key and "is not in struct" in str(cause):
        return str(cause.full_key)
    found = _WRONG_KEY.search(message)
    if isinstance(error, OmegaConfBaseException) and found and error.full_key:
        return str(error.full_key)
    return next(filter(None, found.groups())) if found else ""


def _no_key(key: str, command: str, arguments: Sequence[str]) -> str:
    """Say that a key does not exist, and what there is instead."""
    if key.startswith("hydra."):
        return f"Hydra has no setting {key}.{did_you_mean(key, hydra_keys(command, arguments), most=3)}"
    if merged := explain_merged(key, arguments):
        return merged
    keys, groups = _offered(command, arguments)
    if key in groups:  # but no option of it is chosen
        key = next((name for name in map(override_key, arguments) if name.startswith(f"{key}.")), key)
    option = next((text for text in arguments if text.startswith(f"{key}=")), "")
    own = "." not in key and key in keys and key not in groups  # a key of ours that is a group of the user's
    if option and (own or (key in ADDED and key in groups)):
        return f"{command} chooses no option of {key} by default: write +{option}."
    if lacking := _lacking(key, keys, command, arguments):
        return lacking
    if removed := _removing(key, arguments, groups_of(command)):
        return f"{removed} removes what another setting ({key}) changes: leave out one of the two."
    elsewhere = _elsewhere(key, arguments) if heeded(command, [key]) else []
    if not elsewhere and (meant := same_in_another_place(key, keys, groups)):
        named = " or ".join(f"{name}=..." for name in meant)
        everything = as_typed(f"musicgenre {command} --help lists everything.")
        return f"{command} has no setting {key}. Did you mean {named}?\n{everything}"
    lines = [f"{command} has no setting {key}.", *elsewhere]
    lines += _choices(key, keys, groups, "" if elsewhere else f"+{key}=...")
    return "\n".join([*lines, as_typed(f"musicgenre {command} --help lists everything.")])


def _added(key: str, arguments: Sequence[str]) -> str:
    """Return the argument that adds a key, without its plus; empty if none does."""
    return next((text[1:] for text in arguments if text.startswith("+") and override_key(text) == key), "")


def _removing(key: str, arguments: Sequence[str], groups: Sequence[str]) -> str:
    """Return the argument that removes a key, or its group; empty if none does."""
    for text in arguments:
        name, _, value = text.lstrip("~").partition("=")
        nothing = value in ("null", "false") and (name != key or name in groups)
        if (text.startswith("~") or nothing) and f"{key}.".startswith(f"{name}."):
            return text
    return ""


def _lacking(key: str, keys: Sequence[str], command: str, arguments: Sequence[str]) -> str:
    """Name the options in a sweep that lack a key which others of them, or the default one, have; empty if none do."""
    group, _, name = key.partition(".")
    typed = next((text for text in arguments if text.startswith(f"{group}=") and "," in text), "")
    others = [text for text in arguments if text != typed]
    options = [option.strip() for option in typed.partition("=")[2].split(",")] if name else []
    without = [each for each in options if key not in keys_of(command, [*others, f"{group}={each}"])]
    some = len(without) < len(options)
    if not without or not (some or key in keys):
        return ""
    lacks = f"{group}={','.join(without)} lack{'s' if len(without) == 1 else ''} the setting {key}"
    return f"{lacks}: set it in a sweep without {' and '.join(without)}." if some else f"{lacks}: leave it out."


def _elsewhere(key: str, arguments: Sequence[str]) -> list[str]:
    """Name the options that have the key, if the chosen one does not (or a sweep's experiments choose others)."""
    group, _, name = key.partition(".")
    having = [
        f"{group}={path.stem}"
        for path in sorted((conf_dir() / group).glob("*.yaml"))
        if re.search(rf"^{re.escape(name)}:", path.read_text(), re.MULTILINE)
    ]
    if not having or not name or _is_own(group, arguments):
        return []
    hidden = any(text.startswith("experiment=") and "," in text for text in arguments)
    why = f"A sweep over experiments does not see the {group} that each of them chooses. " if hidden else ""
    return [f"{why}{key} goes with {' or '.join(having)}, which is not chosen here: add it."]


def _is_own(group: str, arguments: Sequence[str]) -> bool:
    """Return whether the chosen option of a group is not one of ours, so that its keys are not known here."""
    options = {text.partition("=")[2] for text in arguments if text.startswith(f"{group}=") and "," not in text}
    return any(not (conf_dir() / group / f"{option}.yaml").is_file() for option in options)


def _choices(key: str, keys: list[str], groups: list[str], added: str) -> list[str]:
    """Return lines that name the closest keys and groups, and those on the same level as the wrong one."""
    settable = [name for name in keys if not name.endswith(("_target_", "_partial_"))]
    parent, _, own = key.rpartition(".")
    beside = [name for name in settable if name.rpartition(".")[0] == parent]
    known = [*groups, *settable]
    if parent and beside:  # a name that has only the parent in common is not similar
        known = [name for name in known if did_you_mean(own, [name.rpartition(".")[2]])]
    lines = [guess.strip()] if (guess := did_you_mean(key, known, most=3)) else []
    if parent and beside:
        lines.append(f"{parent} has: {', '.join(beside)}")
        takes_more = parent == "trainer" or f"{parent}._target_" in keys  # than the config lists
        if added and takes_more and not set(known) & set(beside):
            lines.append(f"A parameter that the config does not list: {added}")
        return lines
    of_all = {"Groups": groups, "Keys": [name for name in settable if "." not in name]}
    return [*lines, *(f"{what}: {', '.join(names)}" for what, names in of_all.items() if names)]


def _with_key(error: Exception, message: str) -> str:
    """Complete a message with its key and the reason, if it lacks them."""
    if isinstance(error, InterpolationKeyError) and (found := re.search(r"key '([^']+)' not found", message)):
        key = error.full_key
        return f"{key} takes its value from {found[1]}, which the chosen options lack: set it yourself, {key}=..."
    if isinstance(error, OmegaConfBaseException) and error.full_key and str(error.full_key) not in message:
        return f"{error.full_key}: {message}."
    if isinstance(error.__cause__, OmegaConfBaseException) and message.startswith("Error merging override"):
        reason = str(error.__cause__).split("\n")[0]
        return f"{message.removeprefix('Error merging override ')} cannot be set: {reason}."
    return message
