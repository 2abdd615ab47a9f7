"""`musicgenre gan`: a conditional GAN alone."""

from omegaconf import DictConfig

from musicgenre.runs.job import Job


def run(cfg: DictConfig, job: Job) -> None:
    """Train the GAN, judge its sequences, and write a run folder."""
    from musicgenre.gan import alone

    alone.run(cfg)
