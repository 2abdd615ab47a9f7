"""`musicgenre explore`: what a collection sounds like, and what a trained net makes of it, in figures."""

from omegaconf import DictConfig

from musicgenre.runs.job import Job


def run(cfg: DictConfig, job: Job) -> None:
    """Draw a collection, the chosen tracks and, if a run is named, its net."""
    from musicgenre.explore.collection import explore
    from musicgenre.training.build import build_corpus, downmix_of

    explore(
        build_corpus(job.config),
        job.folder,
        sample_rate=cfg.sample_rate,
        tracks=tuple(cfg.tracks),
        table=cfg.table,
        run=cfg.run,
        layer=cfg.layer,
        downmix=downmix_of(job.config),
        stability=cfg.stability,
        trust=job.trust,
    )
