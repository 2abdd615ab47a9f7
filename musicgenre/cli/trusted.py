"""Which classes a run folder may name beside musicgenre's own: those that the user's own configs name."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from musicgenre.cli.configs import conf_dir

_TARGET = re.compile(r"""_target_['"]?\s*:\s*['"]?([\w.]+)""")
_FILE = "file://"


def trusted_names(sources: Iterable[Any], listed: Iterable[str] = ()) -> frozenset[str]:
    """Return every `_target_` in the folders of configs that were added on the command line, and what `trusted` lists.

    Args:
        sources: Hydra's `runtime.config_sources`.
        listed: Further names, from the command's `trusted=[...]`.
    """
    folders = [Path(str(source.path)) for source in sources if source.schema in ("file", _FILE)]
    own = [folder for folder in folders if folder.is_dir() and folder.resolve() != conf_dir().resolve()]
    files = [file for folder in own for file in folder.rglob("*.yaml")]
    found = {name for file in files for name in _TARGET.findall(file.read_text(encoding="utf-8", errors="replace"))}
    return frozenset(found | {str(name) for name in listed})
