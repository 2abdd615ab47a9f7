"""`musicgenre train`: a network trained, or a classical model fitted, whichever `model` names."""

from functools import partial

from omegaconf import DictConfig

from musicgenre.runs.job import Job


def run(cfg: DictConfig, job: Job) -> float | None:
    """Train and test a model; return the monitored value, for sweepers that search."""
    from musicgenre.gan.samples import add_generated, generated_key
    from musicgenre.training.build import unpack
    from musicgenre.training.classical import train_classical
    from musicgenre.training.net_features import embedding
    from musicgenre.training.network import train_network

    plan = unpack(job.config)
    if plan.is_classical:
        return train_classical(plan, job, partial(embedding, plan, job) if cfg.embed else None)
    generates = bool(cfg.get("gan")) or cfg.gan_run is not None
    return train_network(
        plan, job, add_training=add_generated if generates else None, added_key=generated_key(cfg.gan_run)
    )
