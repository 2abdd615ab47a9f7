"""`musicgenre explore`: figures of a collection, and of how a trained net sees it."""

from omegaconf import DictConfig

from musicgenre.errors import MusicGenreError
from musicgenre.runs.job import Job


def run(cfg: DictConfig, job: Job) -> None:
    """Draw a collection, the chosen tracks and, if a run is given, its net."""
    from musicgenre.runs.other_results import begin_files

    with begin_files(job):
        _explore(cfg, job)


def _explore(cfg: DictConfig, job: Job) -> None:
    from musicgenre.data.describe import announce_ignored
    from musicgenre.explore.collection import explore, explore_table
    from musicgenre.explore.inputs import data_of
    from musicgenre.training.build import build_corpus, downmix_of

    config = job.config
    if not config.get("data"):
        if not cfg.run and not cfg.table:
            raise MusicGenreError("There is nothing to draw: give data.root=DIR, run=RUN or table=CSV.")
        if not cfg.run:
            if unused := [name for name in ("tracks", "layer", "stability") if cfg[name]]:
                raise MusicGenreError(
                    f"{' and '.join(unused)} cannot go with a table alone: give data.root=DIR as well, or leave "
                    f"{'it' if len(unused) == 1 else 'them'} out."
                )
            explore_table(cfg.table, job.folder)
            return
        config = data_of(cfg.run, job.trust)
    corpus = build_corpus(config)
    announce_ignored(corpus)
    explore(
        corpus,
        job.folder,
        sample_rate=cfg.sample_rate,
        tracks=tuple(cfg.tracks),
        table=cfg.table,
        run=cfg.run,
        layer=cfg.layer,
        downmix=downmix_of(config),
        stability=cfg.stability,
        trust=job.trust,
    )
