"""`musicgenre gan`: a GAN alone, trained, judged, and kept for later runs."""

from omegaconf import DictConfig

from musicgenre.errors import MusicGenreError
from musicgenre.runs.job import Job


def run(cfg: DictConfig, job: Job) -> None:
    """Train a GAN on the training segments of a split, and write its run folder."""
    if not cfg.get("gan"):
        raise MusicGenreError("There is no GAN to train: choose gan=s4 or gan=improved.")
    if any(text.startswith("trainer.max_epochs=") for text in job.overrides):
        raise MusicGenreError(
            "trainer.max_epochs is a classifier's: a GAN trains for gan.epochs, such as gan.epochs=100."
        )
    from musicgenre.gan.alone import train_gan_alone
    from musicgenre.training.build import unpack

    train_gan_alone(unpack(job.config), job)
