"""`musicgenre gan`: train and judge a GAN alone, and keep it for later runs."""

from omegaconf import DictConfig

from musicgenre.cli.keys import UNHEEDED
from musicgenre.errors import MusicGenreError
from musicgenre.runs.identity import override_key
from musicgenre.runs.job import Job

_HEEDED = "callbacks.progress."  # the only callback that a GAN has too


def run(cfg: DictConfig, job: Job) -> None:
    """Train a GAN on the training segments of a split, and write its run folder."""
    if not cfg.get("gan"):
        raise MusicGenreError("There is no GAN to train: choose gan=s4 or gan=improved.")
    _refuse_a_classifiers(job)
    from musicgenre.gan.alone import train_gan_alone
    from musicgenre.training.build import unpack

    train_gan_alone(unpack(job.config), job)


def _refuse_a_classifiers(job: Job) -> None:
    """Stop where something was typed that only a classifier heeds; what an experiment brings along is passed over."""
    if (debug := f"debug={job.choices.get('debug')}") in UNHEEDED["gan"]:
        raise MusicGenreError(f"{debug} is for classifiers: leave it out, or try a GAN with debug=fdr.")
    for key in map(override_key, job.overrides):
        if key == "trainer.max_epochs":
            raise MusicGenreError(f"{key} is for classifiers: a GAN's epochs are gan.epochs, such as gan.epochs=100.")
        value = job.value(key)
        off = value is None or value is False or value in ([], {})
        if key.partition(".")[0] in UNHEEDED["gan"] and not off and not f"{key}.".startswith(_HEEDED):
            raise MusicGenreError(f"{key} is for classifiers and has no effect on a GAN alone: leave it out.")
