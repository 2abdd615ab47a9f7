"""Where the configs are."""

from pathlib import Path

from musicgenre import conf


def conf_dir() -> Path:
    """Return the folder of configs: `conf/` at the top of a checkout, `musicgenre/conf` in an installed wheel."""
    return Path(str(conf.__file__)).parent
