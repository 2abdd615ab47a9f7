"""Names of the user's own configs: Hydra would read musicgenre's in place of one that has the same."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException

from musicgenre.cli.arguments import own_configs
from musicgenre.cli.configs import conf_dir
from musicgenre.errors import MusicGenreError
from musicgenre.words import some


def require_own_names(flags: Sequence[str], overrides: Sequence[str]) -> None:
    """Make sure that no config of the user's, unless it is a copy, has the name of one of musicgenre's.

    Args:
        flags: Hydra's flags, of which `--config-dir` names a folder.
        overrides: The overrides, of which `hydra.searchpath` names folders.

    Raises:
        MusicGenreError: Some have, and would not be read.
    """
    taken = {folder: names for folder in _folders(flags, overrides) if (names := _taken(folder))}
    if taken:
        several = sum(map(len, taken.values())) > 1
        those, them = ("those names", "them") if several else ("that name", "it")
        another = "other names" if several else "another name"
        said = ", and in ".join(f"{folder}, {some(names)}" for folder, names in taken.items())
        raise MusicGenreError(
            f"In {said} would not be read, as musicgenre's own configs have {those}: give {them} {another}, or remove "
            f"{them}."
        )


def _taken(folder: Path) -> list[str]:
    """Return the configs in a folder that differ from those of the same names of musicgenre's."""
    ours = conf_dir()
    both = ((path, folder / path.relative_to(ours)) for path in sorted(ours.rglob("*.yaml")))
    return [own.relative_to(folder).as_posix() for path, own in both if own.is_file() and _differ(own, path)]


def _differ(own: Path, path: Path) -> bool:
    """Return whether two texts differ, other than in how their lines end."""
    first, second = (file.read_text(encoding="utf-8", errors="replace") for file in (own, path))
    return first != second


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
