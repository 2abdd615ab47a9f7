"""`musicgenre generate`: sequences of a trained GAN."""

from omegaconf import DictConfig

from musicgenre.runs.job import Job


def run(cfg: DictConfig, job: Job) -> None:
    """Draw sequences by genre and seed: arrays, a figure, audio."""
    from musicgenre.gan import generate

    generate.run(cfg)
