"""The location of the configs."""

from pathlib import Path


def conf_dir() -> Path:
    """Return the folder of configs: `conf/` at the top of a checkout, `musicgenre/conf` in an installed wheel."""
    package = Path(__file__).parents[1]
    installed = package / "conf"
    return installed if installed.is_dir() else package.parent / "conf"
