"""`musicgenre runs FOLDER`: list every run below a folder with its state, accuracies and size; remove some."""

import argparse
import os
import re
import sys
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from rich.filesize import decimal

from musicgenre.errors import MusicGenreError
from musicgenre.runs.states import IDLE, Listed, Removal, list_runs, removals, remove
from musicgenre.suggest import did_you_mean
from musicgenre.words import counted
from musicgenre.yaml_text import parse_yaml

if TYPE_CHECKING:
    from rich.table import Table

_MOST = 6  # most values of a setting named at a time
_EITHER = re.compile(r"(?:\[[^]]*]|[^,[])+")  # one of several values: a comma in brackets is part of a list


def main(arguments: Sequence[str]) -> int:
    """List runs, or remove some; return the exit status."""
    try:
        asked = _read(arguments)
        return _remove(asked) if asked.remove else _show(asked)
    except MusicGenreError as error:
        print(error, file=sys.stderr)
        return 1


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Report what cannot be read as other commands do, in place of argparse's usage and exit status."""
        unknown = message.removeprefix("unrecognized arguments: ").split()[0]
        guess = did_you_mean(unknown, self._option_string_actions) if unknown.startswith("-") else ""
        raise MusicGenreError(f"musicgenre runs: {message}.{guess} --help lists what it takes.")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser("musicgenre runs", description=__doc__)
    parser.add_argument("folder", nargs="?", default="", help="folder with runs below it (default: here)")
    parser.add_argument("where", nargs="*", metavar="KEY=VALUE", help="only these runs: seed=1,2 state=failed")
    parser.add_argument("--by", metavar="KEY", help="group them by a setting: --by model")
    parser.add_argument(
        "--remove", nargs="+", metavar="WHAT",
        help="show what would go: failed, killed, unfinished; states (last.ckpt of complete runs); or a run's name",
    )  # fmt: skip
    parser.add_argument("--yes", action="store_true", help="remove it")
    return parser


def _read(arguments: Sequence[str]) -> argparse.Namespace:
    """Tell the folder from the conditions, which may come before or after it and `--by`."""
    asked = _parser().parse_intermixed_args(list(arguments))
    typed = [text for text in (asked.folder, *asked.where) if text]
    plain = [text for text in typed if "=" not in text]
    named = [text for text in typed if "=" not in text or len(Path(text).parts) > 1 or text == typed[0]]
    there = [text for text in named if Path(text).is_dir()]  # a job's folder may be called as a condition is written
    if len(there) > 1:
        raise MusicGenreError(
            f"musicgenre runs takes one folder, not two ({there[0]} and {there[1]}): give one that holds both, or list "
            "them one after the other."
        )
    folder = next(iter(there or plain), None)
    asked.folder = Path() if folder is None else Path(folder)
    asked.where = [text for text in typed if text != folder]
    return asked


def _chosen(asked: argparse.Namespace) -> list[Listed]:
    """Return the runs that meet the conditions."""
    found = list_runs(asked.folder, links=not asked.remove)
    if not found:
        raise MusicGenreError(f"There is no run in {asked.folder}: a run's folder holds environment.json.")
    for condition in asked.where:
        key, equals, value = condition.partition("=")
        if not equals:
            raise MusicGenreError(f"{condition!r} is not a condition: give KEY=VALUE, such as optimizer=adam.")
        values = _values(found, key)
        whole = [each for each in found if _has(each, key, value)]  # a text may contain a comma
        found = whole or [each for each in found if any(_has(each, key, one) for one in _EITHER.findall(value))]
        if not found:
            raise MusicGenreError(f"No run has {condition}: {key} is {' or '.join(values[:_MOST])}.")
    return found


def _values(found: Sequence[Listed], key: str) -> list[str]:
    """Return the different values of a setting in the runs.

    Raises:
        MusicGenreError: None of them has the setting.
    """
    values = dict.fromkeys(value for each in found if (value := _value(each, key)))
    if not values:
        where = "the run" if len(found) == 1 else f"any of the {len(found)} runs"
        raise MusicGenreError(f"There is no setting {key} in {where}: look in .hydra/config.yaml.")
    return list(values)


def _value(each: Listed, key: str) -> str:
    return each.state if key == "state" else each.value(key)


def _has(each: Listed, key: str, typed: str) -> bool:
    """Return whether a run's setting equals a typed value in command-line form: 1e-3, false, null, [4,8].

    A list also matches each of its values: run.tags=baseline.
    """
    if (shown := _value(each, key)) in (typed, "", IDLE) or key == "state":
        return shown == typed
    try:
        value = each.run.value(key)
    except (KeyError, MusicGenreError):  # a job that failed before it had a config
        value = _plain(shown)
    wanted = _plain(typed)
    several = [value, *value] if isinstance(value, list) else [value]
    return typed in several or any(
        one == wanted and isinstance(one, bool) == isinstance(wanted, bool) for one in several
    )


def _plain(text: str) -> object:
    """Return the value that a text stands for.

    Example:
        >>> [_plain(text) for text in ("1e-3", "false", "null", "[4,8]", "small_cnn")]
        [0.001, False, None, [4, 8], 'small_cnn']
    """
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return parse_yaml(text)
    except ValueError:
        return text


def _show(asked: argparse.Namespace) -> int:
    from musicgenre.transcript import console

    found, screen = _chosen(asked), console()
    groups = [("", found)]
    if asked.by:
        _values(found, asked.by)  # raises if it is not a setting
        by = sorted(found, key=lambda each: _value(each, asked.by))
        groups = [(f"{asked.by}={value}", list(group)) for value, group in groupby(by, lambda e: _value(e, asked.by))]
    if (folder := _common_folder(found, asked.folder)) != asked.folder:
        screen.print(f"All in {folder}:", soft_wrap=True, highlight=False, markup=False)
    for title, group in groups:
        screen.print(_table(title, group, folder))
    for each in found:
        if each.reason:
            screen.print(f"{each.run.folder.name}: {each.reason}", soft_wrap=True, highlight=False, markup=False)
    states = [each.state for each in found]
    counts = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(sorted(states)))
    size = decimal(sum(each.size for each in found))
    screen.print(f"{counted(len(found), 'run')} ({counts}), {size}.", highlight=False, markup=False)
    return 0


def _common_folder(found: Sequence[Listed], folder: Path) -> Path:
    """Return the common folder of several runs, which their names in the table leave out."""
    common = Path(os.path.commonpath([each.run.folder.parent for each in found]))
    return common if len(found) > 1 and common.is_relative_to(folder) else folder


def _table(title: str, group: list[Listed], folder: Path) -> "Table":
    from musicgenre.shortened import names
    from musicgenre.transcript import empty_table

    table = empty_table(title, ("run", "state"), ("validation %", "test %", "size"), whole=("state",))
    paths = [each.run.folder for each in group]
    shown = names(
        path.relative_to(folder) if path != folder and path.is_relative_to(folder) else path for path in paths
    )
    for name, each in zip(shown, group, strict=True):
        shares = (each.share(split) for split in ("val", "test"))
        accuracies = ["" if share is None else f"{100 * share:.1f}" for share in shares]
        table.add_row(name, each.state, *accuracies, decimal(each.size))
    return table


def _once(found: Sequence[Removal]) -> list[Removal]:
    """Return the removals without duplicates, and without paths whose whole folder is removed."""
    by_path = dict[Path, Removal]()
    for removal in found:
        by_path.setdefault(removal.path, removal)
    going = {path for path, removal in by_path.items() if not removal.stays}
    return [removal for path, removal in by_path.items() if going.isdisjoint(path.parents)]


def _remove(asked: argparse.Namespace) -> int:
    named = _once(removals(_chosen(asked), asked.remove))
    for removal in named:
        if removal.stays:
            print(f"{removal.path} stays ({removal.why}): {removal.stays}.")
    found = [removal for removal in named if not removal.stays]
    for removal in found:
        print(f"{'Removed' if asked.yes else 'Would remove'} {removal.path} ({removal.why}, {decimal(removal.size)})")
        if asked.yes:
            remove(removal)
    size = decimal(sum(removal.size for removal in found))
    if not found:
        print("There is nothing to remove.")
    elif asked.yes:
        print(f"{size} freed.")
    else:
        print(f"{len(found)} in all, {size}. Add --yes to remove.")
    return 0
