"""`musicgenre train`: a network trained, or a classical model fitted, whichever `model` names."""

from functools import partial

from omegaconf import DictConfig

from musicgenre.runs.job import Job


def run(cfg: DictConfig, job: Job) -> float | None:
    """Train and test a model; return the monitored value, for sweepers that search."""
    from musicgenre.training.build import unpack

    plan = unpack(job.config)  # what is not asked for is not loaded either: scikit-learn, the GAN
    if plan.is_classical:
        from musicgenre.training.classical import train_classical
        from musicgenre.training.net_features import embedding

        return train_classical(plan, job, partial(embedding, plan, job) if cfg.embed else None)
    from musicgenre.training.network import train_network

    if not cfg.get("gan") and cfg.gan_run is None:
        return train_network(plan, job)
    from musicgenre.gan.samples import add_generated, generated_key

    return train_network(
        plan, job, add_training=partial(add_generated, trust=job.trust), added_key=generated_key(cfg.gan_run)
    )
