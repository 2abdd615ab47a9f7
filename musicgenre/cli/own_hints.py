"""Messages for mistakes in the user's own configs, in files and on the command line."""

import re
from collections.abc import Sequence

from yaml import YAMLError

_CHOSEN_ALREADY = re.compile(
    r"Multiple values for (?P<group>[\w/@.]+)\. To override a value use 'override [\w/@.]+: (?P<option>[^']+)'"
    r"|(?P<twice>[\w/@.]+) appears more than once in the final defaults list"
)
_NOT_THERE = re.compile(r"In '(?P<file>[\w/.-]+)': Could not override '(?P<group>[\w/]+)@(?P<place>[\w/.]+)'")


def explain_file(message: str) -> str:
    """Return what to change in a config file of the user's own that Hydra refuses; empty if that is not the reason.

    Example:
        >>> explain_file("In 'experiment/mine': Could not override 'model@experiment.model'.")
        'experiment/mine.yaml chooses for the whole run: its first line has to be # @package _global_.'
    """
    if found := _CHOSEN_ALREADY.search(message):
        group, option = found["group"] or found["twice"], found["option"] or "NAME"
        return (
            f"A config file chooses {group}={option}, and {group} is chosen already: write the line once among its "
            f"defaults, as - override /{group}: {option}."
        )
    if not (found := _NOT_THERE.search(message)):
        return ""
    file, group = found["file"], found["group"]
    folder = file.rpartition("/")[0]
    if folder and group.startswith(f"{folder}/"):
        inner = group.removeprefix(f"{folder}/")
        return f"{file}.yaml looks for {inner} in its own group, {folder}: write the slash, - override /{inner}: NAME."
    if folder and found["place"].startswith(f"{folder.replace('/', '.')}."):
        return f"{file}.yaml chooses for the whole run: its first line has to be # @package _global_."
    return ""


def is_object(override: str, group: str) -> bool:
    """Return whether an override gives a group an object of one's own, instead of the name of an option.

    Example:
        >>> is_object("loss={_target_: own.Loss}", "loss"), is_object("loss=focal", "loss")
        (True, False)
    """
    return override.startswith(f"{group}={{") and "_target_" in override


def explain_merged(key: str, arguments: Sequence[str]) -> str:
    """Say that an object given for a group lacks a place in the chosen option; empty if none was given.

    Example:
        >>> explain_merged("model.width", ["model={_target_: own.Net, width: 3}"]).partition(":")[0]
        'model={...} is merged into the chosen option of model, which has no width'
    """
    group, _, name = key.partition(".")
    if not name or not any(is_object(text, group) for text in arguments):
        return ""
    return f"{group}={{...}} is merged into the chosen option of {group}, which has no {name}: {_replace_it(group)}"


def explain_left(group: str, target: str, names: Sequence[str]) -> str:
    """Say that an object given for a group gets settings of the chosen option that its target does not take."""
    merged = f"{group}={{...}} is merged into the chosen option of {group}"
    return f"{merged}, whose {' and '.join(names)} {target} does not take: {_replace_it(group)}"


def _replace_it(group: str) -> str:
    return (
        f"replace it by an option of your own, FOLDER/{group}/NAME.yaml, with {group}=NAME and --config-dir FOLDER (in "
        "Python, hydra.searchpath=[file:///FOLDER])."
    )


def explain_yaml(error: YAMLError) -> str:
    """Return which line of which file cannot be read, and why."""
    mark = getattr(error, "problem_mark", None)
    where = str(getattr(error, "name", "A config file")) if mark is None else f"{mark.name}, line {mark.line + 1}"
    reason = str(getattr(error, "problem", None) or getattr(error, "reason", error)).rstrip(".")
    if r"'\t'" in reason:
        reason = "it has a tab, and YAML takes only spaces there"
    return f"{where}, cannot be read: {reason}."
