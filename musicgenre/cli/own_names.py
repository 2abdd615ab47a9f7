"""Names of the user's own configs: Hydra would read musicgenre's in place of one that has the same."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException

from musicgenre.cli.arguments import own_configs
from musicgenre.cli.configs import conf_dir
from musicgenre.errors import MusicGenreError


def require_own_names(flags: Sequence[str], overrides: Sequence[str]) -> None:
    """Make sure that no config of the user's, unless it is a copy, has the name of one of musicgenre's.

    Args:
        flags: Hydra's flags, of which `--config-dir` names a folder.
        overrides: The overrides, of which `hydra.searchpath` names folders.

    Raises:
        MusicGenreError: One has, and would not be read.
    """
    ours = conf_dir()
    for folder in _folders(flags, overrides):
        for path in sorted(ours.rglob("*.yaml")):
            name = path.relative_to(ours)
            if (own := folder / name).is_file() and own.read_bytes() != path.read_bytes():
                group = name.parent.as_posix()
                called = name.name if group == "." else f"{group}={name.stem}"
                raise MusicGenreError(
                    f"{own} would not be read, as musicgenre's own {called} has that name: give it another one."
                )


def _folders(flags: Sequence[str], overrides: Sequence[str]) -> Iterator[Path]:
    """Yield the folders of the user's own configs."""
    if (given := own_configs(flags)[0]) is not None:
        yield Path(given)
    places = [text for text in overrides if text.startswith("hydra.searchpath=")]
    with suppress(HydraException):  # which is reported with the rest
        for override in OverridesParser.create().parse_overrides(places):
            found = override.value()
            for place in found if isinstance(found, list) else [found]:
                if "://" not in (path := str(place).removeprefix("file://")):
                    yield Path(path)
