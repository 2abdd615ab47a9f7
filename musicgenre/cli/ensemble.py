"""`musicgenre ensemble`: several runs as one."""

from pathlib import Path

from omegaconf import DictConfig

from musicgenre.runs.job import Job


def run(cfg: DictConfig, job: Job) -> None:
    """Average the probabilities of several runs, as a separate run."""
    from musicgenre.runs.ensemble import ensemble

    runs = Path(cfg.runs) if isinstance(cfg.runs, str) else [Path(str(name)) for name in cfg.runs]
    ensemble(runs, job)
