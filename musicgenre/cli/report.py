"""`musicgenre report`: all runs below a folder, side by side."""

from omegaconf import DictConfig

from musicgenre.runs.job import Job


def run(cfg: DictConfig, job: Job) -> None:
    """Write tables and figures over all runs below a folder."""
    from musicgenre.runs import report

    report.run(cfg)
