"""`musicgenre ensemble`: several runs as one."""

from omegaconf import DictConfig

from musicgenre.runs.job import Job


def run(cfg: DictConfig, job: Job) -> None:
    """Average the probabilities of several runs, as a run of its own."""
    from musicgenre.runs import ensemble

    ensemble.run(cfg)
