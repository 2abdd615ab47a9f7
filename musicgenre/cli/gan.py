"""`musicgenre gan`: train and judge a GAN alone, and keep it for later runs."""

from omegaconf import DictConfig

from musicgenre.errors import MusicGenreError
from musicgenre.runs.job import Job

# Settings of a classifier, which a GAN alone does not use.
_A_CLASSIFIERS = (
    *("augment", "wave_augment", "mix", "loss", "optimizer", "rates", "epsilon", "rho", "scheduler", "callbacks"),
    *("monitor", "mode", "select", "milestones", "compile", "channels_last", "ckpt_path", "embeddings", "gan_run"),
)
_NOTHING = ("", "null", "none", "false", "[]")  # values that ask for nothing: `callbacks.early_stopping=null`


def run(cfg: DictConfig, job: Job) -> None:
    """Train a GAN on the training segments of a split, and write its run folder."""
    if not cfg.get("gan"):
        raise MusicGenreError("There is no GAN to train: choose gan=s4 or gan=improved.")
    if any(text.startswith("trainer.max_epochs=") for text in job.overrides):
        raise MusicGenreError(
            "trainer.max_epochs is a classifier's: a GAN trains for gan.epochs, such as gan.epochs=100."
        )
    for text in job.overrides:
        key, _, value = text.lstrip("+~").partition("=")
        if key.partition(".")[0] in _A_CLASSIFIERS and value.lower() not in _NOTHING:
            raise MusicGenreError(f"{key} is a classifier's, and a GAN alone does not heed it: leave it out.")
    from musicgenre.gan.alone import train_gan_alone
    from musicgenre.training.build import unpack

    train_gan_alone(unpack(job.config), job)
