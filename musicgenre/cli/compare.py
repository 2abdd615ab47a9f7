"""`musicgenre compare`: what one setting changed."""

from omegaconf import DictConfig

from musicgenre.runs.job import Job


def run(cfg: DictConfig, job: Job) -> None:
    """Pair the runs of a sweep by seed and write their differences."""
    from musicgenre.runs import compare

    compare.run(cfg)
