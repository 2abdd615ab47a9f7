"""`musicgenre train`: train a network or fit a classical model, whichever `model` names."""

import gc
from functools import cache, partial

from omegaconf import DictConfig

from musicgenre.cli.next_step import show_next
from musicgenre.cli.processes import is_child
from musicgenre.runs.job import Job
from musicgenre.transcript import is_brief


def run(cfg: DictConfig, job: Job) -> float | None:
    """Train and test a model, and show the next command; return the monitored value, for sweepers that search."""
    monitored = _train(cfg, job)
    if not (is_brief() or is_child()):
        show_next(job.folder)
    return monitored


def _train(cfg: DictConfig, job: Job) -> float | None:
    gc.disable()  # modules leave no garbage: looking for it would take a fifth of the start
    try:
        from musicgenre.training.build import unpack

        plan = unpack(job.config)  # loads scikit-learn or the GAN only if asked for
        if not plan.is_classical:
            from musicgenre.training.network import train_network
    finally:
        _freeze_once()
        gc.enable()
    if plan.is_classical:
        from musicgenre.training.classical import train_classical
        from musicgenre.training.net_features import embedding, embedding_key

        if not cfg.embed:
            return train_classical(plan, job)
        return train_classical(plan, job, partial(embedding, plan, job), embed_key=embedding_key(cfg.embed.run))
    if not cfg.get("gan") and cfg.gan_run is None:
        return train_network(plan, job)
    from musicgenre.gan.samples import add_generated, generated_key

    return train_network(
        plan,
        job,
        add_training=partial(add_generated, trust=job.trust),
        added_per_genre=cfg.generated_per_genre,
        added_key=generated_key(cfg.gan_run),
    )


@cache
def _freeze_once() -> None:
    """Make later collections skip what is loaded; not again, as the objects of later jobs may become garbage."""
    gc.freeze()
