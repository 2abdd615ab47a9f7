"""`musicgenre prepare`: fill the cache."""

from omegaconf import DictConfig

from musicgenre.runs.job import Job


def run(cfg: DictConfig, job: Job) -> None:
    """Compute and keep the features that training with the same settings will read."""
    from musicgenre.training import prepare

    prepare.run(cfg)
