"""The sweepers, where Hydra looks for plugins: in the namespace package `hydra_plugins` and nowhere else."""

from musicgenre.cli.grid import GridSweeper
from musicgenre.cli.search import OptunaSweeper

__all__ = ["GridSweeper", "OptunaSweeper"]
