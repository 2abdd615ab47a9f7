"""What the user trusts: by a command's `trust` and `trusted`, and by folders of the user's own configs."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from musicgenre.cli.configs import conf_dir
from musicgenre.errors import MusicGenreError
from musicgenre.trust import Trust

_FILE = "file://"


def trust_of(cfg: DictConfig, sources: Iterable[Any]) -> Trust:
    """Return what the user trusts.

    Args:
        cfg: The command's config, which may have `trust` and `trusted`.
        sources: Hydra's `runtime.config_sources`: folders added on the command line are the user's own.

    Raises:
        MusicGenreError: `trust` is not true or false.
    """
    everything, names = cfg.get("trust", False), cfg.get("trusted") or ()
    if not isinstance(everything, bool):
        raise MusicGenreError(f"trust is {everything!r}: give true to let a run make whatever it names, or false.")
    listed = [names] if isinstance(names, str) else [str(name) for name in names]
    folders = [Path(str(source.path)) for source in sources if source.schema in ("file", _FILE)]
    own = [folder for folder in folders if folder.is_dir() and folder.resolve() != conf_dir().resolve()]
    return Trust(everything, frozenset(listed), tuple(own))
