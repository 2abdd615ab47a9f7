"""`musicgenre report`: all runs below a folder, side by side."""

from pathlib import Path

from omegaconf import DictConfig

from musicgenre.runs.report import report
from musicgenre.training.folders import job_of


def run(cfg: DictConfig) -> None:
    """Write tables and figures over all runs below a folder."""
    report(Path(str(cfg.runs)), job_of(cfg).folder)
