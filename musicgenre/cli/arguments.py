"""The arguments after the command's name: flags and overrides, in any order."""

import re
from argparse import ArgumentError
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from hydra._internal.utils import get_args_parser
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException

from musicgenre.cli.configs import conf_dir
from musicgenre.errors import MusicGenreError
from musicgenre.files import expanded
from musicgenre.suggest import did_you_mean

PATHS = (  # keys whose values are paths, taken literally
    *("run", "runs", "audio", "keep", "table", "gan_run", "embed.run", "ckpt_path", "split.file"),
    *("data.root", "data.table", "data.artists", "data.labels", "features.weights", "model.weights"),
)
FOLDERS = ("hydra.run.dir", "hydra.sweep.dir")  # folders to write to: also taken literally, except for ${now:...}
_SENTENCES = ("run.notes", "sweep.leave_out")  # keys whose values are taken literally, whatever is in them
_ONE_OF = ("run", "multirun", "cfg", "info")  # flags that say what to do
_ESCAPED = re.compile(r"(\\*)('|\$\{|$)")
_ESCAPED_IN_FOLDERS = re.compile(r"(\\*)('|$)")
FLAGS = tuple(name for action in get_args_parser()._actions for name in action.option_strings)


class UnknownFlagError(MusicGenreError):
    """A flag that is not one of Hydra's: often a setting, written as for other programs.

    Args:
        flag: The flag as typed: `--epochs` or `--epochs=3`.
        value: The argument after it, if that may be its value.
    """

    def __init__(self, flag: str, value: str) -> None:
        self.flag, _, given = flag.partition("=")
        self.value = given or value
        guess = did_you_mean(self.flag, FLAGS) or " --hydra-help lists them all."
        super().__init__(f"There is no flag {self.flag}.{guess}")


def read_arguments(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Sort arguments into flags, with their values, and overrides.

    Raises:
        UnknownFlagError: A flag is not one of Hydra's.
        MusicGenreError: A flag lacks its value, or an override is of no use here.

    Example:
        >>> read_arguments(["model=cnn", "--cfg", "job", "experiment=null"])
        (['--cfg', 'job'], ['model=cnn', '~experiment'])
    """
    parser = get_args_parser()
    parser.exit_on_error = False
    try:
        found, unknown = parser.parse_known_intermixed_args(arguments)
    except ArgumentError as error:
        raise MusicGenreError(f"{error.argument_name}: {error.message}.") from error
    if wrong := [text for text in unknown if text.startswith("-")]:
        raise UnknownFlagError(wrong[0], _value_behind(wrong[0], arguments))
    if found.resolve and not (found.cfg or found.help):
        raise MusicGenreError("--resolve goes with --cfg job, or with --help: it shows values with ${...} filled in.")
    if found.multirun and found.cfg:
        raise MusicGenreError(
            f"--cfg {found.cfg} shows the config of one run: leave out -m, and give each key one value."
        )
    asked = [f"--{name}" for name in _ONE_OF if getattr(found, name)]
    if len(asked) > 1:
        raise MusicGenreError(f"{' and '.join(asked)} do not go together: leave out all but one of them.")
    flags = [text for text in arguments if text not in found.overrides]
    for override in found.overrides:
        _refuse_subdir(override)
        _require_folder(override)
    return flags, [_without_null(_as_typed(override)) for override in found.overrides]


def own_configs(arguments: Sequence[str]) -> tuple[str | None, str | None]:
    """Return the config folder and the name of the primary config that flags give; None for each not given.

    Example:
        >>> own_configs(["--config-dir=own", "seed=1"]), own_configs(["seed=1", "-cn", "mine"])
        (('own', None), (None, 'mine'))
    """
    parser = get_args_parser()
    parser.exit_on_error = False
    with suppress(ArgumentError):
        found = parser.parse_known_intermixed_args(arguments)[0]
        return found.config_dir, found.config_name
    return None, None


def _value_behind(flag: str, arguments: Sequence[str]) -> str:
    """Return the argument after a flag, if it is neither a flag nor a setting itself."""
    behind = [*arguments, ""][list(arguments).index(flag) + 1]
    return "" if behind.startswith("-") or "=" in behind else behind


def swept(overrides: Sequence[str]) -> list[str]:
    """Return the overrides that give several values.

    Example:
        >>> swept(["seed=1,2", "model=cnn", "split.fractions=[0.7,0.2,0.1]"])
        ['seed=1,2']
    """
    parsed = OverridesParser.create().parse_overrides([*overrides])
    return [str(override.input_line) for override in parsed if override.is_sweep_override()]


def _as_typed(override: str) -> str:
    """Quote the value of a key that holds a path or a sentence, if Hydra would read it as something else.

    Example:
        >>> _as_typed("audio=a&b #1 (live).mp3"), _as_typed("seed=1"), _as_typed("run=[A,B]")
        ("audio='a&b #1 (live).mp3'", 'seed=1', 'run=[A,B]')
        >>> _as_typed("hydra.run.dir=runs/a, b"), _as_typed("hydra.run.dir=runs/${now:%H-%M}")
        ("hydra.run.dir='runs/a, b'", 'hydra.run.dir=runs/${now:%H-%M}')
        >>> _as_typed("run.notes=warmer, and slower")
        "run.notes='warmer, and slower'"
    """
    key, _, value = override.partition("=")
    written = key in FOLDERS
    if written and re.match(r"~(/|$)", value):  # which a shell does not expand after a key with dots
        value = str(expanded(value))
        override = f"{key}={value}"
    if key in _SENTENCES and value not in ("", "null") and value[0] not in "'\"[":
        return f"{key}={_quoted(value)}"
    if not (written or key.lstrip("+") in PATHS) or not value or (value[0] in "'\"" and not _is_there(value)):
        return override
    if not written and (listed := _listed_paths(value)) and not _is_read_as_list(override, listed):
        return f"{key}=[{','.join(map(_quoted, listed))}]"
    try:
        if _is_read_as(override, value, written):
            return override
        if not written and not _is_there(value):  # a list, null, several values of a sweep
            return override
    except HydraException:
        pass
    return f"{key}={_quoted(value, _ESCAPED_IN_FOLDERS if written else _ESCAPED)}"


def _listed_paths(value: str) -> list[str]:
    """Return the paths in a list, which may contain commas, if all of them exist; else nothing."""
    parts = value[1:-1].split(",") if value[0] == "[" and value[-1] == "]" else []
    found = []
    while parts:
        ends = (end for end in range(len(parts), 0, -1) if _is_there(",".join(parts[:end]).strip()))
        if (end := next(ends, 0)) == 0:
            return []
        found.append(",".join(parts[:end]).strip())
        parts = parts[end:]
    return found


def _quoted(value: str, escaped: re.Pattern[str] = _ESCAPED) -> str:
    return f"'{escaped.sub(_escape, value)}'"


def _escape(found: re.Match[str]) -> str:
    """Double the backslashes before a character that is special to Hydra, and add one more."""
    return found[1] * 2 + ("\\" if found[2] else "") + found[2]


def _is_read_as(override: str, text: str, interpolated: bool) -> bool:
    """Return whether Hydra reads the text itself, or, if `interpolated`, a text with `${...}` in it."""
    parsed = OverridesParser.create().parse_override(override)
    if parsed.is_sweep_override():
        return False
    return (
        isinstance(parsed.value(), str)
        if interpolated and "${" in text
        else parsed.value() == text and "${" not in text
    )


def _is_read_as_list(override: str, texts: list[str]) -> bool:
    """Return whether Hydra reads a list of the texts themselves."""
    with suppress(HydraException):
        parsed = OverridesParser.create().parse_override(override)
        return not parsed.is_sweep_override() and parsed.value() == texts and not any("${" in text for text in texts)
    return False


def _is_there(text: str) -> bool:
    with suppress(OSError, RuntimeError, ValueError):
        return bool(text) and Path(text).expanduser().exists()  # an empty text would mean the working folder
    return False


def _without_null(override: str) -> str:
    """Write `GROUP=null`, or false, as Hydra does: `GROUP=none` if there is such an option, otherwise `~GROUP`."""
    group, _, value = override.partition("=")
    if value.lower() not in ("null", "false", "[]") or not group or not (conf_dir() / group).is_dir():
        return override
    return f"{group}=none" if (conf_dir() / group / "none.yaml").is_file() else f"~{group}"


def _require_folder(override: str) -> None:
    key, equals, value = override.partition("=")
    if key in FOLDERS and equals and value in ("", "null", "''", '""'):
        raise MusicGenreError(
            f"{key} is empty: name the folder for results, such as {key}=outputs/mine, or leave it out."
        )


def _refuse_subdir(override: str) -> None:
    key, _, value = override.lstrip("+").partition("=")
    if key == "hydra.output_subdir" and value != "null":
        raise MusicGenreError(
            f"{override}: a run keeps its config in .hydra/, where the other commands look for it. Leave this out."
        )
