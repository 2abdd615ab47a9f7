"""`musicgenre generate`: draw sequences from a trained GAN."""

from omegaconf import DictConfig

from musicgenre.runs.job import Job


def run(cfg: DictConfig, job: Job) -> None:
    """Draw sequences by genre and seed into this command's own folder."""
    from musicgenre.gan.generate import generate
    from musicgenre.runs.folder import RunFolder
    from musicgenre.runs.other_results import begin_files, refuse_training_run

    refuse_training_run(RunFolder(job.folder))
    genres = None if cfg.genres is None else tuple(cfg.genres)
    with begin_files(job):
        generate(cfg.run, job.folder, genres=genres, count=cfg.count, audio=cfg.audio, seed=cfg.seed, trust=job.trust)
