"""What was typed after the command's name: flags and overrides, in any order."""

from argparse import ArgumentError
from collections.abc import Sequence

from hydra._internal.utils import get_args_parser
from hydra.core.override_parser.overrides_parser import OverridesParser

from musicgenre.cli.configs import conf_dir
from musicgenre.cli.guess import did_you_mean
from musicgenre.errors import MusicGenreError

FLAGS = tuple(name for action in get_args_parser()._actions for name in action.option_strings)


def read_arguments(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Sort arguments into flags, with their values, and overrides.

    Raises:
        MusicGenreError: A flag is not one of Hydra's, or lacks its value; or an override is of no use here.

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
        guess = did_you_mean(wrong[0], FLAGS) or "--hydra-help lists them all."
        raise MusicGenreError(f"There is no flag {wrong[0]}. {guess}")
    flags = [text for text in arguments if text not in found.overrides]
    for override in found.overrides:
        _refuse_subdir(override)
    return flags, [_without_null(override) for override in found.overrides]


def swept(overrides: Sequence[str]) -> list[str]:
    """Return those of the overrides that name several values.

    Example:
        >>> swept(["seed=1,2", "model=cnn", "split.fractions=[0.7,0.2,0.1]"])
        ['seed=1,2']
    """
    parsed = OverridesParser.create().parse_overrides([*overrides])
    return [str(override.input_line) for override in parsed if override.is_sweep_override()]


def _without_null(override: str) -> str:
    """Write `GROUP=null`, or false, as Hydra does: `GROUP=none` where there is such an option, otherwise `~GROUP`."""
    group, _, value = override.partition("=")
    if value.lower() not in ("null", "false", "[]") or not group or not (conf_dir() / group).is_dir():
        return override
    return f"{group}=none" if (conf_dir() / group / "none.yaml").is_file() else f"~{group}"


def _refuse_subdir(override: str) -> None:
    key, _, value = override.lstrip("+").partition("=")
    if key == "hydra.output_subdir" and value != "null":
        raise MusicGenreError(
            f"{override}: a run keeps its config in .hydra/, where the other commands look for it. Leave this out."
        )
