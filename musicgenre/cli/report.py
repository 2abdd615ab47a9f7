"""`musicgenre report`: all runs below a folder, side by side."""

from pathlib import Path

from omegaconf import DictConfig

from musicgenre.runs.job import Job


def run(cfg: DictConfig, job: Job) -> None:
    """Write tables and figures over all runs below a folder."""
    from musicgenre.runs.report import report

    report(Path(str(cfg.runs)), job.folder)
