"""`musicgenre ensemble`: several runs as one."""

from pathlib import Path

from omegaconf import DictConfig

from musicgenre.runs.ensemble import ensemble
from musicgenre.training.folders import new_folder


def run(cfg: DictConfig) -> None:
    """Average the probabilities of several runs, as a run of its own."""
    runs = Path(cfg.runs) if isinstance(cfg.runs, str) else [Path(str(name)) for name in cfg.runs]
    ensemble(runs, new_folder(cfg))
